"""The search in one owner's memories: by meaning and by words.

Each of the owner's memories is looked at by one statement, so nothing is missed; it joins nothing large, because the planner
can't know how many memories an owner has. Where an owner has so many that this takes long, and therefore a partition of
its own, the same question goes to the partition's indexes first: see `memory_candidates`.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.repositories import memory_candidates
from reznet.repositories.memories import Filter
from reznet.repositories.memory_partitions import partition_of
from reznet.repositories.memory_scoring import (
    BEST,
    DENSE,
    FILTERS,
    FRESH,
    MOST_WORDS,
    SCORES,
    VECTOR,
    WHOLE,
    parameters,
    ranks,
    scored,
    searching,
)
from reznet.repositories.memory_scoring import Question as Question  # for those who ask
from reznet.schemas.memories import MemoryOut


async def search(
    session: ReadSession, owner_id: UUID, question: Question, only: Filter, limit: int
) -> Sequence[MemoryOut]:
    """Return those of the owner's memories that answer the question best, with their scores, best first.

    Memories that others supersede, or stand for as summaries, and those that have expired are left out. Those without
    a vector of the question's embedder are found by their words alone.
    """
    partition = await partition_of(session, owner_id, question.embedded)
    if partition is not None:
        found = await memory_candidates.search(session, owner_id, partition, question, only, limit)
        if found is not None:
            return found
    return await search_all(session, owner_id, question, only, limit)


async def search_all(
    session: ReadSession, owner_id: UUID, question: Question, only: Filter, limit: int
) -> Sequence[MemoryOut]:
    """Return the same, of every memory that passes the filter, however many there are."""
    return scored(await session.fetch(_SEARCH, parameters(owner_id, question, only, limit)))


# The question, once for all who are searched.
ASKED = f"""
    asked as materialized (
        select array(
            select cast(quote_literal(lexeme) as tsquery)
            from unnest(memory_question_words(:question)) as lexeme limit {MOST_WORDS}
        ) as questions, {VECTOR} as vector
    )
"""  # noqa: S608 - constants
_LOOKED_THROUGH = f"""
    mine as materialized (
        select id, said_at, importance, {FRESH} as fresh, {DENSE} as dense, {ranks("questions")} as ranks
        from agent_memories, asked
        where {FILTERS}
    ),
    rarity as materialized (
        select array_agg(
            cast(ln(1 + (every - holding + 0.5) / (holding + 0.5)) as float8) order by number
        ) as weights
        from (
            select number, count(*) as every, count(*) filter (where rank > 0) as holding
            from mine, unnest(ranks) with ordinality as one(rank, number) group by number
        ) as counted
    ),
    every as materialized (
        select id, said_at, importance, fresh, dense, coalesce(
            (select sum(rank * weight) from unnest(ranks, rarity.weights) as pair(rank, weight)), 0
        ) as text_score
        from mine, rarity
    ),
    spread as materialized (
        select avg(dense) as dense_mean, stddev_pop(dense) as dense_deviation,
            avg(text_score) as text_mean, stddev_pop(text_score) as text_deviation
        from every
    ),
    {BEST}
"""  # noqa: S608 - constants and names of columns
_SEARCH = Statement(searching(f"with {ASKED}, {_LOOKED_THROUGH} {WHOLE}"))


def in_each(owners: str, most: int) -> str:
    """Return SQL for the search in each of several owners at once, beside `ASKED`: rows of `id` and `SCORES`.

    To be joined laterally to `owners`, whose columns `of_owner`, `expire_after_days` and `half_life_days` say whose
    memories are searched, and how they are kept.
    """
    of_each = re.sub(
        r":(of_owner|expire_after_days|half_life_days)\b", rf"{owners}.\1", _LOOKED_THROUGH
    )
    # So many, since the planner takes a limit that it does not know for a tenth of everything.
    of_each = of_each.replace(":most", str(most))
    return f"with {of_each} select best.id, {SCORES} from best"  # noqa: S608 - constants
