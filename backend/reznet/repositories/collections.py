"""Collections of memories in the database, and which agents may read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import AGENTS, MEMORY_COLLECTIONS, MEMORY_GRANTS
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.collections import CollectionOut, GrantedOut, GrantOut

_COLUMNS: Columns = (
    MEMORY_COLLECTIONS.c.id,
    MEMORY_COLLECTIONS.c.name,
    MEMORY_COLLECTIONS.c.description,
    MEMORY_COLLECTIONS.c.channel_id,
    MEMORY_COLLECTIONS.c.created_by,
    MEMORY_COLLECTIONS.c.created_at,
    MEMORY_COLLECTIONS.c.updated_at,
)
_GRANT_COLUMNS: Columns = (
    MEMORY_GRANTS.c.agent_id,
    AGENTS.c.name,
    AGENTS.c.handle,
    MEMORY_GRANTS.c.can_write,
    MEMORY_GRANTS.c.created_by,
    MEMORY_GRANTS.c.created_at,
)
type Key = tuple[datetime, UUID]  # where a row stands in a list


class NameTaken(Exception):
    """Another collection has that name, in whatever case."""


@dataclass(frozen=True, slots=True)
class NewCollection:
    """A collection to be stored."""

    name: str
    description: str
    channel_id: UUID | None
    created_by: str


async def insert_collection(session: WriteSession, collection: NewCollection) -> CollectionOut:
    """Store a collection. Raises NameTaken, also when two are stored at the same moment."""
    stamp = now()
    values = {
        "id": new_id(),
        "name": collection.name,
        "description": collection.description,
        "channel_id": collection.channel_id,
        "created_by": collection.created_by,
        "created_at": stamp,
        "updated_at": stamp,
    }
    try:
        async with session.begin_nested():
            statement = returning(insert(MEMORY_COLLECTIONS).values(values), _COLUMNS)
            row = (await session.execute(statement)).one()
    except IntegrityError as error:
        raise NameTaken(collection.name) from error
    return _collection(row)


async def get(session: ReadSession, collection_id: UUID) -> CollectionOut | None:
    """Return the collection, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": collection_id})
    return _collection(row) if row else None


async def hold(session: WriteSession, collection_id: UUID) -> None:
    """Keep a collection that is there from being deleted until the transaction ends."""
    await session.fetch(_HOLD, {"row_id": collection_id})


async def hold_for_deletion(session: WriteSession, collection_id: UUID) -> CollectionOut | None:
    """Wait until nothing new is stored in the collection, and let nobody begin to; return it, or None."""
    row = await session.fetch_one(_HOLD_FOR_DELETION, {"row_id": collection_id})
    return _collection(row) if row else None


async def select_page(
    session: ReadSession, channel_id: UUID | None, after: Key | None, limit: int
) -> list[CollectionOut]:
    """Return collections, of one channel if it is given, in the order of their creation."""
    statement = (
        selecting(_COLUMNS)
        .order_by(MEMORY_COLLECTIONS.c.created_at, MEMORY_COLLECTIONS.c.id)
        .limit(limit)
    )
    if channel_id is not None:
        statement = statement.where(MEMORY_COLLECTIONS.c.channel_id == channel_id)
    if after is not None:
        statement = statement.where(
            tuple_(MEMORY_COLLECTIONS.c.created_at, MEMORY_COLLECTIONS.c.id) > after
        )
    return [_collection(row) for row in (await session.execute(statement)).all()]


async def update_collection(
    session: WriteSession, collection_id: UUID, changes: Mapping[str, object]
) -> CollectionOut | None:
    """Change columns of a collection; None when it is gone. Raises NameTaken."""
    statement = returning(
        update(MEMORY_COLLECTIONS)
        .where(MEMORY_COLLECTIONS.c.id == collection_id)
        .values({**changes, "updated_at": now()}),
        _COLUMNS,
    )
    try:
        async with session.begin_nested():
            row = (await session.execute(statement)).one_or_none()
    except IntegrityError as error:
        raise NameTaken(str(changes.get("name"))) from error
    return _collection(row) if row else None


