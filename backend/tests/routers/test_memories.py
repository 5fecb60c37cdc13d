"""Memories over HTTP: stored, found by meaning and by words, mended, deleted, and nobody else's."""

import asyncio
from pathlib import Path

import pytest

from reznet.core.config import Settings
from tests.support.app import App, Json, checked, problem, running, settings_for


@pytest.fixture
async def agent(app: App) -> Json:
    return await app.agent()


def at(agent: Json, memory: Json | None = None) -> str:
    base = f"/api/agents/{agent['id']}/memories"
    return f"{base}/{memory['id']}" if memory else base


async def remember(app: App, agent: Json, content: str, **fields: object) -> Json:
    return await app.post(at(agent), {"content": content, **fields})


async def found(app: App, agent: Json, q: str, **params: object) -> list[str]:
    return [memory["content"] for memory in await app.get(at(agent), q=q, **params)]


async def test_a_memory_is_found_by_its_meaning_and_by_its_words(app: App, agent: Json) -> None:
    for content in (
        "The staging server runs in Frankfurt.",
        "Ada adores kittens and puppies.",
        "Invoices are paid within thirty days.",
    ):
        await remember(app, agent, content)
    hits = await app.get(at(agent), q="Who likes baby animals?")
    assert hits[0]["content"] == "Ada adores kittens and puppies."
    assert hits[0]["score_parts"]["dense_rank"] == 1
    assert hits[0]["score_parts"]["text_rank"] is None
    hits = await app.get(at(agent), q="frankfurt servers")
    assert hits[0]["content"] == "The staging server runs in Frankfurt."
    assert hits[0]["score_parts"]["text_rank"] == 1
    assert hits[0]["score"] > hits[1]["score"]


async def test_what_was_stored_is_returned_and_listed_by_when_it_was_said(
    app: App, agent: Json
) -> None:
    stored = await remember(
        app,
        agent,
        "  Café au lait ",
        kind="fact",
        importance=0.9,
        pinned=True,
        said_at="2024-05-01T12:00:00+02:00",
        metadata={"from": "a\x00b"},
    )
    assert stored["content"] == "Café au lait"
    assert stored["said_at"] == "2024-05-01T10:00:00Z"
    assert (stored["kind"], stored["importance"], stored["pinned"]) == ("fact", 0.9, True)
    assert stored["metadata"] == {"from": "ab"}
    assert stored["embedder"] == "bge-small-en-v1.5-int8"
    assert stored["score"] is None
    assert await app.get(at(agent, stored)) == stored
    later = await remember(app, agent, "Tea")
    assert await app.get(at(agent)) == [later, stored]


async def test_pages_of_a_list_lead_to_each_other(app: App, agent: Json) -> None:
    body = {"memories": [{"content": f"Number {n}"} for n in range(7)]}
    stored = await app.post(f"{at(agent)}/bulk", body)
    seen: list[Json] = []
    address: str | None = f"{at(agent)}?limit=3"
    while address:
        response = await app.http.get(address)
        seen += checked(response, 200)
        address = response.links["next"]["url"] if "next" in response.links else None
    assert [one["id"] for one in seen] == [one["id"] for one in reversed(stored)]


async def test_lists_and_searches_can_be_narrowed(app: App, agent: Json) -> None:
    channel = await app.channel()
    await remember(app, agent, "The cat sleeps", kind="fact", channel_id=channel["id"])
    await remember(app, agent, "The cat eats", kind="episode")
    for params in ({}, {"q": "cat"}):
        only = await app.get(at(agent), kind="fact", **params)
        assert [one["content"] for one in only] == ["The cat sleeps"]
        only = await app.get(at(agent), channel_id=channel["id"], **params)
        assert [one["content"] for one in only] == ["The cat sleeps"]
        assert await app.get(at(agent), kind="episode", channel_id=channel["id"], **params) == []
        assert len(await app.get(at(agent), origin="person", **params)) == 2
        assert await app.get(at(agent), origin="import", **params) == []


async def test_a_memory_is_found_by_what_was_said_beside_it_in_the_same_channel(
    app: App, agent: Json
) -> None:
    here, there = await app.channel("here"), await app.channel("there")
    turns = ["Shall we meet in Lisbon?", "Yes, on the ninth.", "Fine."]
    for turn in turns:
        await remember(app, agent, turn, kind="episode", channel_id=here["id"])
        await remember(app, agent, "Nothing new.", kind="episode", channel_id=there["id"])
    hits = await app.get(at(agent), q="Lisbon")
    by_text = {hit["content"] for hit in hits if hit["score_parts"]["text_rank"] is not None}
    assert by_text == set(turns)
    assert hits[0]["content"] == turns[0]


