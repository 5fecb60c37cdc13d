"""Whatever ends, loses its connection or stops in the middle: a run goes on, and is applied once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reznet.core.config import Settings
from reznet.core.database import Database, WriteSession
from reznet.repositories.tasks import NewTask
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageCreate, MessageStatus
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import beginnings, channels, messages
from reznet.services.ports import LOCAL_USER
from tests.jobs.conftest import SLOW, Desk, until
from tests.support.statements import statements_of
from tests.support.upstream import FakeUpstream

_WORKER = Path(__file__).with_name("worker_process.py")


class _Lost(Exception):
    """Raised where a transaction is to fail, or its end not to be heard of."""


async def check_answered_once(desk: Desk, task: TaskOut, words: int = 60) -> TaskOut:
    """Wait for the end of the task; fail unless there is one whole answer."""
    ended = await desk.ended(task)
    answer = await desk.answer(task)
    assert ended.status is TaskStatus.COMPLETED
    assert answer.status is MessageStatus.COMPLETE
    assert len(answer.content.split()) == words
    (row,) = await desk.execute(
        "select count(*) as answers from messages where task_id = :id", id=task.id
    )
    assert row.answers == 1
    return ended


async def test_run_starts_as_soon_as_it_is_committed_however_seldom_the_engine_looks(
    settings: Settings, database: Database
) -> None:
    desk = Desk(settings.model_copy(update={"poll_seconds": 60.0}), database)
    await desk.engine.start()
    try:
        task = await desk.ask_model("fake;n=3")

        async def begun() -> bool:
            return (await desk.task(task.id)).started_at is not None

        await until("the run begins", begun, seconds=5)
        await desk.ended(task)
    finally:
        await desk.engine.stop()
        await desk.llm.aclose()


async def test_run_is_begun_by_the_engine_of_the_process_that_queued_it(desk: Desk) -> None:
    task = await desk.ask_model("fake;n=3")
    row = await engine_row(desk, task)
    assert row.executor_id == desk.engine.executor_id
    assert row.status != "ENQUEUED"
    await check_answered_once(desk, task, words=3)

    async def recorded() -> bool:
        return (await engine_row(desk, task)).status == "SUCCESS"

    await until("its end is on record", recorded)


async def test_runs_that_find_no_place_wait_in_the_queue_and_end_well(
    settings: Settings, database: Database
) -> None:
    desk = Desk(settings.model_copy(update={"run_concurrency": 1}), database)
    await desk.engine.start()
    try:
        agent = await desk.agent(SLOW)
        channel = await desk.channel()
        first = await desk.ask(channel, f"@{agent.handle} hello")
        await desk.streaming(first)
        others = [await desk.ask(channel, f"@{agent.handle} hello") for _ in range(2)]
        assert [(await engine_row(desk, task)).status for task in others] == ["ENQUEUED"] * 2
        for task in (first, *others):
            await check_answered_once(desk, task)
    finally:
        await desk.engine.stop()
        await desk.llm.aclose()


@pytest.mark.parametrize("text", ["@helper hello", "hello @helper and @nobody, \u00e4 ' \\ %"])
@pytest.mark.parametrize("is_direct", [False, True])
async def test_request_is_told_as_it_is_stored(desk: Desk, text: str, is_direct: bool) -> None:
    agent = await desk.agent("fake;ttft=0.2;n=3")
    if is_direct:
        async with desk.database.write() as session:
            channel, _ = await channels.direct(session, desk.ports, LOCAL_USER, agent.id)
    else:
        channel = await desk.channel()
    body = MessageCreate(content=text.replace("@", "") if is_direct else text, client_id="one")
    with statements_of(desk.database) as statements:
        async with desk.database.write() as session:
            posted = await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
    assert not [one for one in statements if one.startswith("BEGIN")]
    async with desk.database.read() as session:
        assert posted.message == await messages.get(session, LOCAL_USER, posted.message.id)
    (task,) = posted.tasks
    answer = await desk.answer(task)
    assert (answer.author.id, answer.author.name) == (agent.id, agent.name)
    assert {mention.handle for mention in posted.message.mentions} == (
        set() if is_direct else {"helper"}
    )
    async with desk.database.write() as session:
        again = await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
    assert (again.created, again.message.id) == (False, posted.message.id)
    assert [one.id for one in again.tasks] == [task.id]
    ended = await check_answered_once(desk, task, words=3)
    assert ended.started_at == task.started_at


async def test_run_begins_in_the_transaction_of_its_request(desk: Desk) -> None:
    task = await desk.ask_model("fake;ttft=0.2;n=3")
    assert task == await desk.task(task.id)
    assert (task.status, task.run, task.attempt) == (TaskStatus.RUNNING, 1, 1)
    assert task.started_at is not None
    answer = await desk.answer(task)
    assert (answer.status, answer.content) == (MessageStatus.STREAMING, "")
    assert answer.reply_to_id == task.message_id
    told = await desk.execute(
        "select kind, message_id, task_id from events where kind <> 'agent_created' order by id"
    )
    assert [(row.kind, row.message_id, row.task_id) for row in told][-3:] == [
        ("message_sent", task.message_id, None),
        ("message_sent", answer.id, task.id),
        ("task_updated", task.message_id, task.id),
    ]
    assert (await check_answered_once(desk, task, words=3)).attempt == 1


async def test_place_of_a_request_that_failed_is_free_again(
    settings: Settings, database: Database
) -> None:
    desk = Desk(settings.model_copy(update={"run_concurrency": 1}), database)
    await desk.engine.start()
    try:
        agent = await desk.agent("fake;n=3")
        channel = await desk.channel()
        body = MessageCreate(content=f"@{agent.handle} hello")
        with suppress(_Lost):
            async with database.write() as session:
                await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
                assert desk.engine.places.are_taken
                raise _Lost
        assert not desk.engine.places.are_taken
        task = await desk.ask(channel, body.content)
        assert task.status is TaskStatus.RUNNING
        await check_answered_once(desk, task, words=3)
    finally:
        await desk.engine.stop()
        await desk.llm.aclose()


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_run_whose_commit_nobody_heard_of_is_taken_up(desk: Desk, is_claimed: bool) -> None:
    channel = await desk.channel()
    agent = await desk.agent("fake;n=3")
    with suppress(_Lost):
        async with desk.database.write() as session:
            if is_claimed:  # stored as queued, to be claimed by this process
                task = await _queued(desk, session, channel, agent)
            else:
                body = MessageCreate(content=f"@{agent.handle} hello")
                posted = await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
                (task,) = posted.tasks
            await session.commit()
            raise _Lost  # as when the connection is lost before the answer to the commit
    await check_answered_once(desk, task, words=3)


async def _queued(
    desk: Desk, session: WriteSession, channel: ChannelOut, agent: AgentOut
) -> TaskOut:
    """Post a request, and queue a run for it."""
    body = MessageCreate(content="hello")
    posted = await messages.post(session, desk.ports, LOCAL_USER, channel.id, body)
    new = NewTask(
        channel_id=channel.id,
        message_id=posted.message.id,
        agent_id=agent.id,
        agent_name=agent.name,
        root_id=posted.message.id,
        parent_id=None,
        hop=0,
        created_by="local-user",
    )
    task = await beginnings.queue(session, desk.ports, new)
    assert task is not None
    return task


async def engine_row(desk: Desk, task: TaskOut) -> Any:
    """Return what the engine has on record of the task's first run."""
    (row,) = await desk.execute(
        "select status, executor_id from dbos.workflow_status where workflow_uuid = :id",
        id=f"{task.id}:1",
    )
    return row


