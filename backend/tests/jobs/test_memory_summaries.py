"""Old episodes are drawn together: by the agent's model or without one, so that nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.app import App, Json, checked, problem, running, settings_for
from tests.support.upstream import FakeUpstream

LONG_AGO = datetime.now(UTC) - timedelta(days=60)
MODEL = "fake;script=summary"
WRITTEN = "Ada and Ben planned the move to Rome for 1 May 2026."


@pytest.fixture
async def app(database_url: str, tmp_path: Path, upstream: FakeUpstream) -> AsyncIterator[App]:
    settings = settings_for(database_url, tmp_path, OPENAI_BASE_URL=f"{upstream.url}/v1")
    async with running(settings) as started:
        yield started


@pytest.fixture
async def agent(app: App, upstream: FakeUpstream) -> Json:
    upstream.script("summary", [{"text": WRITTEN}] * 20)
    return await app.agent(provider="openai", model=MODEL, memory={"summarize_after_days": 30})


def at(agent: Json, memory: Json | None = None) -> str:
    base = f"/api/agents/{agent['id']}/memories"
    return f"{base}/{memory['id']}" if memory else base


async def conversation(app: App, agent: Json, *said: str, **fields: object) -> list[Json]:
    """Let the agent remember a conversation of long ago."""
    start = fields.pop("start", LONG_AGO)
    assert isinstance(start, datetime)
    noon = start.replace(hour=12)
    bodies = [
        {
            "content": content,
            "kind": "episode",
            "said_at": (noon + timedelta(minutes=number)).isoformat(),
            **fields,
        }
        for number, content in enumerate(said)
    ]
    checked(await app.http.post(f"{at(agent)}/bulk", json={"memories": bodies}), 201)
    listed = await app.get(at(agent), limit=200)
    return [one for body in bodies for one in listed if one["content"] == body["content"]]


async def let_an_hour_pass(app: App) -> None:
    async with app.runtime.database.write() as session:
        await session.execute(
            text("update memory_upkeep set begun_at = begun_at - interval '1 hour'")
        )


async def upkeep(app: App) -> None:
    """Let the upkeep work, also where the workspace's own has just looked at the agent."""
    await let_an_hour_pass(app)
    await app.runtime.upkeep.run()


@asynccontextmanager
async def upkeep_at_work(app: App, upstream: FakeUpstream) -> AsyncIterator[asyncio.Task[None]]:
    """Begin the upkeep, and go on when it waits for the model."""
    async with asyncio.TaskGroup() as group:
        work = group.create_task(upkeep(app))
        while not await asyncio.to_thread(upstream.requests):
            assert not work.done(), "the upkeep asked no model"
        yield work


async def summaries(app: App, agent: Json) -> list[Json]:
    return await app.get(at(agent), origin="summary")


TALK = ("Ada: Shall we move to Rome?", "Ben: In May, on the first.", "Ada: Agreed, Rome it is.")


async def test_an_old_conversation_becomes_one_summary_with_its_sources(
    app: App, agent: Json, upstream: FakeUpstream
) -> None:
    channel = await app.channel()
    said = await conversation(app, agent, *TALK, channel_id=channel["id"], importance=0.7)
    young = await conversation(
        app, agent, "Ada: One.", "Ada: Two.", "Ada: Three.", start=datetime.now(UTC)
    )
    fact = await app.post(
        at(agent), {"content": "Rome is old.", "kind": "fact", "said_at": LONG_AGO.isoformat()}
    )
    await upkeep(app)
    (summary,) = await summaries(app, agent)
    assert (summary["content"], summary["kind"]) == (WRITTEN, "summary")
    assert summary["channel_id"] == channel["id"]
    assert summary["said_at"] == said[-1]["said_at"]
    assert summary["importance"] == 0.7
    assert summary["metadata"]["sources"] == [one["id"] for one in said]
    assert summary["metadata"]["made_by"] == "model"
    hits = {hit["id"] for hit in await app.get(at(agent), q="Rome", limit=50)}
    assert hits == {summary["id"], fact["id"], *(one["id"] for one in young)}
    listed = {one["id"]: one for one in await app.get(at(agent))}
    assert {listed[one["id"]]["summarized_by"] for one in said} == {summary["id"]}
    (request,) = upstream.requests()
    shown = str(request["body"])
    assert all(content in shown for content in TALK)
    assert "One." not in shown
    (row,) = await app.get("/api/usage", agent_id=agent["id"])
    assert row["calls"] == 1
    # Neither what is summed up nor the summary is summed up again.
    await upkeep(app)
    assert len(await summaries(app, agent)) == 1