async def test_neighbours_forget_the_words_of_what_is_gone(app: App, agent: Json) -> None:
    first = await remember(app, agent, "The password hint is zanzibar.")
    second = await remember(app, agent, "All right.")

    async def with_the_word() -> list[str]:
        hits = await app.get(at(agent), q="zanzibar")
        return [hit["content"] for hit in hits if hit["score_parts"]["text_rank"] is not None]

    assert await with_the_word() == [first["content"], second["content"]]
    changed = checked(
        await app.http.put(at(agent, first), json={"content": "There is no hint."}), 200
    )
    assert changed["updated_at"] > first["updated_at"]
    assert await with_the_word() == []
    await app.http.put(at(agent, first), json={"content": "Back in zanzibar."})
    assert len(await with_the_word()) == 2
    assert (await app.http.delete(at(agent, first))).status_code == 204
    assert await with_the_word() == []
    problem(await app.http.get(at(agent, first)), 404)


async def test_a_correction_hides_what_it_corrects_until_it_is_gone(app: App, agent: Json) -> None:
    old = await remember(app, agent, "Ada lives in Paris.")
    new = await remember(app, agent, "Ada lives in Rome.")
    checked(await app.http.put(at(agent, old), json={"superseded_by": new["id"]}), 200)
    assert await found(app, agent, "Where does Ada live?") == [new["content"]]
    assert len(await app.get(at(agent))) == 2
    assert [one["id"] for one in await app.get(at(agent), current=True)] == [new["id"]]
    refused = problem(await app.http.put(at(agent, new), json={"superseded_by": old["id"]}), 400)
    assert refused["errors"][0]["field"] == "superseded_by"
    problem(await app.http.put(at(agent, new), json={"superseded_by": new["id"]}), 400)
    await app.http.delete(at(agent, new))
    assert await found(app, agent, "Where does Ada live?") == [old["content"]]
    assert (await app.get(at(agent, old)))["superseded_by"] is None


async def test_the_source_gives_place_and_time_and_takes_the_memory_with_it(
    app: App, agent: Json
) -> None:
    channel, other = await app.channel(), await app.channel("other")
    message = await app.say(channel, "My dog is called Rex.")
    memory = await remember(app, agent, "The dog is Rex.", source_message_id=message["id"])
    assert memory["source_message_id"] == message["id"]
    assert memory["channel_id"] == channel["id"]
    assert memory["said_at"] == message["created_at"]
    body = {"content": "x", "source_message_id": message["id"], "channel_id": other["id"]}
    refused = problem(await app.http.post(at(agent), json=body), 400)
    assert refused["errors"][0]["field"] == "channel_id"
    kept = await remember(app, agent, "A cat")
    await app.http.delete(f"/api/messages/{message['id']}")
    assert await app.get(at(agent)) == [kept]
    refused = problem(
        await app.http.post(at(agent), json={"content": "x", "source_message_id": message["id"]}),
        400,
    )
    assert refused["errors"][0]["field"] == "source_message_id"


async def test_everything_is_deleted_only_when_confirmed(app: App, agent: Json) -> None:
    other = await app.agent("Other")
    await remember(app, agent, "Mine")
    kept = await remember(app, other, "Other's")
    for params in ({}, {"confirm": "false"}):
        refused = problem(await app.http.delete(at(agent), params=params), 400)
        assert refused["errors"][0]["field"] == "confirm"
    assert (await app.http.delete(at(agent), params={"confirm": "true"})).status_code == 204
    assert await app.get(at(agent)) == []
    assert await app.get(at(other)) == [kept]
    (entry,) = await app.get("/api/audit", action="agent.memories_deleted")
    assert entry["details"] == {"count": 1}


async def test_memories_go_with_their_agent(app: App, agent: Json) -> None:
    await remember(app, agent, "Soon gone")
    assert (await app.http.delete(f"/api/agents/{agent['id']}")).status_code == 204
    for request in (
        app.http.get(at(agent)),
        app.http.get(at(agent), params={"q": "gone"}),
        app.http.post(at(agent), json={"content": "x"}),
        app.http.delete(at(agent), params={"confirm": "true"}),
    ):
        assert problem(await request, 404)["code"] == "agent_not_found"