async def test_stopped_engine_hands_its_run_over_to_the_next(idle_desk: Desk) -> None:
    await idle_desk.engine.start()
    task = await idle_desk.ask_model(SLOW.replace("n=60", "n=90"))
    await idle_desk.streaming(task)
    await idle_desk.engine.stop()
    (row,) = await idle_desk.execute(
        "select status from dbos.workflow_status where workflow_uuid = :id", id=f"{task.id}:1"
    )
    assert row.status == "ENQUEUED"
    assert (await idle_desk.task(task.id)).status is TaskStatus.RUNNING
    following = idle_desk.new_engine()
    await following.start()
    try:
        ended = await check_answered_once(idle_desk, task, words=90)
        assert ended.attempt == 2
    finally:
        await following.stop()
    rows = await idle_desk.execute(
        "select estimated from llm_usage where task_id = :id order by created_at", id=task.id
    )
    assert [row.estimated for row in rows] == [True, False]


async def test_stopped_engine_lets_a_short_run_end(idle_desk: Desk) -> None:
    await idle_desk.engine.start()
    task = await idle_desk.ask_model("fake;ttft=0.05;rate=50;n=40")
    await idle_desk.streaming(task)
    await idle_desk.engine.stop()
    assert (await idle_desk.task(task.id)).status is TaskStatus.COMPLETED


