"""Reading the outbox: events in the order of their ids, and what is known about missing ids."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, bindparam, delete, func, select, text, update

from reznet.core.database import ReadSession, WriteSession
from reznet.core.statements import Statement
from reznet.models import EVENTS
from reznet.repositories.rows import AnyRow, Columns, selecting

_COLUMNS: Columns = (
    EVENTS.c.id,
    EVENTS.c.kind,
    EVENTS.c.channel_id,
    EVENTS.c.message_id,
    EVENTS.c.task_id,
    EVENTS.c.payload,
    EVENTS.c.created_at,
)
_AFTER = Statement(
    selecting(_COLUMNS)
    .where(EVENTS.c.id > bindparam("after"))
    .order_by(EVENTS.c.id)
    .limit(bindparam("most", type_=Integer))
)

# An insert takes this lock before it draws an id and keeps it until its transaction has ended.
_WRITERS = text(
    """
    select virtualtransaction from pg_locks
    where locktype = 'relation' and mode = 'RowExclusiveLock'
      and relation = 'events'::regclass
      and database = (select oid from pg_database where datname = current_database())
    """
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: what kind, and what it is about."""

    id: int
    kind: str
    channel_id: UUID | None
    message_id: UUID | None
    task_id: UUID | None
    agent_id: UUID | None
    workflow_id: UUID | None
    workflow_task_id: UUID | None
    created_at: datetime


async def select_after(session: ReadSession, after_id: int, limit: int) -> list[EventRow]:
    """Return committed events with greater ids, in the order of their ids."""
    return [_event(row) for row in await session.fetch(_AFTER, {"after": after_id, "most": limit})]


async def select_of_channel(
    session: ReadSession, channel_id: UUID, after_id: int, upto: int, limit: int
) -> list[EventRow]:
    """Return a channel's events with `after_id` < id <= `upto`, in the order of their ids."""
    statement = (
        selecting(_COLUMNS)
        .where(EVENTS.c.channel_id == channel_id, EVENTS.c.id > after_id, EVENTS.c.id <= upto)
        .order_by(EVENTS.c.id)
        .limit(limit)
    )
    return [_event(row) for row in (await session.execute(statement)).all()]


async def newest(session: ReadSession) -> int:
    """Return the greatest id, 0 when there are no events."""
    return (await session.execute(select(func.coalesce(func.max(EVENTS.c.id), 0)))).scalar_one()


async def oldest(session: ReadSession) -> int:
    """Return the least id, 0 when there are no events."""
    return (await session.execute(select(func.coalesce(func.min(EVENTS.c.id), 0)))).scalar_one()


async def ids_between(session: ReadSession, low: int, high: int) -> set[int]:
    """Return the ids that are there with `low` <= id <= `high`."""
    statement = select(EVENTS.c.id).where(EVENTS.c.id >= low, EVENTS.c.id <= high)
    return set((await session.execute(statement)).scalars())


async def ids_among(session: ReadSession, ids: Collection[int]) -> set[int]:
    """Return those of the ids that are there."""
    return set((await session.execute(select(EVENTS.c.id).where(EVENTS.c.id.in_(ids)))).scalars())


async def writers(session: ReadSession) -> frozenset[str]:
    """Return the transactions, now open, that may have drawn an id and not yet shown it."""
    return frozenset((await session.execute(_WRITERS)).scalars())


async def renumber(session: WriteSession, ids: Collection[int]) -> None:
    """Give events new ids at the end, so that readers who had passed them meet them."""
    statement = update(EVENTS).where(EVENTS.c.id.in_(ids)).values(id=text("default"))
    await session.execute(statement.execution_options(synchronize_session=False))


async def delete_before(session: WriteSession, before: datetime, limit: int) -> int:
    """Delete at most `limit` events older than a time and return how many.

    The newest event stays whatever its age: its id tells how far events have come.
    """
    old = (
        select(EVENTS.c.id)
        .where(
            EVENTS.c.created_at < before,
            EVENTS.c.id < select(func.max(EVENTS.c.id)).scalar_subquery(),
        )
        .order_by(EVENTS.c.created_at)
        .limit(limit)
    )
    statement = delete(EVENTS).where(EVENTS.c.id.in_(old)).returning(EVENTS.c.id)
    deleted = await session.execute(statement.execution_options(synchronize_session=False))
    return len(deleted.all())


def _event(row: AnyRow) -> EventRow:
    return EventRow(
        row.id,
        row.kind,
        row.channel_id,
        row.message_id,
        row.task_id,
        agent_id=_id_in(row.payload, "agent_id"),
        workflow_id=_id_in(row.payload, "workflow_id"),
        workflow_task_id=_id_in(row.payload, "workflow_task_id"),
        created_at=row.created_at,
    )


def _id_in(payload: Mapping[str, str], name: str) -> UUID | None:
    return UUID(payload[name]) if name in payload else None
