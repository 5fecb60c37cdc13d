"""Tasks in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, exists, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import (
    AGENTS,
    MEMORIES,
    MEMORY_COLLECTIONS,
    MEMORY_GRANTS,
    MESSAGES,
    TASKS,
    WORKFLOWS,
)
from reznet.repositories.rows import returning, selecting
from reznet.repositories.task_rows import COLUMNS, task_of
from reznet.schemas.tasks import TaskOut, TaskStatus

_ONE = selecting(COLUMNS).where(TASKS.c.id == bindparam("row_id"))
_BY_ID = Statement(_ONE)
# The workflow before its task, in one statement: the subquery is of no row of the task's, so it is evaluated
# before any is locked. Everybody who ends a task goes by this order, or two of them could wait for each other.
_WORKFLOW_OF = (
    select(WORKFLOWS.c.id)
    .where(
        WORKFLOWS.c.id
        == select(TASKS.c.workflow_id).where(TASKS.c.id == bindparam("row_id")).scalar_subquery()
    )
    .with_for_update()
    .cte("workflow_of")
    .prefix_with("materialized")
)
_LOCKED = Statement(
    _ONE.where(
        select(func.count()).select_from(_WORKFLOW_OF).scalar_subquery() >= 0
    ).with_for_update()
)
_BY_IDS = Statement(
    selecting(COLUMNS).where(TASKS.c.id == any_(bindparam("row_ids", type_=ARRAY(Uuid))))
)
_NEW = (
    "id",
    "channel_id",
    "message_id",
    "agent_id",
    "agent_name",
    "root_id",
    "parent_id",
    "hop",
    "workflow_id",
    "status",
    "run",
    "attempt",
    "estimated",
    "created_by",
    "created_at",
    "updated_at",
)
_INSERT = Statement(
    returning(
        insert(TASKS)
        .from_select(
            _NEW,
            select(*(bindparam(name, type_=TASKS.c[name].type) for name in _NEW)).where(
                exists().where(AGENTS.c.id == bindparam("agent_id", type_=TASKS.c.agent_id.type))
            ),
        )
        .on_conflict_do_nothing(index_elements=["message_id", "agent_id"]),
        COLUMNS,
    )
)
_HAS_MEMORIES = Statement(
    selecting(
        (
            or_(
                exists().where(MEMORIES.c.owner_id == TASKS.c.agent_id),
                exists()
                .where(MEMORY_GRANTS.c.agent_id == TASKS.c.agent_id)
                .where(MEMORY_GRANTS.c.collection_id == MEMORY_COLLECTIONS.c.id)
                .where(
                    func.coalesce(MEMORY_COLLECTIONS.c.channel_id, TASKS.c.channel_id)
                    == TASKS.c.channel_id
                )
                .where(MEMORIES.c.owner_id == MEMORY_COLLECTIONS.c.id),
            ).label("has_memories"),
        )
    ).where(TASKS.c.id == bindparam("row_id"))
)
_FIRST_TOKEN = Statement(
    update(TASKS)
    .where(
        TASKS.c.id == bindparam("row_id"),
        TASKS.c.attempt == bindparam("row_attempt"),
        TASKS.c.status == TaskStatus.RUNNING.value,
    )
    .values(first_token_at=bindparam("moment"))
)


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be stored, queued."""

    channel_id: UUID
    message_id: UUID
    agent_id: UUID
    agent_name: str
    root_id: UUID
    parent_id: UUID | None
    hop: int
    created_by: str
    workflow_id: UUID | None = None


async def insert_task(session: WriteSession, task: NewTask) -> TaskOut | None:
    """Store a queued task; None when the message has started that agent, or the agent is gone."""
    stamp = now()
    values = {
        "id": new_id(),
        "channel_id": task.channel_id,
        "message_id": task.message_id,
        "agent_id": task.agent_id,
        "agent_name": task.agent_name,
        "root_id": task.root_id,
        "parent_id": task.parent_id,
        "hop": task.hop,
        "workflow_id": task.workflow_id,
        "status": TaskStatus.QUEUED.value,
        "run": 1,
        "attempt": 0,
        "estimated": False,
        "created_by": task.created_by,
        "created_at": stamp,
        "updated_at": stamp,
    }
    row = await session.fetch_one(_INSERT, values)
    return task_of(row) if row else None


async def get(session: ReadSession, task_id: UUID) -> TaskOut | None:
    """Return the task, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": task_id})
    return task_of(row) if row else None


async def has_memories(session: ReadSession, task_id: UUID) -> bool:
    """Return whether there are memories that the task's agent may use in its channel, its own or those of collections."""
    row = await session.fetch_one(_HAS_MEMORIES, {"row_id": task_id})
    return row is not None and row.has_memories


