"""Memories in the database. Whatever reads or changes them takes the owner, an agent or a collection, and reaches no other's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.embedding import Vector, vector_literal
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import MEMORIES, MESSAGES
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.memories import MemoryKind, MemoryOrigin, MemoryOut

# Memories that have not expired: what is pinned never does, its own end goes before the owner's `expire_after_days`.
STANDS = (
    "(pinned or coalesce(expires_at, said_at + make_interval(days => cast(:expire_after_days as int)), "
    "'infinity') > now())"
)
type Key = tuple[datetime, UUID]  # where a memory stands in its owner's list

COLUMNS: Columns = (
    MEMORIES.c.owner_id,
    MEMORIES.c.id,
    MEMORIES.c.kind,
    MEMORIES.c.content,
    MEMORIES.c.importance,
    MEMORIES.c.pinned,
    MEMORIES.c.source_message_id,
    MEMORIES.c.channel_id,
    MEMORIES.c.said_at,
    MEMORIES.c.metadata,
    MEMORIES.c.superseded_by,
    MEMORIES.c.summarized_by,
    MEMORIES.c.embedder,
    MEMORIES.c.is_shared,
    MEMORIES.c.origin,
    MEMORIES.c.author_id,
    MEMORIES.c.expires_at,
    MEMORIES.c.created_at,
    MEMORIES.c.updated_at,
)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector and what made it."""

    embedder: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory to be stored."""

    content: str
    kind: MemoryKind
    importance: float
    pinned: bool
    source_message_id: UUID | None
    channel_id: UUID | None
    said_at: datetime
    metadata: Mapping[str, object]
    embedded: Embedded | None
    origin: MemoryOrigin = MemoryOrigin.PERSON
    author_id: UUID | None = None
    expires_at: datetime | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which memories; None is all."""

    kind: MemoryKind | None = None
    channel_id: UUID | None = None
    origin: MemoryOrigin | None = None
    # Of a list alone: a search leaves out what others stand for at any time.
    is_current: bool = False
    # How long the owner keeps what has no end of its own.
    expire_after_days: int | None = None


async def insert_memories(
    session: WriteSession, owner_id: UUID, memories: Sequence[NewMemory]
) -> list[MemoryOut]:
    """Store memories and return them in their order. Their words, and their neighbours', are to be refreshed."""
    stamp = now()
    stored: list[MemoryOut] = []
    for memory in memories:
        values = {
            "owner_id": owner_id,
            "id": new_id(),
            "kind": memory.kind.value,
            "content": memory.content,
            "importance": memory.importance,
            "pinned": memory.pinned,
            "source_message_id": memory.source_message_id,
            "channel_id": memory.channel_id,
            "said_at": memory.said_at,
            "metadata": dict(memory.metadata),
            "origin": memory.origin.value,
            "author_id": memory.author_id,
            "expires_at": memory.expires_at,
            "is_shared": memory.is_shared,
            **_embedded(memory.embedded),
            "created_at": stamp,
            "updated_at": stamp,
        }
        (row,) = await session.fetch(_INSERT, values)
        stored.append(memory_of(row))
    return stored


async def get(
    session: ReadSession, owner_id: UUID, memory_id: UUID, expire_after_days: int | None = None
) -> MemoryOut | None:
    """Return the owner's memory, or None, also when it has expired.

    `expire_after_days` is how long the owner keeps what has no end of its own.
    """
    row = await session.fetch_one(
        _BY_ID,
        {"of_owner": owner_id, "row_id": memory_id, "expire_after_days": expire_after_days},
    )
    return memory_of(row) if row else None


