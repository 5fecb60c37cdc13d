"""What exports and imports of memories read: everything in its order, and what is there already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.models import MEMORIES
from reznet.repositories.memories import COLUMNS, STANDS, Key, memory_of
from reznet.repositories.rows import selecting
from reznet.schemas.memories import MemoryOut


@dataclass(frozen=True, slots=True)
class Known:
    """A memory that is there, as far as it tells whether another is the same."""

    id: UUID
    said_at: datetime
    source_message_id: UUID | None


async def select_after(
    session: ReadSession,
    owner_id: UUID,
    expire_after_days: int | None,
    after: Key | None,
    limit: int,
) -> list[MemoryOut]:
    """Return the owner's memories behind the key, the first said first, without what has expired."""
    statement = (
        selecting(COLUMNS)
        .where(
            MEMORIES.c.owner_id == owner_id,
            text(STANDS).bindparams(
                bindparam("expire_after_days", expire_after_days, type_=Integer)
            ),
        )
        .order_by(MEMORIES.c.said_at, MEMORIES.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(MEMORIES.c.said_at, MEMORIES.c.id) > tuple_(*after))
    return [memory_of(row) for row in (await session.execute(statement)).all()]


async def with_contents(
    session: ReadSession, owner_id: UUID, contents: Collection[str]
) -> dict[str, list[Known]]:
    """Return the owner's memories that say exactly one of the contents, by content."""
    found: dict[str, list[Known]] = {}
    rows = await session.fetch(_WITH_CONTENTS, {"of_owner": owner_id, "contents": list(contents)})
    for row in rows:
        known = Known(row.id, row.said_at, row.source_message_id)
        found.setdefault(row.content, []).append(known)
    return found


async def among(session: ReadSession, owner_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these are ids of the owner's memories."""
    if not ids:
        return set()
    statement = select(MEMORIES.c.id).where(
        MEMORIES.c.owner_id == owner_id, MEMORIES.c.id.in_(ids)
    )
    return set((await session.execute(statement)).scalars())


_WITH_CONTENTS = Statement(
    text(
        """
        select id, content, said_at, source_message_id from agent_memories
        where owner_id = :of_owner
            and md5(content) = any(array(select md5(one) from unnest(cast(:contents as text[])) as one))
            and content = any(:contents)
        order by said_at, id
        """
    ).bindparams(bindparam("of_owner", type_=Uuid), bindparam("contents", type_=ARRAY(Text)))
)
