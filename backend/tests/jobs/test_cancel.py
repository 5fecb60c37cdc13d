"""A stop really stops, and what was said until then stays."""

from collections.abc import Awaitable, Callable

import pytest

from reznet.core.clock import now
from reznet.schemas.messages import MessageStatus
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import agents, channels, messages, tasks
from reznet.services.ports import LOCAL_USER
from tests.jobs.conftest import SLOW, Desk, until
from tests.support.upstream import FakeUpstream


async def test_cancel_keeps_the_partial_text_and_closes_the_providers_connection(
    desk: Desk, upstream: FakeUpstream
) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    asked = await desk.cancel(task)
    assert asked.cancel_requested_at is not None
    ended = await desk.ended(task, seconds=1)
    answer = await desk.answer(task)
    assert ended.status is TaskStatus.CANCELLED
    assert ended.finish == "cancelled"
    assert answer.status is MessageStatus.CANCELLED
    assert 0 < len(answer.content.split()) < 60
    assert "".join(piece["text"] for piece in desk.deltas(task)) == answer.content

    async def closed() -> bool:
        return upstream.stats()["live"] == 0

    await until("the provider's connection is closed", closed, seconds=1)


async def test_usage_of_a_cancelled_call_is_recorded_as_estimated(desk: Desk) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    await desk.cancel(task)
    await desk.ended(task)
    (row,) = await desk.execute("select * from llm_usage where task_id = :id", id=task.id)
    assert row.estimated
    assert row.output_tokens > 0


async def test_cancel_whose_signal_is_lost_stops_the_run_all_the_same(desk: Desk) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    await desk.execute(
        "update tasks set cancel_requested_at = :now where id = :id", now=now(), id=task.id
    )
    assert (await desk.ended(task, seconds=1.5)).status is TaskStatus.CANCELLED


async def test_cancel_of_a_queued_task_ends_it_at_once_and_no_model_is_called(
    idle_desk: Desk, upstream: FakeUpstream
) -> None:
    task = await idle_desk.ask_model(SLOW)
    assert (await idle_desk.cancel(task)).status is TaskStatus.CANCELLED
    await idle_desk.engine.start()
    try:
        other = await idle_desk.ask(await idle_desk.channel("other"), "@helper hi")
        await idle_desk.streaming(other)
    finally:
        await idle_desk.engine.stop()
    assert upstream.stats()["requests"] == 1
    assert (await idle_desk.task(task.id)).attempt == 0


async def test_cancel_of_an_ended_task_changes_nothing(desk: Desk) -> None:
    ended = await desk.ended(await desk.ask_model("fake;n=3"))
    assert await desk.cancel(ended) == ended


async def test_forced_cancel_voids_whatever_the_run_still_says(desk: Desk) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    async with desk.database.write() as session:
        forced = await tasks.force_cancel(session, desk.ports, LOCAL_USER, task.id, "so far")
    assert forced.status is TaskStatus.CANCELLED

    async def idle() -> bool:
        return desk.engine.executor.active == 0

    await until("the run has stopped", idle, seconds=2)
    answer = await desk.answer(task)
    assert answer.content == "so far"
    assert answer.attempt > max(piece["attempt"] for piece in desk.deltas(task))


async def _archive(desk: Desk, task: TaskOut) -> None:
    async with desk.database.write() as session:
        await channels.archive(session, desk.ports, LOCAL_USER, task.channel_id)


async def _delete_agent(desk: Desk, task: TaskOut) -> None:
    assert task.agent_id is not None
    async with desk.database.write() as session:
        await agents.delete(session, desk.ports, LOCAL_USER, task.agent_id)


async def _delete_request(desk: Desk, task: TaskOut) -> None:
    async with desk.database.write() as session:
        await messages.delete(session, desk.ports, LOCAL_USER, task.message_id)


async def _delete_answer(desk: Desk, task: TaskOut) -> None:
    answer = await desk.answer(task)
    async with desk.database.write() as session:
        await messages.delete(session, desk.ports, LOCAL_USER, answer.id)


@pytest.mark.parametrize("remove", [_archive, _delete_agent, _delete_request, _delete_answer])
async def test_what_is_removed_during_its_run_cancels_the_run_and_stays_removed(
    desk: Desk,
    upstream: FakeUpstream,
    caplog: pytest.LogCaptureFixture,
    remove: Callable[[Desk, TaskOut], Awaitable[None]],
) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    await remove(desk, task)
    assert (await desk.ended(task, seconds=1)).status is TaskStatus.CANCELLED

    async def idle() -> bool:
        return desk.engine.executor.active == 0 and upstream.stats()["live"] == 0

    await until("the run has stopped", idle, seconds=2)
    answer = await desk.answer(task)
    assert answer.status is MessageStatus.CANCELLED
    if remove is _delete_answer:
        assert answer.deleted_at is not None
        assert answer.content == ""
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert desk.database.pool_in_use == 0