async def select_page(
    session: ReadSession, owner_id: UUID, only: Filter, before: Key | None, limit: int
) -> list[MemoryOut]:
    """Return the owner's memories that pass the filter, the last said first."""
    statement = selecting(COLUMNS).where(MEMORIES.c.owner_id == owner_id)
    if only.kind is not None:
        statement = statement.where(MEMORIES.c.kind == only.kind.value)
    if only.channel_id is not None:
        statement = statement.where(MEMORIES.c.channel_id == only.channel_id)
    if only.origin is not None:
        statement = statement.where(MEMORIES.c.origin == only.origin.value)
    if only.is_current:
        statement = statement.where(
            MEMORIES.c.superseded_by.is_(None), MEMORIES.c.summarized_by.is_(None)
        )
    statement = statement.where(
        text(STANDS).bindparams(
            bindparam("expire_after_days", only.expire_after_days, type_=Integer)
        )
    )
    if before is not None:
        statement = statement.where(tuple_(MEMORIES.c.said_at, MEMORIES.c.id) < tuple_(*before))
    statement = statement.order_by(MEMORIES.c.said_at.desc(), MEMORIES.c.id.desc()).limit(limit)
    return [memory_of(row) for row in (await session.execute(statement)).all()]


async def update_memory(
    session: WriteSession, owner_id: UUID, memory_id: UUID, changes: Mapping[str, object]
) -> MemoryOut | None:
    """Change columns of the owner's memory; None when it is gone.

    With `content` come its words and vector: `embedded` is an `Embedded` or None.
    """
    values: dict[str, object] = {"updated_at": now(), **changes}
    if "content" in values:
        embedded = values.pop("embedded", None)
        assert embedded is None or isinstance(embedded, Embedded)  # noqa: S101 - as documented
        literal = vector_literal(embedded.vector) if embedded else None
        values |= {
            "words": func.memory_words(values["content"]),
            "embedding": text("cast(cast(:vector as text) as halfvec)").bindparams(vector=literal),
            "embedder": embedded.embedder if embedded else None,
            "dimensions": len(embedded.vector) if embedded else None,
            "refused_by": None,
        }
    changed = update(MEMORIES).where(MEMORIES.c.owner_id == owner_id, MEMORIES.c.id == memory_id)
    row = (await session.execute(returning(changed.values(values), COLUMNS))).one_or_none()
    return memory_of(row) if row else None


async def release(session: WriteSession, owner_id: UUID, summary_id: UUID) -> None:
    """Let what a summary stands for be found again, and never be summed up again."""
    statement = update(MEMORIES).where(
        MEMORIES.c.owner_id == owner_id, MEMORIES.c.summarized_by == summary_id
    )
    await session.execute(statement.values(summarized_by=None, is_restored=True))


async def delete_memories(session: WriteSession, owner_id: UUID, ids: Collection[UUID]) -> int:
    """Delete the owner's memories with these ids; return how many there were."""
    statement = delete(MEMORIES).where(MEMORIES.c.owner_id == owner_id, MEMORIES.c.id.in_(ids))
    return (await session.execute(statement)).rowcount


async def delete_all(session: WriteSession, owner_id: UUID) -> int:
    """Delete everything that the agent remembers; return how many there were."""
    return (
        await session.execute(delete(MEMORIES).where(MEMORIES.c.owner_id == owner_id))
    ).rowcount


async def neighbourhood(session: ReadSession, owner_id: UUID, ids: Collection[UUID]) -> list[UUID]:
    """Return the ids of the owner's memories that are among these, or so near to one that they hold its words."""
    rows = await session.fetch(_NEIGHBOURHOOD, {"of_owner": owner_id, "ids": list(ids)})
    return [row.id for row in rows]


async def refresh_words(session: WriteSession, owner_id: UUID, ids: Collection[UUID]) -> None:
    """Write the words of the owner's memories with these ids anew, with those of their present neighbours."""
    await session.fetch(_REFRESH, {"of_owner": owner_id, "ids": list(ids)})


async def hold_sources(session: WriteSession, ids: Collection[UUID]) -> list[UUID]:
    """Return which of the messages are there, and keep them from being deleted until the transaction ends."""
    if not ids:
        return []
    statement = (
        select(MESSAGES.c.id)
        .where(MESSAGES.c.id.in_(ids), MESSAGES.c.deleted_at.is_(None))
        .order_by(MESSAGES.c.id)
        .with_for_update(key_share=True)
    )
    return list((await session.execute(statement)).scalars())