async def delete_collection(session: WriteSession, collection_id: UUID) -> bool:
    """Delete a collection with its memories and grants; return whether there was one."""
    statement = delete(MEMORY_COLLECTIONS).where(MEMORY_COLLECTIONS.c.id == collection_id)
    return (await session.execute(statement)).rowcount > 0


async def set_grant(
    session: WriteSession, collection_id: UUID, agent_id: UUID, *, can_write: bool, by: str
) -> bool:
    """Store or change the agent's grant; return whether that changed anything. Both are held by the caller."""
    new = upsert(MEMORY_GRANTS).values(
        collection_id=collection_id,
        agent_id=agent_id,
        can_write=can_write,
        created_by=by,
        created_at=now(),
    )
    statement = new.on_conflict_do_update(
        index_elements=["collection_id", "agent_id"],
        set_={"can_write": new.excluded.can_write},
        where=MEMORY_GRANTS.c.can_write != new.excluded.can_write,
    ).returning(MEMORY_GRANTS.c.agent_id)
    return (await session.execute(statement)).one_or_none() is not None


async def delete_grant(session: WriteSession, collection_id: UUID, agent_id: UUID) -> bool:
    """Delete the agent's grant; return whether it had one."""
    statement = delete(MEMORY_GRANTS).where(
        MEMORY_GRANTS.c.collection_id == collection_id, MEMORY_GRANTS.c.agent_id == agent_id
    )
    return (await session.execute(statement)).rowcount > 0


async def get_grant(session: ReadSession, collection_id: UUID, agent_id: UUID) -> GrantOut | None:
    """Return the agent's grant, or None."""
    statement = _GRANTS.where(
        MEMORY_GRANTS.c.collection_id == collection_id, MEMORY_GRANTS.c.agent_id == agent_id
    )
    row = (await session.execute(statement)).one_or_none()
    return GrantOut.model_validate(row, from_attributes=True) if row else None


async def select_grants(
    session: ReadSession, collection_id: UUID, after: Key | None, limit: int
) -> list[GrantOut]:
    """Return the grants of a collection, the earliest first."""
    statement = (
        _GRANTS.where(MEMORY_GRANTS.c.collection_id == collection_id)
        .order_by(MEMORY_GRANTS.c.created_at, MEMORY_GRANTS.c.agent_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(
            tuple_(MEMORY_GRANTS.c.created_at, MEMORY_GRANTS.c.agent_id) > after
        )
    rows = await session.execute(statement)
    return [GrantOut.model_validate(row, from_attributes=True) for row in rows.all()]


async def select_granted(
    session: ReadSession, agent_id: UUID, after: Key | None, limit: int
) -> list[GrantedOut]:
    """Return the collections that the agent has a grant for, in the order of their creation."""
    statement = (
        selecting((*_COLUMNS, MEMORY_GRANTS.c.can_write))
        .join(MEMORY_GRANTS, MEMORY_GRANTS.c.collection_id == MEMORY_COLLECTIONS.c.id)
        .where(MEMORY_GRANTS.c.agent_id == agent_id)
        .order_by(MEMORY_COLLECTIONS.c.created_at, MEMORY_COLLECTIONS.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(
            tuple_(MEMORY_COLLECTIONS.c.created_at, MEMORY_COLLECTIONS.c.id) > after
        )
    rows = (await session.execute(statement)).all()
    return [GrantedOut(collection=_collection(row), can_write=row.can_write) for row in rows]


def _collection(row: AnyRow) -> CollectionOut:
    return CollectionOut.model_validate(row, from_attributes=True)


_ONE = selecting(_COLUMNS).where(MEMORY_COLLECTIONS.c.id == bindparam("row_id"))
_BY_ID = Statement(_ONE)
_HOLD = Statement(_ONE.with_for_update(read=True, key_share=True))
_HOLD_FOR_DELETION = Statement(_ONE.with_for_update())
_GRANTS = selecting(_GRANT_COLUMNS).join(AGENTS, AGENTS.c.id == MEMORY_GRANTS.c.agent_id)
