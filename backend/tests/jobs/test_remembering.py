"""What agents remember of their answers by themselves: the turns."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from reznet.core.database import ReadSession
from reznet.repositories import agents as agent_rows
from reznet.schemas.agents import AgentOut, AgentUpdate, MemorySettings, Remember
from reznet.schemas.memories import MemoryKind, MemoryOrigin
from reznet.schemas.messages import MessageCreate, MessageUpdate
from reznet.schemas.remembering import Judged, Turns
from reznet.services import agents, channels, messages
from reznet.services import memories as memory_service
from reznet.services import remembering as service
from reznet.services.drafting import episodes, said_in
from reznet.services.memory_owners import Owner
from reznet.services.ports import LOCAL_USER
from reznet.services.remembering import Findings
from tests.jobs.conftest import SLOW, Desk
from tests.jobs.remembered import (
    TURNS,
    contents_of,
    drawn,
    make_due,
    memories_of,
    nothing_is_left,
    remember,
    remembering,
    saying,
    script,
    told,
)
from tests.support.upstream import FakeUpstream


async def test_turn_is_remembered_with_its_sources(desk: Desk) -> None:
    agent = await desk.agent(saying("The build runs on Fridays."), memory=TURNS)
    task = await told(desk, await desk.channel(), agent, "when does the build run?")
    await remember(desk)
    request, answer = await memories_of(desk, agent)
    assert request.content == "The user: when does the build run?"
    assert answer.content == "Helper: The build runs on Fridays."
    assert (request.source_message_id, answer.source_message_id) == (
        task.message_id,
        task.answer_id,
    )
    assert (request.author_id, answer.author_id) == (LOCAL_USER.user_id, None)
    for memory in (request, answer):
        assert memory.kind is MemoryKind.EPISODE
        assert memory.origin is MemoryOrigin.ANSWER
        assert memory.channel_id == task.channel_id
    assert request.said_at < answer.said_at


@pytest.mark.parametrize("name", ["custom", "default"])
async def test_default_agents_remember_as_custom_ones_do(desk: Desk, name: str) -> None:
    if name == "custom":
        agent = await desk.agent(saying("It runs on Fridays."))
    else:
        async with desk.database.read() as session:
            agent = next(one for one in await agents_of(session) if one.handle == "backend")
    await told(desk, await desk.channel(), agent, "when does the build run?")
    await remember(desk)
    assert (await contents_of(desk, agent))[0] == "The user: when does the build run?"


async def agents_of(session: ReadSession) -> Sequence[AgentOut]:
    return await agent_rows.roster(session, 30)


async def test_agent_that_is_not_to_remember_does_not(desk: Desk) -> None:
    off = MemorySettings(remember=Remember.OFF)
    agent = await desk.agent(saying("It runs on Fridays."), memory=off)
    task = await told(desk, await desk.channel(), agent, "when does the build run?")
    (row,) = await desk.execute("select remember_at from tasks where id = :id", id=task.id)
    assert row.remember_at is None
    await remember(desk)
    assert await contents_of(desk, agent) == []


async def test_agent_that_was_told_not_to_meanwhile_does_not(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    await told(desk, await desk.channel(), agent, "when does the build run?")
    async with desk.database.write() as session:
        off = AgentUpdate(memory=MemorySettings(remember=Remember.OFF))
        await agents.update(session, desk.ports, LOCAL_USER, agent.id, off)
    await remember(desk)
    assert await contents_of(desk, agent) == []
    assert await nothing_is_left(desk)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (saying("Hello! How can I help you today?"), "hi there"),
        (saying("You're welcome!"), "thanks a lot"),
        ("fake;fail=401", "when does the build run?"),
        ("fake;fail=empty", "when does the build run?"),
    ],
)
async def test_what_says_nothing_is_not_remembered(desk: Desk, model: str, words: str) -> None:
    agent = await desk.agent(model)
    await told(desk, await desk.channel(), agent, words)
    await remember(desk)
    assert await contents_of(desk, agent) == []
    assert await nothing_is_left(desk)


async def test_trial_models_answer_is_not_remembered_but_what_it_was_asked(desk: Desk) -> None:
    agent = await desk.agent(saying("Your favourite colour is [Name]."), memory=TURNS)
    task = await told(desk, await desk.channel(), agent, "my favourite colour is teal")
    await desk.execute(
        """update messages set metadata = jsonb_set(metadata, '{run,provider}', '"local"') where id = :id""",
        id=task.answer_id,
    )
    await remember(desk)
    assert {memory.source_message_id for memory in await memories_of(desk, agent)} == {
        task.message_id
    }


async def test_cancelled_answer_is_not_remembered(desk: Desk) -> None:
    agent = await desk.agent(SLOW)
    task = await desk.ask(await desk.channel(), f"@{agent.handle} when does the build run?")
    await desk.streaming(task)
    await desk.cancel(task)
    await desk.ended(task)
    await remember(desk)
    assert await contents_of(desk, agent) == []


async def test_what_is_said_without_asking_the_agent_is_not_remembered(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    channel = await desk.channel()
    async with desk.database.write() as session:
        body = MessageCreate(content="my salary is 100")
        await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
    await told(desk, channel, agent, "when does the build run?")
    await remember(desk)
    assert not any("salary" in content for content in await contents_of(desk, agent))


async def test_each_agent_remembers_what_it_was_asked_itself(desk: Desk) -> None:
    one = await desk.agent(saying("It runs on Fridays."), "One Helper", memory=TURNS)
    other = await desk.agent(saying("Nobody knows that."), "Other Helper", memory=TURNS)
    channel = await desk.channel()
    await told(desk, channel, one, "when does the build run?")
    await told(desk, channel, other, "who broke the build?")
    await remember(desk)
    assert await contents_of(desk, one) == [
        "The user: when does the build run?",
        "One Helper: It runs on Fridays.",
    ]
    assert await contents_of(desk, other) == [
        "The user: who broke the build?",
        "Other Helper: Nobody knows that.",
    ]


async def test_secrets_reach_neither_memory_nor_model(desk: Desk, upstream: FakeUpstream) -> None:
    key = "sk-" + "proj-Ab12Cd34Ef56Gh78Ij90"
    leaked = drawn((f"The user's key is {key} for the build.", 1))
    agent = await desk.agent(script(upstream, f"I see {key} there.", leaked))
    await told(
        desk, await desk.channel(), agent, f"my key is {key}, my password: hunter22 for the build"
    )
    await remember(desk)
    contents = await contents_of(desk, agent)
    assert len(contents) == 3
    assert not any(key in content or "hunter22" in content for content in contents)
    assert contents[0].startswith(
        "The user: my key is [redacted: api key], my password: [redacted"
    )
    asked = json.dumps(upstream.requests()[-1]["body"])
    assert key not in asked
    assert "hunter22" not in asked


async def test_edited_request_is_remembered_as_it_is_then(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    task = await told(desk, await desk.channel(), agent, "when does the biuld run?")
    async with desk.database.write() as session:
        body = MessageUpdate(content=f"@{agent.handle} when does the build run?")
        await messages.update(session, desk.ports, LOCAL_USER, task.message_id, body)
    await remember(desk)
    assert (await contents_of(desk, agent))[0] == "The user: when does the build run?"


async def test_cleared_channel_leaves_nothing_to_remember(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    channel = await desk.channel()
    await told(desk, channel, agent, "when does the build run?")
    async with desk.database.write() as session:
        await channels.clear(session, desk.ports, LOCAL_USER, channel.id)
    await remember(desk)
    assert await contents_of(desk, agent) == []


async def test_message_deleted_while_it_is_worked_on_leaves_nothing(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    task = await told(desk, await desk.channel(), agent, "when does the build run?")
    turns, findings = await begun(desk)
    async with desk.database.write() as session:
        await messages.delete(session, desk.ports, LOCAL_USER, task.message_id)
    async with desk.database.write() as session:
        await service.apply(session, desk.ports, turns, findings, then_facts=False)
    assert await contents_of(desk, agent) == ["Helper: It runs on Fridays."]


async def test_agent_deleted_while_it_is_worked_on_ends_it_quietly(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    await told(desk, await desk.channel(), agent, "when does the build run?")
    turns, findings = await begun(desk)
    async with desk.database.write() as session:
        await agents.delete(session, desk.ports, LOCAL_USER, agent.id)
    async with desk.database.write() as session:
        assert await service.apply(session, desk.ports, turns, findings, then_facts=True) is None
    assert await nothing_is_left(desk)


async def begun(desk: Desk) -> tuple[Turns, Findings]:
    """Claim the turns of the only agent and draft what comes of them, and go no further."""
    async with desk.database.write() as session:
        (turns,) = await service.claim_turns(session)
    drafts = [draft for turn in turns.turns for draft in episodes(said_in(turn))]
    return turns, Findings([Judged(draft) for draft in drafts], [None] * len(drafts), {})


async def test_process_that_is_too_late_stores_nothing(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    await told(desk, await desk.channel(), agent, "when does the build run?")
    turns, findings = await begun(desk)
    await make_due(desk)  # its time is over
    await remember(desk)
    before = await memories_of(desk, agent)
    assert len(before) == 2
    async with desk.database.write() as session:
        assert await service.apply(session, desk.ports, turns, findings, then_facts=True) is None
    assert await memories_of(desk, agent) == before
    assert await nothing_is_left(desk)


async def test_two_processes_at_once_store_a_turn_once(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    channel = await desk.channel()
    for number in range(6):
        await told(desk, channel, agent, f"when does build {number} run?")
    await asyncio.gather(*(remembering(desk).work() for _ in range(4)))
    await remember(desk)
    contents = await contents_of(desk, agent)
    assert len(contents) == len(set(contents)) == 7  # six questions; the same answer is kept once
    assert await nothing_is_left(desk)


async def test_memory_that_was_deleted_is_not_drawn_from_and_does_not_come_back(
    desk: Desk, upstream: FakeUpstream
) -> None:
    fact = drawn(("The user's dog is called Rex.", 1))
    agent = await desk.agent(script(upstream, "Rex is a fine name for him.", fact))
    await told(desk, await desk.channel(), agent, "my dog is called Rex")
    await remembering(desk).work()
    async with desk.database.write() as session:
        await memory_service.delete_all(session, LOCAL_USER, Owner(agent.id))
    before = upstream.stats()["requests"]
    await make_due(desk)
    await remember(desk)
    assert await contents_of(desk, agent) == []
    assert upstream.stats()["requests"] == before


async def test_turn_that_breaks_whoever_works_on_it_is_given_up(desk: Desk) -> None:
    agent = await desk.agent(saying("It runs on Fridays."), memory=TURNS)
    await told(desk, await desk.channel(), agent, "when does the build run?")
    for _ in range(5):  # as after five kills in its middle
        async with desk.database.write() as session:
            assert await service.claim_turns(session)
        await make_due(desk)
    await remembering(desk).work()
    assert await contents_of(desk, agent) == []
    assert await nothing_is_left(desk)
