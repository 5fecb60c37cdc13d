"""Reading the outbox: events in the order of their ids, and what is known about missing ids."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from reznet.core.database import WriteSession
from reznet.models import Event
from reznet.repositories.rows import AnyRow, Columns, selecting

_COLUMNS: Columns = (
    Event.id,
    Event.kind,
    Event.channel_id,
    Event.message_id,
    Event.task_id,
    Event.created_at,
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
    channel_id: UUID
    message_id: UUID | None
    task_id: UUID | None
    created_at: datetime


async def select_after(session: AsyncSession, after_id: int, limit: int) -> list[EventRow]:
    """Return committed events with greater ids, in the order of their ids."""
    statement = selecting(_COLUMNS).where(Event.id > after_id).order_by(Event.id).limit(limit)
    return [_event(row) for row in (await session.execute(statement)).all()]


async def select_of_channel(
    session: AsyncSession, channel_id: UUID, after_id: int, upto: int, limit: int
) -> list[EventRow]:
    """Return a channel's events with `after_id` < id <= `upto`, in the order of their ids."""
    statement = (
        selecting(_COLUMNS)
        .where(Event.channel_id == channel_id, Event.id > after_id, Event.id <= upto)
        .order_by(Event.id)
        .limit(limit)
    )
    return [_event(row) for row in (await session.execute(statement)).all()]


async def newest(session: AsyncSession) -> int:
    """Return the greatest id, 0 when there are no events."""
    return (await session.execute(select(func.coalesce(func.max(Event.id), 0)))).scalar_one()


async def oldest(session: AsyncSession) -> int:
    """Return the least id, 0 when there are no events."""
    return (await session.execute(select(func.coalesce(func.min(Event.id), 0)))).scalar_one()


async def ids_between(session: AsyncSession, low: int, high: int) -> set[int]:
    """Return the ids that are there with `low` <= id <= `high`."""
    statement = select(Event.id).where(Event.id >= low, Event.id <= high)
    return set((await session.execute(statement)).scalars())


async def ids_among(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Return those of the ids that are there."""
    return set((await session.execute(select(Event.id).where(Event.id.in_(ids)))).scalars())


async def writers(session: AsyncSession) -> frozenset[str]:
    """Return the transactions, now open, that may have drawn an id and not yet shown it."""
    return frozenset((await session.execute(_WRITERS)).scalars())


async def renumber(session: WriteSession, ids: Collection[int]) -> None:
    """Give events new ids at the end, so that readers who had passed them meet them."""
    statement = update(Event).where(Event.id.in_(ids)).values(id=text("default"))
    await session.execute(statement.execution_options(synchronize_session=False))


async def delete_before(session: WriteSession, before: datetime, limit: int) -> int:
    """Delete at most `limit` events older than a time and return how many.

    The newest event stays whatever its age: its id tells how far events have come.
    """
    old = (
        select(Event.id)
        .where(Event.created_at < before, Event.id < select(func.max(Event.id)).scalar_subquery())
        .order_by(Event.created_at)
        .limit(limit)
    )
    statement = delete(Event).where(Event.id.in_(old)).returning(Event.id)
    deleted = await session.execute(statement.execution_options(synchronize_session=False))
    return len(deleted.all())


def _event(row: AnyRow) -> EventRow:
    return EventRow(row.id, row.kind, row.channel_id, row.message_id, row.task_id, row.created_at)