async def test_conversations_stay_apart_and_small_pinned_or_dated_things_stay(
    app: App, agent: Json
) -> None:
    here, there = await app.channel("here"), await app.channel("there")
    for channel in (here, there):
        for days in (0, 1):
            await conversation(
                app,
                agent,
                *(f"{channel['name']} {days} {number}" for number in range(3)),
                channel_id=channel["id"],
                start=LONG_AGO - timedelta(days=days),
            )
    left = [
        *(await conversation(app, agent, "Two alone.", "Are no talk.")),
        *(await conversation(app, agent, "p1", "p2", "p3", pinned=True, channel_id=here["id"])),
        *(
            await conversation(
                app,
                agent,
                *("e1", "e2", "e3"),
                expires_at=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
            )
        ),
    ]
    await upkeep(app)
    made = await summaries(app, agent)
    assert len(made) == 4
    listed = {one["id"]: one for one in await app.get(at(agent), limit=200)}
    for summary in made:
        sources = [listed[one]["content"] for one in summary["metadata"]["sources"]]
        assert len({content.rsplit(" ", 1)[0] for content in sources}) == 1
    assert all(listed[one["id"]]["summarized_by"] is None for one in left)


async def test_what_a_summary_stands_for_can_be_brought_back_for_good(
    app: App, agent: Json
) -> None:
    first, second, third = await conversation(app, agent, *TALK)
    await upkeep(app)
    (summary,) = await summaries(app, agent)
    restored = checked(await app.http.post(f"{at(agent, first)}/restore"), 200)
    assert restored["summarized_by"] is None
    assert checked(await app.http.post(f"{at(agent, first)}/restore"), 200) == restored
    pinned = checked(await app.http.put(at(agent, second), json={"pinned": True}), 200)
    assert pinned["summarized_by"] is None
    hits = {hit["id"] for hit in await app.get(at(agent), q="Rome")}
    assert hits == {first["id"], second["id"], summary["id"]}
    assert (await app.http.delete(at(agent, summary))).status_code == 204
    hits = {hit["id"] for hit in await app.get(at(agent), q="Rome")}
    assert hits == {first["id"], second["id"], third["id"]}
    await upkeep(app)
    assert await summaries(app, agent) == []
    problem(await app.http.post(f"{at(agent, summary)}/restore"), 404)


async def test_after_the_retention_only_the_summary_is_left(app: App, agent: Json) -> None:
    said = await conversation(app, agent, *TALK)
    await upkeep(app)
    await upkeep(app)
    assert len(await app.get(at(agent))) == 4
    async with app.runtime.database.write() as session:
        await session.execute(
            text("update agent_memories set created_at = created_at - interval '31 days'")
        )
    await upkeep(app)
    (summary,) = await app.get(at(agent))
    assert summary["metadata"]["sources"] == [one["id"] for one in said]


