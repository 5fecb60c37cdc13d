"""Shared memories over HTTP: collections, what is in them, and who may read them."""

import asyncio

from sqlalchemy import text

from tests.support.app import App, Json, checked, problem

ALL = "/api/memory-collections"


def at(collection: Json, rest: str = "") -> str:
    return f"{ALL}/{collection['id']}{rest}"


async def collect(app: App, name: str = "Team knowledge", **fields: object) -> Json:
    return await app.post(ALL, {"name": name, **fields})


async def grant(app: App, collection: Json, agent: Json, **fields: object) -> Json:
    response = await app.http.put(at(collection, f"/grants/{agent['id']}"), json=fields)
    return checked(response, 200)


async def test_a_collection_is_made_changed_listed_and_deleted(app: App) -> None:
    channel = await app.channel()
    made = await collect(app, "  Team knowledge ", description="What we know")
    assert (made["name"], made["description"]) == ("Team knowledge", "What we know")
    assert (made["channel_id"], made["created_by"]) == (None, "local-user")
    of_channel = await collect(app, "Lab notes", channel_id=channel["id"])
    assert await app.get(ALL) == [made, of_channel]
    assert await app.get(ALL, channel_id=channel["id"]) == [of_channel]
    changed = checked(await app.http.put(at(made), json={"name": "TEAM KNOWLEDGE"}), 200)
    assert (changed["name"], changed["description"]) == ("TEAM KNOWLEDGE", "What we know")
    assert await app.get(at(made)) == changed
    assert (await app.http.delete(at(made))).status_code == 204
    problem(await app.http.get(at(made)), 404)
    assert await app.get(ALL) == [of_channel]
    actions = [entry["action"] for entry in await app.get("/api/audit")]
    for what in ("created", "updated", "deleted"):
        assert f"memory_collection.{what}" in actions


async def test_names_are_unique_whatever_their_case(app: App) -> None:
    first, other = await collect(app, "Lab"), await collect(app, "Other")
    for response in (
        await app.http.post(ALL, json={"name": "lAB"}),
        await app.http.put(at(other), json={"name": "LAB"}),
    ):
        refused = problem(response, 409)
        assert refused["code"] == "memory_collection_name_taken"
        assert refused["errors"][0]["field"] == "name"
    many = await asyncio.gather(*(app.http.post(ALL, json={"name": "Race"}) for _ in range(6)))
    assert sorted(response.status_code for response in many) == [201, *[409] * 5]
    checked(await app.http.put(at(first), json={"name": "LAB"}), 200)


async def test_pages_of_collections_and_grants_lead_to_each_other(app: App) -> None:
    made = [await collect(app, f"Number {n}") for n in range(5)]
    agents = [await app.agent(f"Reader {n}") for n in range(5)]
    for agent in agents:
        await grant(app, made[0], agent)
    for one in made[1:]:
        await grant(app, one, agents[0])
    for address, ids in (
        (f"{ALL}?limit=2", [one["id"] for one in made]),
        (f"{at(made[0])}/grants?limit=2", [agent["id"] for agent in agents]),
        (
            f"/api/agents/{agents[0]['id']}/memory-collections?limit=2",
            [one["id"] for one in made],
        ),
    ):
        seen: list[str] = []
        following: str | None = address
        while following:
            response = await app.http.get(following)
            for row in checked(response, 200):
                row = row.get("collection", row)
                seen.append(row.get("agent_id") or row["id"])
            following = response.links["next"]["url"] if "next" in response.links else None
        assert seen == ids
    problem(await app.http.get(ALL, params={"cursor": "junk"}), 400)


