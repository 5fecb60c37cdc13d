"""How far people have read, and what they have not."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Table,
    Uuid,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.models import CHANNEL_READS, CHANNELS, MESSAGES, THREAD_READS
from reznet.repositories.rows import AnyRow, AnySelect, Columns, selecting
from reznet.schemas.reads import COUNTED, Place, ReadState, UnreadThread

_USER: ColumnElement[UUID] = bindparam("user_id", type_=Uuid())
_IDS = bindparam("channel_ids", expanding=True, type_=Uuid())
_BEFORE_ALL = (
    literal_column("'-infinity'::timestamptz", DateTime(timezone=True)),
    literal(UUID(int=0)),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a place is kept: a channel's, or that of a thread in it."""

    user_id: UUID
    channel_id: UUID
    thread_id: UUID | None = None

    @property
    def table(self) -> Table:
        """The table that keeps it."""
        return CHANNEL_READS if self.thread_id is None else THREAD_READS

    @property
    def columns(self) -> Mapping[str, UUID]:
        """The columns that name it."""
        named = {"user_id": self.user_id, "channel_id": self.channel_id}
        return named if self.thread_id is None else named | {"thread_id": self.thread_id}


async def move(session: WriteSession, spot: Spot, place: Place, *, back: bool = False) -> bool:
    """Note that all up to the place is read; False when that was known.

    A place never goes back, whoever comes late, but on purpose with `back`.
    """
    values = {"read_at": place.at, "message_id": place.message_id, "updated_at": now()}
    statement = _later_wins(
        insert(spot.table).values(**spot.columns, **values), spot.table, back=back
    )
    return (await session.execute(statement)).rowcount > 0


async def forget(session: WriteSession, user_id: UUID, channel_id: UUID) -> bool:
    """Note that nothing of the channel was ever read; False when that was known."""
    statement = CHANNEL_READS.delete().where(
        CHANNEL_READS.c.channel_id == channel_id, CHANNEL_READS.c.user_id == user_id
    )
    return (await session.execute(statement)).rowcount > 0


async def move_followed_threads(session: WriteSession, user_id: UUID, channel_id: UUID) -> bool:
    """Note that every thread of the channel that the person follows is read; False when that was known."""
    newest = _newest(MESSAGES.c.thread_id == THREAD_READS.c.thread_id)
    rows = (
        select(
            THREAD_READS.c.thread_id,
            THREAD_READS.c.user_id,
            THREAD_READS.c.channel_id,
            newest.c.created_at,
            newest.c.id,
            literal(now()),
        )
        .join(newest, true())
        .where(
            THREAD_READS.c.user_id == user_id,
            THREAD_READS.c.channel_id == channel_id,
            tuple_(newest.c.created_at, newest.c.id)
            > tuple_(THREAD_READS.c.read_at, THREAD_READS.c.message_id),
        )
    )
    columns = ["thread_id", "user_id", "channel_id", "read_at", "message_id", "updated_at"]
    statement = _later_wins(insert(THREAD_READS).from_select(columns, rows), THREAD_READS)
    return (await session.execute(statement)).rowcount > 0


async def newest_place(session: ReadSession, channel_id: UUID) -> Place | None:
    """Return the place of the newest message that stands in the channel itself, None when it is empty."""
    return await _last_place(session, *_in_channel(channel_id))


async def place_before(
    session: ReadSession, channel_id: UUID, thread_id: UUID | None, at: Place
) -> Place | None:
    """Return the place of the message right before another, in its thread if it is in one; or None."""
    where = _in_channel(channel_id) if thread_id is None else [MESSAGES.c.thread_id == thread_id]
    before = tuple_(MESSAGES.c.created_at, MESSAGES.c.id) < (at.at, at.message_id)
    return await _last_place(session, *where, before)


async def states(
    session: ReadSession, user_id: UUID, channel_ids: Collection[UUID]
) -> dict[UUID, ReadState]:
    """Return what a person has not read in each of the channels."""
    given = {"user_id": user_id, "channel_ids": list(channel_ids)}
    threads: dict[UUID, list[UnreadThread]] = defaultdict(list)
    for row in (await session.execute(_THREADS, given)).all():
        place = Place(message_id=row.message_id, at=row.read_at)
        threads[row.channel_id].append(
            UnreadThread(thread_id=row.thread_id, last_read=place, unread_count=row.unread_count)
        )
    rows = (await session.execute(_CHANNELS, given)).all()
    return {row.id: _state(row, user_id, threads[row.id]) for row in rows}


def _later_wins(statement: Insert, table: Table, *, back: bool = False) -> Insert:
    new = statement.excluded
    is_later = tuple_(new.read_at, new.message_id) > tuple_(table.c.read_at, table.c.message_id)
    return statement.on_conflict_do_update(
        constraint=table.primary_key,  # pyright: ignore[reportArgumentType] - typed as a name alone
        set_={"read_at": new.read_at, "message_id": new.message_id, "updated_at": new.updated_at},
        where=None if back else is_later,
    )


