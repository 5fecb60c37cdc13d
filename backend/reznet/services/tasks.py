"""Tasks as people see and steer them: reading, cancelling, retrying."""

from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import agents, messages, tasks
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import events
from reznet.services.access import access_channel, access_channel_to_post
from reznet.services.endings import end_task
from reznet.services.finals import Said, requeue, tell_to_stop
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import repeat
from reznet.services.workflows import planning

_RETRIABLE = frozenset({TaskStatus.FAILED, TaskStatus.CANCELLED})


async def get(session: ReadSession, actor: Actor, task_id: UUID) -> TaskOut:
    """Return the task. Raises NotFound."""
    task = await tasks.get(session, task_id)
    if task is None:
        raise _no_task(task_id)
    await access_channel(session, actor, task.channel_id)
    return task


async def list_page(
    session: ReadSession,
    _actor: Actor,
    *,
    channel_id: UUID | None = None,
    agent_id: UUID | None = None,
    status: TaskStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[TaskOut]:
    """Return tasks, newest first."""
    before = decode_time_id(cursor) if cursor else None
    only = tasks.Filter(channel_id=channel_id, agent_id=agent_id, status=status)
    rows = await tasks.select_page(session, only, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def count_unfinished(session: ReadSession) -> dict[TaskStatus, int]:
    """Return how many tasks of the workspace are in each status that is not final."""
    return await tasks.count_unfinished(session)


async def request_cancel(
    session: WriteSession, ports: Ports, actor: Actor, task_id: UUID
) -> TaskOut:
    """Stop a task: at once if it is queued, else by telling whoever runs it.

    A task that has ended is returned as it is. Raises NotFound.
    """
    task = await _lock(session, actor, task_id)
    if task.status.is_final:
        return task
    if task.status is TaskStatus.RUNNING:
        await tasks.update_task(session, task.id, {"cancel_requested_at": now()})
        await events.record_task(session, ports, task)
        tell_to_stop(session, ports, task.id)
    else:
        await end_task(
            session,
            ports,
            task,
            Ending.CANCELLED,
            more={"finish": "cancelled", "cancel_requested_at": now()},
        )
    return await _again(session, task_id)


async def force_cancel(
    session: WriteSession, ports: Ports, actor: Actor, task_id: UUID, text: str | None = None
) -> TaskOut:
    """Make a task cancelled although whoever runs it does not react.

    From the commit on that run can't apply anything, and what it may still stream is of an attempt
    that is over. `text` is what is known of the answer; without it, what is stored stays. A task that
    has ended is returned as it is. Raises NotFound.
    """
    task = await _lock(session, actor, task_id)
    if not task.status.is_final:
        await end_task(
            session,
            ports,
            task,
            Ending.CANCELLED,
            said=None if text is None else Said(text),
            attempt=task.attempt + 1,
            more={"finish": "cancelled", "cancel_requested_at": task.cancel_requested_at or now()},
        )
        tell_to_stop(session, ports, task.id)
    return await _again(session, task_id)


async def retry(session: WriteSession, ports: Ports, actor: Actor, task_id: UUID) -> TaskOut:
    """Queue a failed or cancelled task anew; the answer stays the same message.

    The task of a workflow is retried there, with what depends on it.

    Raises:
        NotFound: there is no such task.
        Conflict: it is not failed or cancelled, its agent or request is gone, or the agent or
            channel is switched off.
    """
    known = await _again(session, task_id)
    # The channel before the task, as archiving it does: the other order could deadlock.
    await access_channel_to_post(session, actor, known.channel_id)
    if known.status in _RETRIABLE and await repeat.retry_run(session, ports, actor, known):
        return await _again(session, task_id)
    task = await _lock(session, actor, task_id)
    if task.status not in _RETRIABLE:
        raise Conflict(
            f"The task is {task.status.value}; only failed and cancelled ones can be retried.",
            code="task_not_retriable",
        )
    agent = await agents.get(session, task.agent_id) if task.agent_id else None
    if agent is None:
        raise Conflict(f"The agent {task.agent_name} is gone; ask another one.", code="agent_gone")
    if not agent.is_active:
        raise Conflict(f"{agent.name} is switched off; activate it first.", code="agent_inactive")
    request = await messages.get(session, task.message_id)
    if request is None or request.deleted_at is not None:
        raise Conflict("The request was deleted; ask again.", code="request_gone")
    await planning.asked_again(session, ports, task)
    return await requeue(session, ports, task)


async def _lock(session: WriteSession, actor: Actor, task_id: UUID) -> TaskOut:
    task = await tasks.lock(session, task_id)
    if task is None:
        raise _no_task(task_id)
    await access_channel(session, actor, task.channel_id)
    return task


async def _again(session: WriteSession, task_id: UUID) -> TaskOut:
    task = await tasks.get(session, task_id)
    if task is None:
        raise _no_task(task_id)
    return task


def _no_task(task_id: UUID) -> NotFound:
    return NotFound(f"There is no task {task_id}.", code="task_not_found")
