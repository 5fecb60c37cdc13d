"""What is forgotten by itself: never shown after its end, and what is pinned stays."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.app import App, Json, checked, problem


@pytest.fixture
async def agent(app: App) -> Json:
    return await app.agent()


def at(agent: Json, memory: Json | None = None) -> str:
    base = f"/api/agents/{agent['id']}/memories"
    return f"{base}/{memory['id']}" if memory else base


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


async def settings(app: App, agent: Json, **memory: object) -> None:
    response = await app.http.put(f"/api/agents/{agent['id']}", json={"memory": memory})
    checked(response, 200)


async def shown(app: App, agent: Json, word: str) -> list[str]:
    """Return what can be seen of the agent's memories, which has to be the same in each way."""
    listed = await app.get(at(agent))
    found = await app.get(at(agent), q=word)
    assert sorted(one["id"] for one in listed) == sorted(one["id"] for one in found)
    return sorted(one["content"] for one in listed)


async def let_time_pass(app: App, memory: Json) -> None:
    """Make a memory's own end lie behind."""
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "update agent_memories set expires_at = now() - interval '1 second' where id = :id"
            ),
            {"id": memory["id"]},
        )


async def test_nothing_is_shown_after_its_own_end_unless_it_is_pinned(
    app: App, agent: Json
) -> None:
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    gone = await app.post(at(agent), {"content": "tea one", "expires_at": soon})
    assert gone["expires_at"] is not None
    pinned = await app.post(at(agent), {"content": "tea two", "expires_at": soon, "pinned": True})
    kept = await app.post(at(agent), {"content": "tea three", "expires_at": soon})
    await app.post(at(agent), {"content": "tea four"})
    for memory in (gone, pinned):
        await let_time_pass(app, memory)
    changed = checked(await app.http.put(at(agent, kept), json={"expires_at": None}), 200)
    assert changed["expires_at"] is None
    assert await shown(app, agent, "tea") == ["tea four", "tea three", "tea two"]
    problem(await app.http.get(at(agent, gone)), 404)
    problem(await app.http.put(at(agent, gone), json={"pinned": True}), 404)
    for past in (ago(seconds=1), "1999-01-01T00:00:00Z"):
        for refused in (
            await app.http.post(at(agent), json={"content": "x", "expires_at": past}),
            await app.http.put(at(agent, kept), json={"expires_at": past}),
        ):
            assert problem(refused, 400)["errors"][0]["field"] == "expires_at"


async def test_an_agents_memories_end_after_its_days_from_when_they_were_said(
    app: App, agent: Json
) -> None:
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    old = ago(days=31)
    await app.post(at(agent), {"content": "tea old", "said_at": old})
    await app.post(at(agent), {"content": "tea pinned", "said_at": old, "pinned": True})
    await app.post(at(agent), {"content": "tea own end", "said_at": old, "expires_at": soon})
    await app.post(at(agent), {"content": "tea new", "said_at": ago(days=29)})
    assert len(await shown(app, agent, "tea")) == 4
    await settings(app, agent, expire_after_days=30)
    assert await shown(app, agent, "tea") == ["tea new", "tea own end", "tea pinned"]
    await settings(app, agent, expire_after_days=None)
    assert len(await shown(app, agent, "tea")) == 4


async def test_what_fades_gives_way_to_what_is_new_and_what_is_pinned(
    app: App, agent: Json
) -> None:
    for days, pinned in ((0.001, False), (10, False), (20, False), (100, True)):
        await app.post(
            at(agent),
            {"content": "The tea is green.", "said_at": ago(days=days), "pinned": pinned},
        )
    before = [hit["score_parts"] for hit in await app.get(at(agent), q="tea")]
    assert {parts["importance"] for parts in before} == {0.1}
    await settings(app, agent, half_life_days=10)
    hits = await app.get(at(agent), q="tea")
    recency = {hit["said_at"][:10]: hit["score_parts"]["recency"] for hit in hits}
    assert sorted(recency.values()) == pytest.approx([0.25, 0.5, 1, 1], abs=0.01)
    assert [hit["score_parts"]["importance"] for hit in hits] == pytest.approx(
        [0.1, 0.1, 0.05, 0.025], abs=0.002
    )


async def rows(app: App) -> list[str]:
    """Return what is in the database."""
    async with app.runtime.database.read() as session:
        found = await session.execute(text("select content from agent_memories order by content"))
        return list(found.scalars())


async def test_upkeep_deletes_what_has_expired_with_its_words(app: App, agent: Json) -> None:
    other = await app.agent("Other")
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    secret = await app.post(
        at(agent),
        {"content": "The word is zanzibar.", "expires_at": soon, "said_at": ago(days=40)},
    )
    await app.post(at(agent), {"content": "All right.", "said_at": ago(days=40)})
    for days, pinned in ((40, False), (40, True), (1, False)):
        body = {"content": f"tea {days} {pinned}", "said_at": ago(days=days), "pinned": pinned}
        await app.post(at(other), body)
    await let_time_pass(app, secret)
    await settings(app, other, expire_after_days=30)
    await app.runtime.upkeep.run()
    assert await rows(app) == ["All right.", "tea 1 False", "tea 40 True"]
    hits = await app.get(at(agent), q="zanzibar")
    assert [hit["score_parts"]["text_rank"] for hit in hits] == [None]
    await app.runtime.upkeep.run()
    assert len(await rows(app)) == 3


async def test_upkeep_goes_on_batch_by_batch_also_beside_another(app: App, agent: Json) -> None:
    old = ago(days=40)
    for _ in range(3):
        memories = [{"content": f"tea {n}", "said_at": old} for n in range(400)]
        await app.post(f"{at(agent)}/bulk", {"memories": memories})
    await settings(app, agent, expire_after_days=30)
    kept = await app.post(at(agent), {"content": "tea new"})
    await asyncio.gather(app.runtime.upkeep.run(), app.runtime.upkeep.run())
    assert await rows(app) == [kept["content"]]