async def creator(session: ReadSession, task_id: UUID) -> str | None:
    """Return who started the task: a person's handle, or an agent's name."""
    statement = select(TASKS.c.created_by).where(TASKS.c.id == task_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def lock(session: WriteSession, task_id: UUID) -> TaskOut | None:
    """Return the task and keep others from changing it until the transaction ends, or None.

    The workflow that it works for is locked before it.
    """
    row = await session.fetch_one(_LOCKED, {"row_id": task_id})
    return task_of(row) if row else None


async def lock_unfinished(
    session: WriteSession,
    *,
    channel_id: UUID | None = None,
    agent_id: UUID | None = None,
    message_id: UUID | None = None,
) -> list[TaskOut]:
    """Return, locked, the unfinished tasks of a channel, of an agent, or around a message.

    Around a message are those that ask or answer in it or in its thread.
    """
    unfinished = TASKS.c.status.in_(("queued", "running", "waiting"))
    statement = selecting(COLUMNS).where(unfinished).order_by(TASKS.c.id).with_for_update()
    if channel_id is not None:
        statement = statement.where(TASKS.c.channel_id == channel_id)
    if agent_id is not None:
        statement = statement.where(TASKS.c.agent_id == agent_id)
    if message_id is not None:
        statement = statement.where(
            (TASKS.c.message_id == message_id)
            | (TASKS.c.answer_id == message_id)
            | TASKS.c.message_id.in_(
                select(MESSAGES.c.id).where(MESSAGES.c.thread_id == message_id)
            )
        )
    return [task_of(row) for row in (await session.execute(statement)).all()]


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[TaskOut]:
    """Return the tasks with these ids, in no order."""
    return [task_of(row) for row in await session.fetch(_BY_IDS, {"row_ids": list(ids)})]


async def for_message(session: ReadSession, message_id: UUID) -> list[TaskOut]:
    """Return the tasks that a message started, oldest first."""
    statement = selecting(COLUMNS).where(TASKS.c.message_id == message_id).order_by(TASKS.c.id)
    return [task_of(row) for row in (await session.execute(statement)).all()]


async def count_for_root(session: ReadSession, root_id: UUID) -> int:
    """Return how many runs agents have started among themselves under a person's message."""
    statement = select(func.count()).where(
        TASKS.c.root_id == root_id, TASKS.c.parent_id.is_not(None)
    )
    return (await session.execute(statement)).scalar_one()


async def agents_asked_in_thread(session: ReadSession, thread_id: UUID) -> list[UUID]:
    """Return the agents that the newest asking message of a thread asked, its root included."""
    asking = MESSAGES.alias()
    newest = (
        select(TASKS.c.message_id)
        .join(asking, asking.c.id == TASKS.c.message_id)
        .where((asking.c.thread_id == thread_id) | (asking.c.id == thread_id))
        .where(TASKS.c.parent_id.is_(None))
        .order_by(asking.c.created_at.desc(), asking.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(TASKS.c.agent_id)
        .where(TASKS.c.message_id == newest, TASKS.c.agent_id.is_not(None))
        .order_by(TASKS.c.id)
    )
    asked = [found for found in (await session.execute(statement)).scalars() if found is not None]
    if asked:
        return asked
    # A thread under an agent's own message is a talk with that agent.
    author = select(MESSAGES.c.agent_id).where(
        MESSAGES.c.id == thread_id, MESSAGES.c.agent_id.is_not(None)
    )
    return [found for found in (await session.execute(author)).scalars() if found is not None]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks a list shows; None: whatever."""

    channel_id: UUID | None = None
    agent_id: UUID | None = None
    status: TaskStatus | None = None


async def select_page(
    session: ReadSession, only: Filter, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[TaskOut]:
    """Return tasks before the given key, newest first, at most `limit`."""
    statement = (
        selecting(COLUMNS).order_by(TASKS.c.created_at.desc(), TASKS.c.id.desc()).limit(limit)
    )
    if only.channel_id is not None:
        statement = statement.where(TASKS.c.channel_id == only.channel_id)
    if only.agent_id is not None:
        statement = statement.where(TASKS.c.agent_id == only.agent_id)
    if only.status is not None:
        statement = statement.where(TASKS.c.status == only.status.value)
    if before is not None:
        statement = statement.where(tuple_(TASKS.c.created_at, TASKS.c.id) < before)
    return [task_of(row) for row in (await session.execute(statement)).all()]


async def count_unfinished(session: ReadSession) -> dict[TaskStatus, int]:
    """Return how many tasks are in each status that is not final."""
    open_ = [status for status in TaskStatus if not status.is_final]
    statement = (
        selecting((TASKS.c.status, func.count().label("number")))
        .where(TASKS.c.status.in_([status.value for status in open_]))
        .group_by(TASKS.c.status)
    )
    found = {row.status: row.number for row in (await session.execute(statement)).all()}
    return {status: found.get(status.value, 0) for status in open_}


async def update_task(
    session: WriteSession, task_id: UUID, changes: Mapping[str, object]
) -> TaskOut | None:
    """Change columns of a task; None when it is gone. Status changes go through services."""
    values = {"updated_at": now(), **changes}
    row = await session.fetch_one(_update_of(frozenset(values)), {"row_id": task_id, **values})
    return task_of(row) if row else None


@cache
def _update_of(columns: frozenset[str]) -> Statement:
    """Return the statement that changes these columns; there are as many as callers have ways."""
    statement = update(TASKS).where(TASKS.c.id == bindparam("row_id"))
    changed = statement.values({name: bindparam(name) for name in sorted(columns)})
    return Statement(returning(changed, COLUMNS))


async def note_first_token(
    session: WriteSession, task_id: UUID, attempt: int, moment: datetime
) -> None:
    """Record when the first token of a running attempt came, if that attempt still runs."""
    await session.fetch(
        _FIRST_TOKEN, {"row_id": task_id, "row_attempt": attempt, "moment": moment}
    )


# The engine's rows are named after task and run; see `jobs.engine`.
_ABANDONED = text(
    """
    select t.id, t.run, w.status as engine_status
    from tasks t
    left join dbos.workflow_status w on w.workflow_uuid = t.id::text || ':' || t.run::text
    where t.status in ('queued', 'running') and t.updated_at < :before
      and coalesce(w.status, '') not in ('ENQUEUED', 'PENDING', 'DELAYED')
    limit 500
    """
)


async def abandoned(session: ReadSession, before: datetime) -> list[tuple[UUID, int, bool]]:
    """Return tasks untouched since `before` that the engine does not drive.

    Each with its run, and whether the engine knows of that run at all.
    """
    rows = await session.execute(_ABANDONED, {"before": before})
    return [(row.id, row.run, row.engine_status is not None) for row in rows.all()]