async def test_grants_are_given_changed_and_taken(app: App) -> None:
    collection, agent = await collect(app), await app.agent()
    assert await app.get(f"/api/agents/{agent['id']}/memory-collections") == []
    given = await grant(app, collection, agent)
    assert (given["agent_id"], given["handle"]) == (agent["id"], "code-reviewer")
    assert given["can_write"] is False
    assert await grant(app, collection, agent) == given
    changed = await grant(app, collection, agent, can_write=True)
    assert changed == {**given, "can_write": True}
    assert await app.get(at(collection, "/grants")) == [changed]
    listed = await app.get(f"/api/agents/{agent['id']}/memory-collections")
    assert listed == [{"collection": collection, "can_write": True}]
    assert len(await app.get("/api/audit", action="memory_collection.granted")) == 2
    for _ in range(2):
        response = await app.http.delete(at(collection, f"/grants/{agent['id']}"))
        assert response.status_code == 204
    assert len(await app.get("/api/audit", action="memory_collection.revoked")) == 1
    assert await app.get(at(collection, "/grants")) == []
    await grant(app, collection, agent)
    assert (await app.http.delete(f"/api/agents/{agent['id']}")).status_code == 204
    assert await app.get(at(collection, "/grants")) == []
    nobody = "/grants/00000000-0000-7000-8000-00000000ffff"
    refused = problem(await app.http.put(at(collection, nobody), json={}), 404)
    assert refused["code"] == "agent_not_found"
    problem(await app.http.put(at(collection, nobody), json={"can_write": "perhaps"}), 400)


async def test_memories_of_a_collection_are_kept_like_an_agents(app: App) -> None:
    collection, other = await collect(app), await collect(app, "Other")
    agent = await app.agent()
    memories = at(collection, "/memories")
    first = await app.post(memories, {"content": "The deploy day is Thursday.", "kind": "fact"})
    assert (first["agent_id"], first["collection_id"]) == (None, collection["id"])
    (more,) = await app.post(f"{memories}/bulk", {"memories": [{"content": "Cats purr."}]})
    (hit, *_) = await app.get(memories, q="When do we deploy?")
    assert hit["id"] == first["id"]
    assert await app.get(memories, kind="fact") == [first]
    changed = checked(
        await app.http.put(f"{memories}/{first['id']}", json={"content": "It is Friday."}), 200
    )
    assert await app.get(f"{memories}/{first['id']}") == changed
    # What is in one is nowhere else, not even under its id.
    for elsewhere in (at(other, "/memories"), f"/api/agents/{agent['id']}/memories"):
        assert await app.get(elsewhere) == []
        assert await app.get(elsewhere, q="Friday") == []
        problem(await app.http.get(f"{elsewhere}/{first['id']}"), 404)
        problem(await app.http.delete(f"{elsewhere}/{first['id']}"), 404)
        problem(await app.http.put(f"{elsewhere}/{first['id']}", json={"pinned": True}), 404)
    # Nor can an agent's own id be taken for a collection's, or the other way round.
    for wrong in (f"{ALL}/{agent['id']}/memories", f"/api/agents/{collection['id']}/memories"):
        problem(await app.http.get(wrong), 404)
        problem(await app.http.post(wrong, json={"content": "x"}), 404)
    assert (await app.http.delete(f"{memories}/{more['id']}")).status_code == 204
    problem(await app.http.delete(memories), 400)
    assert (await app.http.delete(memories, params={"confirm": "true"})).status_code == 204
    assert await app.get(memories) == []
    (entry,) = await app.get("/api/audit", action="memory_collection.memories_deleted")
    assert entry["subject_id"] == collection["id"]


async def test_a_deleted_collection_takes_what_is_in_it_also_while_it_is_written_to(
    app: App,
) -> None:
    collection = await collect(app)
    memories = at(collection, "/memories")
    writes = [app.http.post(memories, json={"content": f"Number {n}"}) for n in range(8)]
    deletions = [app.http.delete(at(collection)) for _ in range(3)]
    answers = await asyncio.gather(*writes[:4], *deletions, *writes[4:])
    assert {answer.status_code for answer in answers} <= {201, 204, 404}
    assert [answer.status_code for answer in answers].count(204) == 1
    async with app.runtime.database.read() as session:
        rows = await session.execute(text("select count(*) from agent_memories"))
        assert rows.scalar_one() == 0
