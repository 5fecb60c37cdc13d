"""What recall reads, in one statement: whose memories a run is told of, which always count, and which answer its question.

Owners with a partition of their own are searched there, each by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Float, Text, Uuid, any_, bindparam, func, or_
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.database import ReadSession
from reznet.core.driver import Record
from reznet.core.statements import Statement
from reznet.models import MEMORIES
from reznet.repositories import memory_search
from reznet.repositories.memories import COLUMNS, Filter, memory_of
from reznet.repositories.memory_partitions import near_of, own_partition
from reznet.repositories.memory_scoring import Question, parameters, scores_of, searching
from reznet.repositories.memory_search import ASKED, in_each
from reznet.repositories.rows import selecting
from reznet.schemas.memories import MemoryOut, Scores

# Found of each owner: more than a prompt takes, since some are left out again, as what the history shows anyway.
FOUND = 40
# Pinned memories that are told with every request.
_MOST_STANDING = 8


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told of memories, and where; how long its own last, and after how many days they count for half."""

    agent_id: UUID
    channel_id: UUID
    expire_after_days: int | None
    half_life_days: int | None


class Found(NamedTuple):
    """A memory as it is told, where it comes from, and how many of the request's words it holds itself.

    None: not known, or not told. `source_at` is when the message was posted that says so. Without `scores` it was not
    searched for: it always counts.
    """

    owner_id: UUID
    id: UUID
    content: str
    said_at: datetime
    origin: str
    source_message_id: UUID | None
    channel_id: UUID | None
    author_name: str | None
    author_kind: str | None
    source_at: datetime | None
    channel_name: str | None
    channel_kind: str | None
    collection_name: str | None
    words_held: int
    words_asked: int
    scores: Scores | None


class Apart(NamedTuple):
    """An owner whose memories have a partition of their own, and are not searched yet."""

    owner_id: UUID
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is for a run: standing memories, the most important and latest first; those found, best first.

    `found` is by owner, the agent itself before its collections.
    """

    standing: Sequence[Found]
    found: Sequence[Sequence[Found]]
    apart: Sequence[Apart]


async def look(
    session: ReadSession,
    reader: Reader,
    question: Question | None,
    request: str,
    importance: float,
) -> Looked:
    """Return the pinned memories of at least that importance, and those that answer the question best, if there is one.

    They are the agent's own and those of the collections that it has a grant for, but for collections of other
    channels. `request` is whose words are counted. What is pinned does not expire.
    """
    given = {
        "reader": reader.agent_id,
        "of_channel": reader.channel_id,
        "request": request,
        "least": importance,
        "expire_after_days": reader.expire_after_days,
        "half_life_days": reader.half_life_days,
    }
    if question is None:
        return _looked(await session.fetch(_ALWAYS, given))
    given |= {"kept_near": near_of(question.embedded)}
    return _looked(
        await session.fetch(_LOOK, parameters(reader.agent_id, question, Filter()) | given)
    )


async def look_apart(
    session: ReadSession, reader: Reader, apart: Apart, question: Question, request: str
) -> list[Found]:
    """Return those of the owner's memories that answer the question best, best first."""
    only = Filter()
    if not apart.is_shared:
        only = Filter(expire_after_days=reader.expire_after_days)
        question = replace(question, half_life_days=reader.half_life_days)
    hits = await memory_search.search(session, apart.owner_id, question, only, FOUND)
    given = {"of_owner": apart.owner_id, "ids": [hit.id for hit in hits], "request": request}
    there = {row.id: row for row in await session.fetch(_PROVENANCE, given)}
    return [_found(there[hit.id], Scores.told(hit)) for hit in hits if hit.id in there]


async def with_ids(
    session: ReadSession, owner_ids: Collection[UUID], ids: Collection[UUID]
) -> dict[UUID, MemoryOut]:
    """Return those of the owners' memories that have these ids and have not expired."""
    parameters = {"owners": list(owner_ids), "ids": list(ids)}
    return {row.id: memory_of(row) for row in await session.fetch(_WITH_IDS, parameters)}


def _looked(rows: Sequence[Record]) -> Looked:
    standing: list[Found] = []
    found: dict[UUID, list[Found]] = {}
    apart: dict[UUID, Apart] = {}
    for row in rows:
        owner_id: UUID = row["owner_id"]
        if row["is_apart"]:
            apart[owner_id] = Apart(owner_id, row["is_shared"])
        if row["is_standing"]:
            standing.append(_found(row, None))
        elif row["id"] is not None:
            found.setdefault(owner_id, []).append(_found(row, scores_of(row)))
    return Looked(standing, list(found.values()), list(apart.values()))


def _found(row: Record, scores: Scores | None) -> Found:
    """Return what the beginning of the row holds, which are `_TOLD`."""
    return Found._make((*row[: len(Found._fields) - 1], scores))


