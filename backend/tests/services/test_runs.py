from uuid import UUID

import pytest

from reznet.core.database import Database
from reznet.repositories import messages as message_rows
from reznet.repositories import tasks as task_rows
from reznet.repositories import usage as usage_rows
from reznet.schemas.channels import ChannelCreate
from reznet.schemas.messages import MessageCreate, MessageStatus
from reznet.schemas.runs import Ending, ModelCall, Outcome, RunContext
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import channels, messages, runs, tasks
from reznet.services.ports import LOCAL_USER, Ports

CALL = ModelCall(
    provider="openai",
    model="fake",
    attempt=1,
    input_tokens=10,
    output_tokens=5,
    cache_read_tokens=0,
    cache_write_tokens=0,
    cost_usd=None,
    estimated=False,
    latency_ms=20,
    first_token_ms=4,
    error_code=None,
)


def outcome(text: str = "done", ending: Ending = Ending.COMPLETED) -> Outcome:
    return Outcome(ending, text, "stop", None, (CALL,), None)


async def ask(database: Database, ports: Ports, content: str = "@backend hello") -> TaskOut:
    async with database.write() as session:
        body = ChannelCreate(name="lab")
        channel, _ = await channels.create(session, ports, LOCAL_USER, body)
    async with database.write() as session:
        body = MessageCreate(content=content)
        posted = await messages.post(session, ports, LOCAL_USER, channel.id, body)
    return posted.tasks[0]


async def claim(
    database: Database, ports: Ports, task: TaskOut, worker: str = "one"
) -> RunContext | None:
    async with database.write() as session:
        begun = await runs.claim(session, ports, task.id, task.run, worker)
        return await runs.load(session, begun) if begun else None


async def apply(database: Database, ports: Ports, run: RunContext, result: Outcome) -> bool:
    async with database.write() as session:
        return await runs.apply(session, ports, run.claim, result)


async def content(database: Database, message_id: UUID) -> str:
    async with database.read() as session:
        message = await message_rows.get(session, message_id)
    assert message is not None
    return message.content


async def state(database: Database, task: TaskOut) -> TaskOut:
    async with database.read() as session:
        found = await task_rows.get(session, task.id)
    assert found is not None
    return found


async def test_second_worker_cannot_apply_a_task_it_lost(database: Database, ports: Ports) -> None:
    task = await ask(database, ports)
    first = await claim(database, ports, task, "one")
    second = await claim(database, ports, task, "two")
    assert first is not None
    assert second is not None
    assert second.claim.answer_id == first.claim.answer_id
    assert second.claim.attempt == first.claim.attempt + 1
    assert not await apply(database, ports, first, outcome("of the one that lost it"))
    assert (await state(database, task)).status is TaskStatus.RUNNING
    assert await apply(database, ports, second, outcome("of the one that has it"))
    assert not await apply(database, ports, first, outcome("too late"))
    assert await content(database, second.claim.answer_id) == "of the one that has it"


async def test_run_whose_result_was_applied_is_not_begun_again(
    database: Database, ports: Ports
) -> None:
    task = await ask(database, ports)
    run = await claim(database, ports, task)
    assert run is not None
    await apply(database, ports, run, outcome())
    assert await claim(database, ports, task, "after the crash") is None
    assert (await state(database, task)).attempt == 1


async def test_result_that_is_applied_twice_is_paid_for_once(
    database: Database, ports: Ports
) -> None:
    task = await ask(database, ports)
    run = await claim(database, ports, task)
    assert run is not None
    # The answer to the first commit got lost, so it is tried again.
    assert await apply(database, ports, run, outcome())
    assert not await apply(database, ports, run, outcome())
    async with database.read() as session:
        (row,) = await usage_rows.by_agent_model_day(session, usage_rows.Filter(), None, 2)
    assert (row.calls, row.input_tokens, row.calls_without_price) == (1, 10, 1)
    assert row.cost_usd is None


async def test_claim_of_another_run_of_the_task_is_refused(
    database: Database, ports: Ports
) -> None:
    task = await ask(database, ports)
    run = await claim(database, ports, task)
    assert run is not None
    await apply(database, ports, run, outcome(ending=Ending.FAILED))
    async with database.write() as session:
        again = await tasks.retry(session, ports, LOCAL_USER, task.id)
    assert await claim(database, ports, task) is None
    assert await claim(database, ports, again) is not None


async def test_stop_that_came_with_the_last_words_still_counts(
    database: Database, ports: Ports
) -> None:
    task = await ask(database, ports)
    run = await claim(database, ports, task)
    assert run is not None
    async with database.write() as session:
        await tasks.request_cancel(session, ports, LOCAL_USER, task.id)
    assert await apply(database, ports, run, outcome("@qa go on"))
    assert (await state(database, task)).status is TaskStatus.CANCELLED
    async with database.read() as session:
        assert await task_rows.count_for_root(session, task.message_id) == 0


async def test_history_ends_before_the_request_and_leaves_out_what_was_cleared(
    database: Database, ports: Ports
) -> None:
    task = await ask(database, ports, "@backend first")
    async with database.write() as session:
        await channels.clear(session, ports, LOCAL_USER, task.channel_id)
    posted: list[TaskOut] = []
    for text in ("said since", "@backend second", "said later"):
        async with database.write() as session:
            body = MessageCreate(content=text)
            result = await messages.post(session, ports, LOCAL_USER, task.channel_id, body)
            posted += result.tasks
    run = await claim(database, ports, posted[0])
    assert run is not None
    assert [message.content for message in run.history] == ["said since"]
    assert run.request.content == "@backend second"


async def test_orchestrator_is_told_whom_it_may_ask(database: Database, ports: Ports) -> None:
    run = await claim(database, ports, await ask(database, ports, "@orchestrator plan"))
    assert run is not None
    assert {agent.handle for agent in run.roster} == {"backend", "frontend", "qa", "devops"}
    other = await ask_in(database, ports, run, "@backend and you")
    run = await claim(database, ports, other)
    assert run is not None
    assert run.roster == ()


async def ask_in(database: Database, ports: Ports, run: RunContext, text: str) -> TaskOut:
    async with database.write() as session:
        body = MessageCreate(content=text)
        posted = await messages.post(session, ports, LOCAL_USER, run.channel.id, body)
    return posted.tasks[0]


@pytest.mark.parametrize("begun", [False, True])
async def test_run_that_is_given_up_fails_and_can_be_retried(
    database: Database, ports: Ports, begun: bool
) -> None:
    task = await ask(database, ports)
    run = await claim(database, ports, task) if begun else None
    async with database.write() as session:
        await runs.give_up(session, ports, task.id, task.run, ("broke_off", "Retry it."))
    ended = await state(database, task)
    assert ended.status is TaskStatus.FAILED
    assert ended.error is not None
    assert ended.error.code == "broke_off"
    if run is not None:
        assert not await apply(database, ports, run, outcome("too late"))
        async with database.read() as session:
            answer = await message_rows.get(session, run.claim.answer_id)
        assert answer is not None
        assert answer.status is MessageStatus.FAILED
    async with database.write() as session:
        again = await tasks.retry(session, ports, LOCAL_USER, task.id)
    assert again.status is TaskStatus.QUEUED
