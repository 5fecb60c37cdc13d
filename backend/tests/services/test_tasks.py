import pytest

from reznet.core.database import Database
from reznet.core.errors import Conflict, NotFound
from reznet.core.ids import new_id
from reznet.schemas.agents import AgentUpdate
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import agents, channels, messages, tasks
from reznet.services.ports import LOCAL_USER, Ports
from tests.services.test_runs import ask, claim
from tests.support.ports import RecordingQueue


async def cancelled(database: Database, ports: Ports) -> TaskOut:
    task = await ask(database, ports)
    async with database.write() as session:
        return await tasks.request_cancel(session, ports, LOCAL_USER, task.id)


async def test_unknown_task_is_not_found(database: Database, ports: Ports) -> None:
    async with database.write() as session:
        with pytest.raises(NotFound):
            await tasks.get(session, LOCAL_USER, new_id())
        with pytest.raises(NotFound):
            await tasks.request_cancel(session, ports, LOCAL_USER, new_id())
        with pytest.raises(NotFound):
            await tasks.retry(session, ports, LOCAL_USER, new_id())


async def test_retry_queues_the_next_run_and_clears_how_the_last_one_ended(
    database: Database, ports: Ports, queue: RecordingQueue
) -> None:
    task = await cancelled(database, ports)
    async with database.write() as session:
        again = await tasks.retry(session, ports, LOCAL_USER, task.id)
    assert queue.runs == [(task.id, 1), (task.id, 2)]
    assert again.status is TaskStatus.QUEUED
    assert (again.finish, again.error, again.finished_at) == (None, None, None)
    assert again.cancel_requested_at is None


@pytest.mark.parametrize("begun", [False, True])
async def test_task_that_has_not_ended_badly_is_not_retried(
    database: Database, ports: Ports, begun: bool
) -> None:
    task = await ask(database, ports)
    if begun:
        await claim(database, ports, task)
    async with database.write() as session:
        with pytest.raises(Conflict) as refused:
            await tasks.retry(session, ports, LOCAL_USER, task.id)
    assert refused.value.code == "task_not_retriable"


async def test_retry_is_refused_when_what_it_needs_is_gone(
    database: Database, ports: Ports
) -> None:
    task = await cancelled(database, ports)
    assert task.agent_id is not None
    async with database.write() as session:
        off = AgentUpdate(is_active=False)
        await agents.update(session, ports, LOCAL_USER, task.agent_id, off)
    assert await refusal(database, ports, task) == "agent_inactive"
    async with database.write() as session:
        on = AgentUpdate(is_active=True)
        await agents.update(session, ports, LOCAL_USER, task.agent_id, on)
        await messages.delete(session, ports, LOCAL_USER, task.message_id)
    assert await refusal(database, ports, task) == "request_gone"
    async with database.write() as session:
        await channels.archive(session, ports, LOCAL_USER, task.channel_id)
    assert await refusal(database, ports, task) == "channel_archived"


async def refusal(database: Database, ports: Ports, task: TaskOut) -> str:
    async with database.write() as session:
        with pytest.raises(Conflict) as refused:
            await tasks.retry(session, ports, LOCAL_USER, task.id)
    return refused.value.code


async def test_pages_of_tasks_are_whole_and_overlap_nowhere(
    database: Database, ports: Ports
) -> None:
    first = await ask(database, ports)
    made = [first.id]
    for _ in range(4):
        async with database.write() as session:
            body = messages.MessageCreate(content="@qa again")
            posted = await messages.post(session, ports, LOCAL_USER, first.channel_id, body)
        made += [task.id for task in posted.tasks]
    seen, cursor = [], None
    while True:
        async with database.read() as session:
            page = await tasks.list_page(session, LOCAL_USER, limit=2, cursor=cursor)
        seen += [task.id for task in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
