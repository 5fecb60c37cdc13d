"""Which memories have vectors of which embedder, and giving them new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, select, text

from reznet.core.database import ReadSession, WriteSession
from reznet.core.embedding import vector_literal
from reznet.core.statements import Statement
from reznet.models import MEMORIES
from reznet.repositories.memories import Embedded

_KIND = (MEMORIES.c.embedder, MEMORIES.c.dimensions, MEMORIES.c.refused_by)


@dataclass(frozen=True, slots=True)
class Vectors:
    """How many memories have vectors of one kind, or none; `refused_by` names the embedder that has none for them."""

    embedder: str | None
    dimensions: int | None
    refused_by: str | None
    memories: int


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A memory that is to get another vector."""

    owner_id: UUID
    id: UUID
    content: str


async def count_by_vectors(session: ReadSession) -> list[Vectors]:
    """Return how many memories there are of every kind of vector, of all owners."""
    statement = select(*_KIND, func.count().label("memories")).group_by(*_KIND)
    rows = await session.execute(statement)
    return [Vectors(row.embedder, row.dimensions, row.refused_by, row.memories) for row in rows]


async def some_with(session: ReadSession, kind: Vectors, limit: int) -> list[Unembedded]:
    """Return some memories with vectors of a kind, whoever owns them."""
    values = (kind.embedder, kind.dimensions, kind.refused_by)
    statement = select(MEMORIES.c.owner_id, MEMORIES.c.id, MEMORIES.c.content).where(
        *(
            column.is_(None) if value is None else column == value
            for column, value in zip(_KIND, values, strict=True)
        )
    )
    rows = await session.execute(statement.limit(limit))
    return [Unembedded(row.owner_id, row.id, row.content) for row in rows]


async def embed(session: WriteSession, memories: Sequence[tuple[Unembedded, Embedded]]) -> None:
    """Give memories of one owner their vectors, unless they say something else by now."""
    for memory, embedded in memories:
        await session.fetch(
            _EMBED,
            {
                "of_owner": memory.owner_id,
                "row_id": memory.id,
                "said": memory.content,
                "vector": vector_literal(embedded.vector),
                "by": embedded.embedder,
            },
        )


async def refuse(session: WriteSession, memory: Unembedded, embedder: str) -> None:
    """Note that the embedder has no vector for the memory's text."""
    await session.fetch(
        _REFUSE,
        {
            "of_owner": memory.owner_id,
            "row_id": memory.id,
            "said": memory.content,
            "by": embedder,
        },
    )


_MEMORY = (
    bindparam("of_owner", type_=Uuid),
    bindparam("row_id", type_=Uuid),
    bindparam("said", type_=Text),
    bindparam("by", type_=Text),
)
_THE_ROW = "where owner_id = :of_owner and id = :row_id and content = :said"
_EMBED = Statement(
    text(
        f"""
        with given as materialized (select cast(cast(:vector as text) as halfvec) as vector)
        update agent_memories
        set embedding = given.vector, embedder = :by, dimensions = vector_dims(given.vector), refused_by = null
        from given {_THE_ROW}
        """  # noqa: S608 - constants
    ).bindparams(*_MEMORY, bindparam("vector", type_=Text))
)
_REFUSE = Statement(
    text(f"update agent_memories set refused_by = :by {_THE_ROW}").bindparams(*_MEMORY)  # noqa: S608
)
