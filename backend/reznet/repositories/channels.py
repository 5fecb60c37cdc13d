"""Channels in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import CHANNELS
from reznet.repositories.rows import AnyRow, AnySelect, Columns, returning, selecting
from reznet.schemas.channels import ChannelKind, ChannelOut

COLUMNS: Columns = (
    CHANNELS.c.id,
    CHANNELS.c.kind,
    CHANNELS.c.name,
    CHANNELS.c.topic,
    CHANNELS.c.agent_id,
    CHANNELS.c.auto_run,
    CHANNELS.c.cleared_at,
    CHANNELS.c.created_by,
    CHANNELS.c.created_at,
    CHANNELS.c.updated_at,
    CHANNELS.c.archived_at,
)
_ONE = selecting(COLUMNS).where(CHANNELS.c.id == bindparam("row_id"))
_BY_ID = Statement(_ONE)
# FOR SHARE: the weaker FOR KEY SHARE would let another transaction archive it meanwhile.
_FOR_POST = Statement(_ONE.with_for_update(read=True))


class NameTaken(Exception):
    """Another channel has that name, or one that looks the same."""


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to be stored."""

    kind: ChannelKind
    name: str
    name_key: str
    topic: str
    agent_id: UUID | None
    created_by: str

    def values(self) -> dict[str, Any]:
        """Return the columns of a new row."""
        stamp = now()
        return {
            "id": new_id(),
            "kind": self.kind.value,
            "name": self.name,
            "name_key": self.name_key,
            "topic": self.topic,
            "agent_id": self.agent_id,
            "created_by": self.created_by,
            "created_at": stamp,
            "updated_at": stamp,
        }


async def insert_channel(session: WriteSession, channel: NewChannel) -> ChannelOut:
    """Store a channel. Raises NameTaken, also when two are stored at the same moment."""
    try:
        async with session.begin_nested():
            statement = returning(insert(CHANNELS).values(channel.values()), COLUMNS)
            row = (await session.execute(statement)).one()
    except IntegrityError as error:
        raise NameTaken(channel.name) from error
    return channel_of(row)


async def find_or_insert_direct(
    session: WriteSession, channel: NewChannel
) -> tuple[ChannelOut, bool]:
    """Return the direct messages with an agent, made now if need be, and whether they were."""
    statement = returning(
        upsert(CHANNELS)
        .values(channel.values())
        .on_conflict_do_nothing(index_elements=["agent_id"], index_where=CHANNELS.c.kind == "dm"),
        COLUMNS,
    )
    row = (await session.execute(statement)).one_or_none()
    if row is not None:
        return channel_of(row), True
    found = await direct(session, channel.agent_id)
    assert found is not None  # noqa: S101 - the conflict was with it
    return found, False


async def direct(session: ReadSession, agent_id: UUID | None) -> ChannelOut | None:
    """Return the direct messages with an agent, or None."""
    row = (await session.execute(_direct_with(agent_id))).one_or_none()
    return channel_of(row) if row else None


async def lock_direct(session: WriteSession, agent_id: UUID) -> ChannelOut | None:
    """Return the direct messages with an agent and let nobody post into them until the transaction ends, or None."""
    statement = _direct_with(agent_id).with_for_update(key_share=True)
    row = (await session.execute(statement)).one_or_none()
    return channel_of(row) if row else None


def _direct_with(agent_id: UUID | None) -> AnySelect:
    return selecting(COLUMNS).where(CHANNELS.c.kind == "dm", CHANNELS.c.agent_id == agent_id)


async def get(session: ReadSession, channel_id: UUID) -> ChannelOut | None:
    """Return the channel, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": channel_id})
    return channel_of(row) if row else None


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[ChannelOut]:
    """Return the channels with these ids, in no order."""
    rows = await session.execute(selecting(COLUMNS).where(CHANNELS.c.id.in_(ids)))
    return [channel_of(row) for row in rows.all()]


async def lock_for_post(session: WriteSession, channel_id: UUID) -> ChannelOut | None:
    """Return the channel and keep it from being archived until the transaction ends, or None."""
    row = await session.fetch_one(_FOR_POST, {"row_id": channel_id})
    return channel_of(row) if row else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which channels a list shows."""

    kind: ChannelKind | None = None
    archived: bool = False


async def select_page(
    session: ReadSession, only: Filter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[ChannelOut]:
    """Return channels after the given key in the order of their creation, at most `limit`."""
    archived = (
        CHANNELS.c.archived_at.is_not(None) if only.archived else CHANNELS.c.archived_at.is_(None)
    )
    statement = (
        selecting(COLUMNS)
        .where(archived)
        .order_by(CHANNELS.c.created_at, CHANNELS.c.id)
        .limit(limit)
    )
    if only.kind is not None:
        statement = statement.where(CHANNELS.c.kind == only.kind.value)
    if after is not None:
        statement = statement.where(tuple_(CHANNELS.c.created_at, CHANNELS.c.id) > after)
    return [channel_of(row) for row in (await session.execute(statement)).all()]


async def update_channel(
    session: WriteSession, channel_id: UUID, changes: Mapping[str, object]
) -> ChannelOut | None:
    """Change columns of a channel; None when it is gone. Raises NameTaken."""
    statement = returning(
        update(CHANNELS)
        .where(CHANNELS.c.id == channel_id)
        .values({**changes, "updated_at": now()}),
        COLUMNS,
    )
    try:
        async with session.begin_nested():
            row = (await session.execute(statement)).one_or_none()
    except IntegrityError as error:
        raise NameTaken(str(changes.get("name"))) from error
    return channel_of(row) if row else None


def channel_of(row: AnyRow) -> ChannelOut:
    """Return the channel of a row that has `COLUMNS`."""
    return ChannelOut.model_validate(row, from_attributes=True)