def _in_channel(channel_id: UUID) -> list[ColumnElement[bool]]:
    return [MESSAGES.c.channel_id == channel_id, MESSAGES.c.thread_id.is_(None)]


async def _last_place(session: ReadSession, *where: ColumnElement[bool]) -> Place | None:
    statement = (
        select(MESSAGES.c.created_at, MESSAGES.c.id)
        .where(*where)
        .order_by(MESSAGES.c.created_at.desc(), MESSAGES.c.id.desc())
        .limit(1)
    )
    row = (await session.execute(statement)).one_or_none()
    return Place(message_id=row.id, at=row.created_at) if row else None


def _newest(*where: ColumnElement[bool]) -> FromClause:
    return (
        select(MESSAGES.c.created_at, MESSAGES.c.id)
        .where(*where, MESSAGES.c.deleted_at.is_(None))
        .order_by(MESSAGES.c.created_at.desc(), MESSAGES.c.id.desc())
        .limit(1)
        .lateral()
    )


def _counted(reads: Table, *where: ColumnElement[bool]) -> FromClause:
    """Return how many messages of others come after the place in `reads`, and whether one answers the person.

    Looks at no more rows than it counts.
    """
    place = (reads.c.read_at, reads.c.message_id)
    known = (func.coalesce(part, least) for part, least in zip(place, _BEFORE_ALL, strict=True))
    fresh = (
        select(MESSAGES.c.reply_to_id)
        .where(
            *where,
            tuple_(MESSAGES.c.created_at, MESSAGES.c.id) > tuple_(*known),
            MESSAGES.c.deleted_at.is_(None),
            MESSAGES.c.user_id.is_distinct_from(_USER),
        )
        .order_by(MESSAGES.c.created_at, MESSAGES.c.id)
        .limit(COUNTED)
        .correlate(reads, CHANNELS)
        .lateral()
    )
    asked = MESSAGES.alias()
    return (
        select(
            func.count().label("unread_count"),
            func.coalesce(func.bool_or(asked.c.user_id == _USER), False).label("has_answer"),
        )
        .select_from(fresh.outerjoin(asked, asked.c.id == fresh.c.reply_to_id))
        .lateral()
    )


def _of_channels() -> AnySelect:
    unread = _counted(
        CHANNEL_READS, MESSAGES.c.channel_id == CHANNELS.c.id, MESSAGES.c.thread_id.is_(None)
    )
    newest = _newest(MESSAGES.c.channel_id == CHANNELS.c.id, MESSAGES.c.thread_id.is_(None))
    is_own = (CHANNEL_READS.c.channel_id == CHANNELS.c.id) & (CHANNEL_READS.c.user_id == _USER)
    columns: Columns = (
        CHANNELS.c.id,
        CHANNEL_READS.c.read_at,
        CHANNEL_READS.c.message_id,
        unread.c.unread_count,
        unread.c.has_answer,
        newest.c.created_at.label("newest_at"),
    )
    return (
        selecting(columns)
        .select_from(
            CHANNELS.outerjoin(CHANNEL_READS, is_own)
            .join(unread, true())
            .outerjoin(newest, true())
        )
        .where(CHANNELS.c.id.in_(_IDS))
    )


def _of_threads() -> AnySelect:
    unread = _counted(THREAD_READS, MESSAGES.c.thread_id == THREAD_READS.c.thread_id)
    columns: Columns = (
        THREAD_READS.c.channel_id,
        THREAD_READS.c.thread_id,
        THREAD_READS.c.read_at,
        THREAD_READS.c.message_id,
        unread.c.unread_count,
    )
    return (
        selecting(columns)
        .select_from(THREAD_READS.join(unread, true()))
        .where(
            THREAD_READS.c.user_id == _USER,
            THREAD_READS.c.channel_id.in_(_IDS),
            unread.c.unread_count > 0,
        )
        .order_by(THREAD_READS.c.thread_id)
    )


# Made once: to build and look up a statement costs more than to execute it.
_CHANNELS = _of_channels()
_THREADS = _of_threads()


def _state(row: AnyRow, user_id: UUID, threads: list[UnreadThread]) -> ReadState:
    place: tuple[UUID | None, datetime | None] = (row.message_id, row.read_at)
    return ReadState(
        channel_id=row.id,
        user_id=user_id,
        last_read=Place(message_id=place[0], at=place[1]) if place[0] and place[1] else None,
        unread_count=row.unread_count,
        has_answer=row.has_answer,
        newest_at=row.newest_at,
        threads=tuple(threads),
    )