async def test_what_was_said_at_the_time_asked_for_comes_first(app: App, agent: Json) -> None:
    await remember(app, agent, "Had lunch at the harbour", said_at="2023-03-05T12:00:00Z")
    await remember(app, agent, "Had lunch at the market", said_at="2023-06-05T12:00:00Z")
    for month, place in (("March", "harbour"), ("June", "market")):
        hits = await app.get(at(agent), q=f"Where was lunch in {month} 2023?")
        assert hits[0]["content"].endswith(place)
        assert [hit["score_parts"]["time"] for hit in hits] == [2, 0]


async def test_the_more_important_of_two_equals_comes_first(app: App, agent: Json) -> None:
    for importance in (0.1, 0.9, 0.5):
        await remember(app, agent, "Deploy on Fridays", importance=importance)
    hits = await app.get(at(agent), q="deploy")
    assert [hit["importance"] for hit in hits] == [0.9, 0.5, 0.1]


async def test_many_are_stored_all_or_none(app: App, agent: Json) -> None:
    body = {"memories": [{"content": "Good"}, {"content": " \x00 "}]}
    refused = problem(await app.http.post(f"{at(agent)}/bulk", json=body), 400)
    assert refused["errors"][0]["field"] == "memories.1.content"
    missing = {"content": "x", "channel_id": "00000000-0000-7000-8000-00000000ffff"}
    body = {"memories": [{"content": "Good"}, missing]}
    refused = problem(await app.http.post(f"{at(agent)}/bulk", json=body), 400)
    assert refused["errors"][0]["field"] == "memories.1.channel_id"
    for count in (0, 501):
        body = {"memories": [{"content": "x"}] * count}
        problem(await app.http.post(f"{at(agent)}/bulk", json=body), 400)
    assert await app.get(at(agent)) == []


async def test_writers_at_the_same_moment_lose_nothing(app: App, agent: Json) -> None:
    await asyncio.gather(*(remember(app, agent, f"Fact number{n}") for n in range(12)))
    assert len(await app.get(at(agent))) == 12
    hits = await app.get(at(agent), q="number7")
    assert len([hit for hit in hits if hit["score_parts"]["text_rank"]]) >= 3  # with neighbours


async def test_unknown_agents_and_memories_are_not_found(app: App, agent: Json) -> None:
    nobody = {"id": "00000000-0000-7000-8000-00000000ffff"}
    memory = await remember(app, agent, "Mine")
    other = await app.agent("Other")
    problem(await app.http.get(at(nobody)), 404)
    problem(await app.http.post(f"{at(nobody)}/bulk", json={"memories": [{"content": "x"}]}), 404)
    for owner, one in ((nobody, memory), (other, memory), (agent, nobody)):
        problem(await app.http.get(at(owner, one)), 404)
        problem(await app.http.put(at(owner, one), json={"content": "x"}), 404)
        problem(await app.http.delete(at(owner, one)), 404)
    problem(await app.http.get(at({"id": "junk"})), 400)
    foreign = await remember(app, other, "Theirs")
    problem(await app.http.put(at(agent, memory), json={"superseded_by": foreign["id"]}), 400)
    assert await app.get(at(agent)) == [memory]


async def test_without_an_embedder_memories_are_found_by_their_words(
    settings: Settings, tmp_path: Path
) -> None:
    assert settings.database_url
    off = settings_for(settings.database_url, tmp_path, REZNET_EMBEDDER="off")
    async with running(off) as app:
        agent = await app.agent()
        stored = await remember(app, agent, "The staging server runs in Frankfurt.")
        assert stored["embedder"] is None
        (hit,) = await app.get(at(agent), q="which servers?")
        assert hit["score_parts"]["dense"] is None
        assert await app.get(at(agent), q="machines in Germany") == []
    async with running(settings_for(settings.database_url, tmp_path)) as app:
        await remember(app, agent, "Ada adores kittens.")
        hits = await app.get(at(agent), q="frankfurt")  # one has a vector, the other has none
        assert hits[0]["content"] == stored["content"]


async def test_an_embedder_that_is_down_does_not_stop_remembering(
    settings: Settings, tmp_path: Path
) -> None:
    assert settings.database_url
    down = settings_for(settings.database_url, tmp_path, REZNET_EMBEDDER="ollama:nomic")
    async with running(down) as app:
        agent = await app.agent()
        assert (await remember(app, agent, "The code is 4711."))["embedder"] is None
        assert await found(app, agent, "code") == ["The code is 4711."]


async def test_an_importance_next_to_nothing_is_none(app: App, agent: Json) -> None:
    for given, stored in ((3.9e-282, 0.0), (5e-324, 0.0), (0.1234567, 0.123457), (1, 1.0)):
        memory = await remember(app, agent, f"Counts {given}", importance=given)
        assert memory["importance"] == stored