def memory_of(row: AnyRow) -> MemoryOut:
    """Return what a row of `COLUMNS` holds."""
    return MemoryOut(
        id=row.id,
        agent_id=None if row.is_shared else row.owner_id,
        collection_id=row.owner_id if row.is_shared else None,
        kind=MemoryKind(row.kind),
        content=row.content,
        importance=round(row.importance, 6),  # single precision
        pinned=row.pinned,
        source_message_id=row.source_message_id,
        channel_id=row.channel_id,
        said_at=row.said_at,
        metadata=row.metadata,
        superseded_by=row.superseded_by,
        summarized_by=row.summarized_by,
        origin=MemoryOrigin(row.origin),
        author_id=row.author_id,
        expires_at=row.expires_at,
        embedder=row.embedder,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _embedded(embedded: Embedded | None) -> dict[str, object]:
    if embedded is None:
        return {"vector": None, "embedder": None, "dimensions": None}
    return {
        "vector": vector_literal(embedded.vector),
        "embedder": embedded.embedder,
        "dimensions": len(embedded.vector),
    }


_GIVEN = (
    "owner_id",
    "id",
    "kind",
    "content",
    "importance",
    "pinned",
    "source_message_id",
    "channel_id",
    "said_at",
    "metadata",
    "embedder",
    "dimensions",
    "is_shared",
    "origin",
    "author_id",
    "expires_at",
    "created_at",
    "updated_at",
)
_INSERT = Statement(
    returning(
        insert(MEMORIES).values(
            {name: bindparam(name, type_=MEMORIES.c[name].type) for name in _GIVEN}
            | {
                "embedding": text("cast(cast(:vector as text) as halfvec)").bindparams(
                    bindparam("vector", type_=Text)
                ),
                "words": func.memory_words(bindparam("content", type_=Text)),
            }
        ),
        COLUMNS,
    )
)
_BY_ID = Statement(
    selecting(COLUMNS).where(
        MEMORIES.c.owner_id == bindparam("of_owner"),
        MEMORIES.c.id == bindparam("row_id"),
        text(STANDS).bindparams(bindparam("expire_after_days", type_=Integer)),
    )
)
# Neighbours were said in the same channel, or both in none, within an hour and next to each other. On each side
# there are two; `at` is which one.
_SIDE = """
    select other.id, other.words, cast(row_number() over (order by other.said_at {order}, other.id {order}) as int) as at
    from agent_memories as other
    where other.owner_id = :of_owner
        and other.channel_id is not distinct from mine.channel_id
        and (other.said_at, other.id) {beyond} (mine.said_at, mine.id)
        and other.said_at {within} mine.said_at {sign} interval '1 hour'
    order by other.said_at {order}, other.id {order}
    limit 2
"""
_BEFORE = _SIDE.format(order="desc", beyond="<", within=">=", sign="-")
_AFTER = _SIDE.format(order="asc", beyond=">", within="<=", sign="+")
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_OWNER = bindparam("of_owner", type_=Uuid)
_NEIGHBOURHOOD = Statement(
    text(
        f"""
        with mine as materialized (
            select id, channel_id, said_at from agent_memories
            where owner_id = :of_owner and id = any(:ids)
        )
        select id from mine
        union select near.id from mine, lateral ({_BEFORE}) as near
        union select near.id from mine, lateral ({_AFTER}) as near
        """  # noqa: S608 - constants
    ).bindparams(_OWNER, _IDS)
)
# The own words have the weight A, those of the nearest neighbours B, of the next C.
_REFRESH = Statement(
    text(
        f"""
        update agent_memories as changed set words = fresh.words from (
            select mine.id, ts_filter(mine.words, '{{a}}') || coalesce(beside.words, '') as words
            from agent_memories as mine left join lateral (
                select memory_words_together(setweight(
                    ts_filter(near.words, '{{a}}'), cast(case near.at when 1 then 'B' else 'C' end as "char")
                )) as words
                from (select * from ({_BEFORE}) as earlier union all select * from ({_AFTER}) as later) as near
            ) as beside on true
            where mine.owner_id = :of_owner and mine.id = any(:ids)
        ) as fresh
        where changed.owner_id = :of_owner and changed.id = fresh.id and changed.words <> fresh.words
        """  # noqa: S608 - constants
    ).bindparams(_OWNER, _IDS)
)