async def test_run_outlives_the_loss_of_every_database_connection(desk: Desk) -> None:
    task = await desk.ask_model(SLOW)
    await desk.streaming(task)
    for _ in range(3):
        end_every_connection(desk)
        await asyncio.sleep(0.2)  # long enough for some of them to have come back
    ended = await check_answered_once(desk, task)
    assert ended.attempt == 1
    # Everything is there for the next one, too.
    again = await desk.ask(await desk.channel("after"), "@helper again")
    await check_answered_once(desk, again)

    async def ready() -> bool:
        return desk.engine.ready

    await until("the engine holds its lock again", ready)


def end_every_connection(desk: Desk) -> None:
    with psycopg.connect(desk.database.url) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@contextmanager
def worker_process(settings: Settings, upstream: FakeUpstream, log: Path) -> Iterator[int]:
    """Run a process that runs agents for the time of the block; give its id."""
    assert settings.database_url is not None
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "DATABASE_URL": settings.database_url,
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": "fake",
        "REZNET_DATA_DIR": str(log.parent),
        "REZNET_MEMORY_QUIET_SECONDS": "3600",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(_WORKER)], env=environment, stdout=out, stderr=out
        )
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait(10)


async def test_surviving_engine_goes_on_with_the_run_of_a_killed_process(
    idle_desk: Desk, upstream: FakeUpstream, tmp_path: Path
) -> None:
    clock = asyncio.get_running_loop().time
    with worker_process(idle_desk.settings, upstream, tmp_path / "worker.log"):
        task = await idle_desk.ask_model(SLOW)

        async def begun() -> bool:
            return (await idle_desk.task(task.id)).first_token_at is not None

        await until(f"it streams; {(tmp_path / 'worker.log').read_text()}", begun, 20)
        await idle_desk.engine.start()
    killed = clock()
    try:

        async def taken_over() -> bool:
            return (await idle_desk.task(task.id)).attempt == 2

        await until("the run is taken over", taken_over, seconds=5)
        assert clock() - killed < 3
        await check_answered_once(idle_desk, task)
    finally:
        await idle_desk.engine.stop()


async def test_started_engine_goes_on_with_the_run_of_a_process_killed_before(
    idle_desk: Desk, upstream: FakeUpstream, tmp_path: Path
) -> None:
    with worker_process(idle_desk.settings, upstream, tmp_path / "worker.log"):
        task = await idle_desk.ask_model(SLOW)

        async def begun() -> bool:
            return (await idle_desk.task(task.id)).first_token_at is not None

        await until("it streams", begun, 20)
    await idle_desk.engine.start()
    try:
        assert (await check_answered_once(idle_desk, task)).attempt == 2
    finally:
        await idle_desk.engine.stop()


@pytest.mark.parametrize("known", [False, True])
async def test_run_that_the_engine_does_not_drive_is_taken_up(desk: Desk, known: bool) -> None:
    await desk.engine.stop()
    task = await desk.ask_model("fake;n=5")
    row = {"id": f"{task.id}:1"}
    if known:  # it broke off too often
        await desk.execute(
            "update dbos.workflow_status set status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'"
            " where workflow_uuid = :id",
            **row,
        )
    else:  # its tables were lost
        await desk.execute("delete from dbos.workflow_status where workflow_uuid = :id", **row)
    await desk.execute("update tasks set updated_at = updated_at - interval '2 minutes'")
    desk.engine = desk.new_engine()
    await desk.engine.start()
    ended = await desk.ended(task)
    if known:
        assert ended.status is TaskStatus.FAILED
        assert ended.error is not None
        assert ended.error.code == "broke_off"
        assert (await desk.retry(task)).run == 2
    assert (await desk.ended(task)).status is TaskStatus.COMPLETED
