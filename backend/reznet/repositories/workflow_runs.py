"""What running workflows need of the database beyond reading and changing them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, text, update

from reznet.core.database import ReadSession, WriteSession
from reznet.core.executors import HELD_LOCKS, lock_key
from reznet.core.statements import Statement
from reznet.models import MESSAGES, TASKS, WORKFLOW_TASKS, WORKFLOWS
from reznet.workflows.plan import NodeStatus, WorkflowStatus

_OPEN = tuple(status.value for status in WorkflowStatus if not status.is_final)
_UNFINISHED = tuple(status.value for status in NodeStatus if not status.is_final)
_ACTIVE = (NodeStatus.READY.value, NodeStatus.RUNNING.value)
_FINAL_TASKS = ("completed", "failed", "cancelled")
_DUE = Statement(
    select(WORKFLOW_TASKS.c.workflow_id, WORKFLOW_TASKS.c.retry_at)
    .where(WORKFLOW_TASKS.c.retry_at.is_not(None))
    .order_by(WORKFLOW_TASKS.c.retry_at)
    .limit(100)
)
_TRY_LOCK = Statement(
    select(WORKFLOWS.c.id)
    .where(WORKFLOWS.c.id == bindparam("row_id"))
    .with_for_update(skip_locked=True)
)


async def lock_around(
    session: WriteSession,
    *,
    channel_id: UUID | None = None,
    agent_id: UUID | None = None,
    message_id: UUID | None = None,
) -> list[UUID]:
    """Lock the unfinished workflows of a channel, with work for an agent, or around a message; return them.

    Around a message are the workflow whose card it is, and those with tasks that ask or answer in it. They are
    locked in the order of their ids, as everybody locks several.
    """
    tasks_of = WORKFLOW_TASKS.c.workflow_id == WORKFLOWS.c.id
    conditions: list[ColumnElement[bool]] = [WORKFLOWS.c.status.in_(_OPEN)]
    if channel_id is not None:
        conditions.append(WORKFLOWS.c.channel_id == channel_id)
    if agent_id is not None:
        has_work = and_(
            tasks_of,
            WORKFLOW_TASKS.c.agent_id == agent_id,
            WORKFLOW_TASKS.c.status.in_(_UNFINISHED),
        )
        runs = and_(
            TASKS.c.workflow_id == WORKFLOWS.c.id,
            TASKS.c.agent_id == agent_id,
            TASKS.c.status.not_in(_FINAL_TASKS),
        )
        conditions.append(or_(exists().where(has_work), exists().where(runs)))
    if message_id is not None:
        asks = and_(
            TASKS.c.workflow_id == WORKFLOWS.c.id,
            or_(TASKS.c.message_id == message_id, TASKS.c.answer_id == message_id),
        )
        conditions.append(or_(WORKFLOWS.c.message_id == message_id, exists().where(asks)))
    statement = (
        select(WORKFLOWS.c.id).where(*conditions).order_by(WORKFLOWS.c.id).with_for_update()
    )
    return list((await session.execute(statement)).scalars())


async def forget_agent(session: WriteSession, agent_id: UUID) -> None:
    """Take an agent that is about to be deleted from the tasks that have not ended."""
    statement = (
        update(WORKFLOW_TASKS)
        .where(WORKFLOW_TASKS.c.agent_id == agent_id, WORKFLOW_TASKS.c.status.in_(_UNFINISHED))
        .values(agent_id=None)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def due(session: ReadSession) -> list[tuple[UUID, datetime]]:
    """Return which workflows have tasks that wait for a time, and that time, the next ones first."""
    return [(row.workflow_id, row.retry_at) for row in await session.fetch(_DUE, {})]


async def try_lock(session: WriteSession, workflow_id: UUID) -> bool:
    """Lock a workflow unless somebody else has; return whether it is locked."""
    return await session.fetch_one(_TRY_LOCK, {"row_id": workflow_id}) is not None


# Nothing will come of itself: no task of it is at work, or one that is said to be has ended. Both are looked
# for among the few workflows that run.
_STALLED = text(
    """
    select w.id from workflows w
    where w.status in ('running', 'waiting')
      and (
        w.status = 'running' and not exists (
          select from workflow_tasks n
          where n.workflow_id = w.id and (n.status in ('ready', 'running') or n.retry_at is not null)
        )
        or exists (
          select from workflow_tasks n left join tasks t on t.id = n.task_id
          where n.workflow_id = w.id and n.status in ('ready', 'running')
            and (t.id is null or t.status in ('completed', 'failed', 'cancelled'))
        )
      )
    order by w.id
    limit 100
    """
)


async def stalled(session: ReadSession) -> list[UUID]:
    """Return workflows under way that nothing drives, as after a restore."""
    return list((await session.execute(_STALLED)).scalars())


async def dead_among(session: ReadSession, workers: Collection[str]) -> set[str]:
    """Return those of the workers whose process is gone."""
    if not workers:
        return set()
    held = {key for (key,) in (await session.execute(text(HELD_LOCKS))).all()}
    return {worker for worker in workers if lock_key(worker) not in held}


async def workers_of(session: ReadSession, task_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return which worker is at work on each of these tasks."""
    statement = select(TASKS.c.id, TASKS.c.worker).where(
        TASKS.c.id.in_(task_ids), TASKS.c.status == "running", TASKS.c.worker.is_not(None)
    )
    rows = (await session.execute(statement)).all()
    return {row.id: row.worker for row in rows if row.worker is not None}


async def at_work_of(session: ReadSession, worker: str) -> list[tuple[UUID, UUID, UUID]]:
    """Return the tasks of workflows that a worker is at: the channel, the workflow and the workflow's task."""
    statement = (
        select(TASKS.c.channel_id, WORKFLOW_TASKS.c.workflow_id, WORKFLOW_TASKS.c.id)
        .join(WORKFLOW_TASKS, WORKFLOW_TASKS.c.task_id == TASKS.c.id)
        .where(
            TASKS.c.status == "running",
            TASKS.c.worker == worker,
            WORKFLOW_TASKS.c.status.in_(_ACTIVE),
        )
    )
    return [tuple(row) for row in (await session.execute(statement)).all()]


async def answers_of(session: ReadSession, task_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Return the text of the answer of each task in full; None when it was deleted."""
    statement = (
        select(TASKS.c.id, MESSAGES.c.content, MESSAGES.c.deleted_at)
        .join(MESSAGES, MESSAGES.c.id == TASKS.c.answer_id)
        .where(TASKS.c.id.in_(task_ids))
    )
    rows = (await session.execute(statement)).all()
    return {row.id: None if row.deleted_at else row.content for row in rows}
