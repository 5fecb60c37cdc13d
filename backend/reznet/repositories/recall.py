"""What recall reads beside the search: the memories that always count, and where each of the found ones comes from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Float, Integer, Text, Uuid, any_, bindparam, func, or_, text
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.models import MEMORIES
from reznet.repositories.memories import COLUMNS, memory_of
from reznet.repositories.rows import selecting
from reznet.schemas.memories import MemoryOut


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a memory comes from, and how many of the words that are asked for it holds itself.

    None: not known, or not told. `source_at` is when the message was posted that says so.
    """

    author_name: str | None
    author_kind: str | None
    source_at: datetime | None
    channel_name: str | None
    channel_kind: str | None
    collection_name: str | None
    words_held: int
    words_asked: int


async def standing(
    session: ReadSession, owner_ids: Collection[UUID], importance: float, limit: int
) -> list[MemoryOut]:
    """Return the owners' pinned memories of at least that importance, the most important and latest first.

    What is pinned does not expire.
    """
    parameters = {"owners": list(owner_ids), "least": importance, "most": limit}
    return [memory_of(row) for row in await session.fetch(_STANDING, parameters)]


async def provenance(
    session: ReadSession, owner_ids: Collection[UUID], ids: Sequence[UUID], question: str
) -> dict[UUID, Provenance]:
    """Return where those of the owners' memories come from that have these ids."""
    parameters = {"owners": list(owner_ids), "ids": list(ids), "question": question}
    return {
        row.id: Provenance(
            row.author_name,
            row.author_kind,
            row.source_at,
            row.channel_name,
            row.channel_kind,
            row.collection_name,
            row.words_held,
            row.words_asked,
        )
        for row in await session.fetch(_PROVENANCE, parameters)
    }


async def with_ids(
    session: ReadSession, owner_ids: Collection[UUID], ids: Collection[UUID]
) -> dict[UUID, MemoryOut]:
    """Return those of the owners' memories that have these ids and have not expired."""
    parameters = {"owners": list(owner_ids), "ids": list(ids)}
    return {row.id: memory_of(row) for row in await session.fetch(_WITH_IDS, parameters)}


_IDS = bindparam("ids", type_=ARRAY(Uuid))
_OWNERS = bindparam("owners", type_=ARRAY(Uuid))
_STANDING = Statement(
    selecting(COLUMNS)
    .where(
        MEMORIES.c.owner_id == any_(_OWNERS),
        MEMORIES.c.pinned,
        MEMORIES.c.importance >= bindparam("least", type_=Float),
        MEMORIES.c.superseded_by.is_(None),
        MEMORIES.c.summarized_by.is_(None),
    )
    .order_by(MEMORIES.c.importance.desc(), MEMORIES.c.said_at.desc(), MEMORIES.c.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_WITH_IDS = Statement(
    selecting(COLUMNS).where(
        MEMORIES.c.owner_id == any_(_OWNERS),
        MEMORIES.c.id == any_(_IDS),
        or_(
            MEMORIES.c.pinned, MEMORIES.c.expires_at.is_(None), MEMORIES.c.expires_at > func.now()
        ),
    )
)
_PROVENANCE = Statement(
    text(
        """
        with asked as materialized (
            select array(
                select cast(quote_literal(lexeme) as tsquery)
                from unnest(memory_question_words(:question)) as lexeme
            ) as words
        )
        select mine.id,
            coalesce(said.author_name, person.name) as author_name,
            coalesce(said.author_kind, case when person.id is not null then 'user' end) as author_kind,
            said.created_at as source_at,
            place.name as channel_name,
            place.kind as channel_kind,
            collection.name as collection_name,
            cast((
                select count(*) from unnest(asked.words) as word where ts_filter(mine.words, '{a}') @@ word
            ) as int) as words_held,
            cardinality(asked.words) as words_asked
        from agent_memories as mine cross join asked
            left join messages as said on said.id = mine.source_message_id
            left join users as person on person.id = mine.author_id
            left join channels as place on place.id = mine.channel_id
            left join memory_collections as collection on collection.id = mine.owner_id
        where mine.owner_id = any(:owners) and mine.id = any(:ids)
        """
    ).bindparams(_OWNERS, _IDS, bindparam("question", type_=Text))
)