async def test_a_summary_goes_with_each_thing_it_tells_of(app: App, agent: Json) -> None:
    channel = await app.channel()
    messages = [await app.say(channel, content) for content in ("zanzibar", "quito", "oslo")]
    for message in messages:
        body = {"content": f"You: {message['content']}", "kind": "episode"}
        await app.post(at(agent), {**body, "source_message_id": message["id"]})
    async with app.runtime.database.write() as session:
        await session.execute(
            text("update agent_memories set said_at = said_at - interval '60 days'")
        )
    await upkeep(app)
    (summary,) = await summaries(app, agent)
    assert summary["metadata"]["messages"] == [message["id"] for message in messages]
    # A person may write beside what a summary is made of, and does not lose it by that.
    changed = checked(await app.http.put(at(agent, summary), json={"metadata": {"mine": 1}}), 200)
    assert changed["metadata"] == {**summary["metadata"], "mine": 1}
    # Also when the pieces themselves are gone already.
    async with app.runtime.database.write() as session:
        await session.execute(
            text("delete from agent_memories where source_message_id = :id"),
            {"id": messages[1]["id"]},
        )
    await app.http.delete(f"/api/messages/{messages[1]['id']}")
    left = await app.get(at(agent))
    assert sorted(one["content"] for one in left) == ["You: oslo", "You: zanzibar"]
    assert {one["summarized_by"] for one in left} == {None}
    more = await conversation(app, agent, *TALK)
    await upkeep(app)
    assert len(await summaries(app, agent)) == 1
    assert (await app.http.delete(at(agent, more[0]))).status_code == 204
    assert await summaries(app, agent) == []


@pytest.mark.parametrize("fail", ["401", "404"])
async def test_without_a_model_the_most_central_pieces_are_kept(
    app: App, agent: Json, upstream: FakeUpstream, fail: str
) -> None:
    upstream.script("summary", [{"fail": fail}] * 20)
    said = [f"Ada: The harbour of Oslo has {number} cranes." for number in range(9)]
    odd = "Ben: Bananas are yellow."
    await conversation(app, agent, *said[:4], odd, *said[4:])
    await upkeep(app)
    (summary,) = await summaries(app, agent)
    assert summary["metadata"]["made_by"] == "extract"
    lines = summary["content"].splitlines()
    assert 1 < len(lines) <= 5
    assert [line for line in (*said[:4], odd, *said[4:]) if line in lines] == lines
    assert sum(line in said for line in lines) >= 4


async def test_a_model_that_is_away_for_the_moment_is_asked_again_in_an_hour(
    app: App, agent: Json, upstream: FakeUpstream
) -> None:
    upstream.script("summary", [{"fail": "503"}] * 4)
    await conversation(app, agent, *TALK)
    await upkeep(app)
    assert await summaries(app, agent) == []
    upstream.script("summary", [{"text": WRITTEN}])
    await app.runtime.upkeep.run()  # within the hour
    assert await summaries(app, agent) == []
    await upkeep(app)
    assert len(await summaries(app, agent)) == 1


async def test_what_changes_while_the_model_writes_is_not_summed_up(
    app: App, agent: Json, upstream: FakeUpstream
) -> None:
    upstream.script("summary", [{"text": WRITTEN, "ttft": 1.5}])
    first, *_ = await conversation(app, agent, *TALK)
    async with upkeep_at_work(app, upstream):
        assert (await app.http.delete(at(agent, first))).status_code == 204
    assert await summaries(app, agent) == []
    assert len(await app.get(at(agent))) == 2


async def test_several_processes_ask_no_model_twice_and_one_that_is_cut_off_loses_nothing(
    app: App, agent: Json, upstream: FakeUpstream
) -> None:
    upstream.script("summary", [{"text": WRITTEN, "ttft": 1.0}] * 3)
    await conversation(app, agent, *TALK)
    async with upkeep_at_work(app, upstream) as cut_off:
        await asyncio.gather(*(app.runtime.upkeep.run() for _ in range(3)))
        cut_off.cancel()
    assert len(upstream.requests()) == 1
    assert await summaries(app, agent) == []
    await let_an_hour_pass(app)
    await asyncio.gather(*(app.runtime.upkeep.run() for _ in range(3)))
    assert len(upstream.requests()) == 2
    assert len(await summaries(app, agent)) == 1


async def test_secrets_are_not_in_a_summary(app: App, agent: Json, upstream: FakeUpstream) -> None:
    key = "sk-ant-" + "a1B2" * 8
    upstream.script("summary", [{"text": f"The key is {key}."}])
    await conversation(app, agent, *TALK)
    await upkeep(app)
    (summary,) = await summaries(app, agent)
    assert key not in summary["content"]
    assert "[redacted" in summary["content"]