# Whose memories the agent is given in a run in the channel, and how they are kept: in collections, for ever.
_READABLE = """
    readable as (
        select cast(:reader as uuid) as of_owner, false as is_shared,
            cast(:expire_after_days as int) as expire_after_days, cast(:half_life_days as int) as half_life_days
        union all
        select granted.collection_id, true, null, null
        from memory_grants as granted join memory_collections as collection on collection.id = granted.collection_id
        where granted.agent_id = :reader
            and (collection.channel_id is null or collection.channel_id = :of_channel)
    )
"""
# What always counts among what the `given` owners remember.
_STANDING = f"""
    standing as materialized (
        select of_owner, one.id, row_number() over (
            order by one.importance desc, one.said_at desc, one.id desc
        ) as place
        from given cross join lateral (
            select id, importance, said_at from agent_memories
            where owner_id = given.of_owner and pinned and importance >= :least
                and superseded_by is null and summarized_by is null
            order by importance desc, said_at desc, id desc limit {_MOST_STANDING}
        ) as one
        order by place limit {_MOST_STANDING}
    )
"""  # noqa: S608 - constants
_REQUESTED = """
    requested as materialized (
        select array(
            select cast(quote_literal(lexeme) as tsquery) from unnest(memory_question_words(:request)) as lexeme
        ) as words
    )
"""
# What `Found` holds of the memory `mine`, in its order.
_TOLD = """
    {owner} as owner_id, mine.id, mine.content, mine.said_at, mine.origin, mine.source_message_id, mine.channel_id,
    coalesce(said.author_name, person.name) as author_name,
    coalesce(said.author_kind, case when person.id is not null then 'user' end) as author_kind,
    said.created_at as source_at,
    place.name as channel_name,
    place.kind as channel_kind,
    collection.name as collection_name,
    cast((
        select count(*) from unnest(requested.words) as word where ts_filter(mine.words, '{{a}}') @@ word
    ) as int) as words_held,
    cardinality(requested.words) as words_asked
"""
_SAID = """
    left join messages as said on said.id = mine.source_message_id
    left join users as person on person.id = mine.author_id
    left join channels as place on place.id = mine.channel_id
    left join memory_collections as collection on collection.id = mine.owner_id
    cross join requested
"""
_PARAMETERS = {
    "reader": Uuid,
    "of_channel": Uuid,
    "request": Text,
    "least": Float,
    "kept_near": Text,
    "ids": ARRAY(Uuid),
}
_ALWAYS = Statement(
    searching(
        f"""
        with {_READABLE}, given as materialized (select * from readable), {_STANDING}, {_REQUESTED}
        select {_TOLD.format(owner="mine.owner_id")}, given.is_shared, false as is_apart, true as is_standing
        from standing join given using (of_owner)
            join agent_memories as mine on mine.owner_id = given.of_owner and mine.id = standing.id {_SAID}
        order by standing.place
        """,  # noqa: S608 - constants
        _PARAMETERS,
    )
)
_LOOK = Statement(
    searching(
        f"""
        with {_READABLE}, given as materialized (
            select readable.*, own.rows is not null as is_apart
            from readable left join lateral ({own_partition("of_owner")}) as own on true
        ),
        {_STANDING}, {_REQUESTED}, {ASKED},
        told (of_owner, place, id, {", ".join(Scores._fields)}) as (
            select of_owner, cast(null as bigint), best.*
            from given cross join lateral ({in_each("given", FOUND)}) as best
            where not is_apart
            union all
            select of_owner, place, id, {", ".join("null" for _ in Scores._fields)} from standing
        )
        select {_TOLD.format(owner="given.of_owner")},
            given.is_shared, given.is_apart, told.place is not null as is_standing,
            {", ".join(f"told.{name}" for name in Scores._fields)}
        from given left join told using (of_owner)
            left join agent_memories as mine on mine.owner_id = given.of_owner and mine.id = told.id {_SAID}
        order by told.place, given.is_shared, given.of_owner, told.score desc, told.id desc
        """,  # noqa: S608 - constants
        _PARAMETERS,
    )
)
_PROVENANCE = Statement(
    searching(
        f"""
        with {_REQUESTED}
        select {_TOLD.format(owner="mine.owner_id")} from agent_memories as mine {_SAID}
        where mine.owner_id = :of_owner and mine.id = any(:ids)
        """,  # noqa: S608 - constants
        _PARAMETERS,
    )
)
_WITH_IDS = Statement(
    selecting(COLUMNS).where(
        MEMORIES.c.owner_id == any_(bindparam("owners", type_=ARRAY(Uuid))),
        MEMORIES.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        or_(
            MEMORIES.c.pinned, MEMORIES.c.expires_at.is_(None), MEMORIES.c.expires_at > func.now()
        ),
    )
)
