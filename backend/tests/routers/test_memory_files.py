"""Memories as files over HTTP: all of it goes out, and nothing comes in twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.app import App, Json, checked, problem

DAY = "2024-05-01T12:00:0{}Z"


@pytest.fixture
async def agent(app: App) -> Json:
    return await app.agent()


def at(agent: Json, rest: str = "") -> str:
    return f"/api/agents/{agent['id']}/memories{rest}"


async def take_in(app: App, agent: Json, *memories: Json) -> list[Json]:
    response = await app.http.post(at(agent, "/import"), json={"memories": list(memories)})
    return checked(response, 200)


async def test_everything_is_exported_the_first_said_first(app: App, agent: Json) -> None:
    other = await app.agent("Other")
    await app.post(at(other), {"content": "Other's"})
    channel = await app.channel()
    message = await app.say(channel, "Hello")
    bodies = [{"content": f"Number {n}", "said_at": DAY.format(n % 10)} for n in range(420)]
    stored = checked(await app.http.post(at(agent, "/bulk"), json={"memories": bodies}), 201)
    stored.append(
        await app.post(at(agent), {"content": 'Café\n"x"', "source_message_id": message["id"]})
    )
    await app.http.put(at(agent, f"/{stored[0]['id']}"), json={"superseded_by": stored[1]["id"]})
    response = await app.http.get(at(agent, "/export"))
    exported = checked(response, 200)
    assert "code-reviewer-memories.json" in response.headers["content-disposition"]
    assert (exported["version"], exported["agent"]["handle"]) == (1, "code-reviewer")
    keys = [(memory["said_at"], memory["id"]) for memory in exported["memories"]]
    assert keys == sorted(keys)
    assert {memory["id"] for memory in exported["memories"]} == {one["id"] for one in stored}
    by_id = {memory["id"]: memory for memory in exported["memories"]}
    assert by_id[stored[0]["id"]]["superseded_by"] == stored[1]["id"]
    last = await app.get(at(agent, f"/{stored[-1]['id']}"))
    left_out = {"agent_id", "collection_id", "embedder", "score", "score_parts"}
    assert by_id[last["id"]] == {key: last[key] for key in last.keys() - left_out}
    empty = await app.agent("Empty")
    assert (await app.get(at(empty, "/export")))["memories"] == []
    problem(
        await app.http.get("/api/agents/00000000-0000-7000-8000-00000000ffff/memories/export"), 404
    )


async def test_what_is_there_is_not_stored_again(app: App, agent: Json) -> None:
    first = {"content": " Rex is a dog. ", "said_at": DAY.format(1), "kind": "fact"}
    undated = {"content": "Cats purr."}
    (one, two, three) = await take_in(app, agent, first, undated, first)
    assert (one["is_new"], two["is_new"], three) == (True, True, {**one, "is_new": False})
    again = await take_in(
        app,
        agent,
        {"content": "Cats purr."},
        {"content": "Rex is a dog."},
        {"content": "Rex is a dog.", "said_at": "2024-05-01T14:00:01+02:00"},
        {"content": "Rex is a dog.", "said_at": DAY.format(2)},
    )
    assert [row["is_new"] for row in again] == [False, False, False, True]
    assert [row["id"] for row in again[:3]] == [two["id"], one["id"], one["id"]]
    listed = {memory["id"]: memory for memory in await app.get(at(agent))}
    assert len(listed) == 3
    assert listed[one["id"]]["origin"] == "import"
    assert listed[one["id"]]["embedder"] is not None
    # Another agent's memories are no reason to leave something out.
    other = await app.agent("Other")
    (theirs,) = await take_in(app, other, first)
    assert theirs["is_new"]
    assert theirs["id"] != one["id"]


async def test_a_whole_memory_moves_to_another_agent(app: App, agent: Json) -> None:
    channel = await app.channel()
    message = await app.say(channel, "Hello")
    old = await app.post(at(agent), {"content": "Ada lives in Paris.", "said_at": DAY.format(1)})
    new = await app.post(
        at(agent),
        {"content": "Ada lives in Rome.", "source_message_id": message["id"], "pinned": True},
    )
    await app.http.put(at(agent, f"/{old['id']}"), json={"superseded_by": new["id"]})
    other = await app.agent("Other")
    (taken,) = await take_in(
        app,
        other,
        {
            "content": new["content"],
            "said_at": new["said_at"],
            "source_message_id": message["id"],
            "pinned": True,
        },
    )
    body = {"content": old["content"], "said_at": old["said_at"], "superseded_by": taken["id"]}
    await take_in(app, other, body)
    hits = await app.get(at(other), q="Where does Ada live?")
    assert [hit["content"] for hit in hits] == ["Ada lives in Rome."]
    assert (hits[0]["channel_id"], hits[0]["pinned"]) == (channel["id"], True)
    assert hits[0]["author_id"] == message["author"]["id"]
    # What is not here is left out, and the same again is still the same.
    nowhere = "00000000-0000-7000-8000-00000000ffff"
    away = {"content": "Away", "source_message_id": nowhere, "channel_id": nowhere}
    for is_new in (True, False):
        (row,) = await take_in(app, other, away)
        assert row["is_new"] is is_new
    memory = await app.get(at(other, f"/{row['id']}"))
    assert (memory["source_message_id"], memory["channel_id"]) == (None, None)


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ({}, "memories.1.content"),
        ({"content": "x", "kind": "rumour"}, "memories.1.kind"),
        ({"content": "x", "said_at": "yesterday"}, "memories.1.said_at"),
        ({"content": "x", "id": "1"}, "memories.1.id"),
        (
            {"content": "x", "expires_at": (datetime.now(UTC) - timedelta(1)).isoformat()},
            "memories.1.expires_at",
        ),
        (
            {"content": "x", "superseded_by": "00000000-0000-7000-8000-00000000ffff"},
            "memories.1.superseded_by",
        ),
        (
            {"content": "x", "summarized_by": "00000000-0000-7000-8000-00000000ffff"},
            "memories.1.summarized_by",
        ),
    ],
)
async def test_one_that_is_wrong_keeps_all_out(
    app: App, agent: Json, second: Any, field: str
) -> None:
    body = {"memories": [{"content": "Fine"}, second]}
    refused = problem(await app.http.post(at(agent, "/import"), json=body), 400)
    assert refused["errors"][0]["field"] == field
    assert await app.get(at(agent)) == []


async def test_another_agents_memory_is_no_reference(app: App, agent: Json) -> None:
    other = await app.agent("Other")
    theirs = await app.post(at(other), {"content": "Theirs"})
    body = {"memories": [{"content": "x", "superseded_by": theirs["id"]}]}
    problem(await app.http.post(at(agent, "/import"), json=body), 400)
