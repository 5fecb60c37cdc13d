"""The search in an owner's own partition: candidates by its indexes, and then the scores of any search.

Candidates are the nearest in meaning, those that hold the question's rarer words or several of the commoner ones, and
those of the time that the question names. They don't depend on how many are asked for, so a short answer is the
beginning of a long one. What the scores need of all memories is estimated: how many hold a word by PostgreSQL's statistics
or, for a rare one, by its index; means and deviations from a sample of the pages, which is the same for each question. What the
rare words add to them is counted exactly, since all who hold one are candidates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Double, Text, bindparam

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.repositories.memories import Filter
from reznet.repositories.memory_partitions import Partition
from reznet.repositories.memory_scoring import (
    BEST,
    DENSE,
    FILTERS,
    FRESH,
    MOST_WORDS,
    VECTOR,
    WHOLE,
    Question,
    parameters,
    ranks,
    scored,
    searching,
)
from reznet.schemas.memories import MemoryOut

# Candidates of each way. A page of a list has at most 200, which the nearest alone fill.
_NEAREST = 400
_WORDED = 3_000
_TIMELY = 1_000
# A word is rare when no more memories hold it. Each of them is looked at.
_RARE = 2_000
_SAMPLE = 2_000
# A filter that lets no more through is searched without candidates.
_NARROW = 5_000
_SETTINGS = {
    "hnsw.ef_search": str(_NEAREST),
    # Goes on where a filter left too few; without an order among them, which the scores give.
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "40000",
    # Plans for these very values: an index of one embedder's vectors is not seen otherwise.
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "off",
}


async def search(
    session: ReadSession,
    owner_id: UUID,
    partition: Partition,
    question: Question,
    only: Filter,
    limit: int,
) -> list[MemoryOut] | None:
    """Return what answers the question best among the partition's memories; None if each has to be looked at."""
    if question.embedded is not None and not partition.is_indexed:
        return None
    given = parameters(owner_id, question, only, limit)
    dimensions = len(question.embedded.vector) if question.embedded else 0
    statements = _statements(partition.name, dimensions)
    async with session.with_settings(_SETTINGS):
        if only.kind or only.channel_id or only.origin:
            (passing,) = await session.fetch(statements.narrow, given)
            if passing.count <= _NARROW:
                return None
        words = [
            _Word(row.word, max(1.0, row.holding))
            for row in await session.fetch(
                statements.words, given | {"partition": partition.name, "rows": partition.rows}
            )
        ]
        plan = _plan(words, partition.rows, has_vector=question.embedded is not None)
        rows = await session.fetch(
            statements.search,
            given
            | {
                "words": [word.text for word in words],
                "weights": [_weight(word, partition.rows) for word in words],
                "covered": [word in plan.covered for word in words],
                "any_of": plan.any_of,
                "rows": partition.rows,
                "percent": min(100.0, 100 * _SAMPLE / partition.rows),
            },
        )
    is_all = question.embedded is None and len(plan.covered) == len(words)
    return scored(rows) if len(rows) >= limit or is_all else None


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question as a query of one word, and how many memories hold it."""

    text: str
    holding: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """What candidates hold, as a query, and the words of which everyone who holds one is a candidate."""

    any_of: str | None
    covered: frozenset[_Word]


def _plan(words: Sequence[_Word], rows: float, *, has_vector: bool) -> _Plan:
    """Return the rarest words, and pairs of the commoner ones, that about so many hold as may be looked at."""
    by_rarity = sorted(words, key=lambda word: word.holding)
    covered: list[_Word] = []
    for word in by_rarity:
        if sum(one.holding for one in covered) + word.holding > _WORDED or word.holding > _RARE:
            break
        covered.append(word)
    # As many hold both of a pair as would if neither had to do with the other, or more: the statement has a bound.
    pairs = sorted(
        (one.holding * other.holding / rows, f"({one.text} & {other.text})")
        for one, other in combinations(by_rarity[len(covered) :], 2)
    )
    left, both = _WORDED - sum(word.holding for word in covered), list[str]()
    for holding, pair in pairs:
        if holding > left:
            break
        left -= holding
        both.append(pair)
    any_of = [word.text for word in covered] + both
    if not has_vector:  # then the commoner words alone have to fill the answer
        any_of += [word.text for word in by_rarity[len(covered) : len(covered) + 1]]
    return _Plan(" | ".join(any_of) or None, frozenset(covered))


def _weight(word: _Word, rows: float) -> float:
    return math.log(1 + (max(0.0, rows - word.holding) + 0.5) / (word.holding + 0.5))


@dataclass(frozen=True, slots=True)
class _Statements:
    narrow: Statement
    words: Statement
    search: Statement


@lru_cache(maxsize=256)
def _statements(partition: str, dimensions: int) -> _Statements:
    """Return the statements on a partition, for vectors of so many dimensions, 0 for none."""
    return _Statements(
        narrow=Statement(
            searching(
                f"""
                select count(*) as count
                from (select from {partition} where {FILTERS} limit {_NARROW + 1}) as passing
                """  # noqa: S608 - the name of a partition
            )
        ),
        words=Statement(
            searching(_WORDS.format(partition=partition)).bindparams(
                bindparam("partition", type_=Text), bindparam("rows", type_=Double)
            )
        ),
        search=Statement(
            searching(_search(partition, dimensions)).bindparams(
                bindparam("words", type_=ARRAY(Text)),
                bindparam("weights", type_=ARRAY(Double)),
                bindparam("covered", type_=ARRAY(Boolean)),
                bindparam("any_of", type_=Text),
                bindparam("rows", type_=Double),
                bindparam("percent", type_=Double),
            )
        ),
    )


# The question's words, and how many memories hold each: the statistics know the common ones, and the others are counted.
_WORDS = f"""
    with asked as materialized (
        select cast(quote_literal(lexeme) as tsquery) as word, lexeme
        from unnest(memory_question_words(:question)) as lexeme limit {MOST_WORDS}
    ),
    common as materialized (
        select lexeme, share
        from pg_stats, unnest(cast(cast(most_common_elems as text) as text[]), most_common_elem_freqs) as listed(lexeme, share)
        where schemaname = current_schema() and tablename = :partition and attname = 'words'
    )
    select cast(word as text) as word, cast(coalesce(common.share * :rows, counted.holding) as float8) as holding
    from asked left join common using (lexeme)
        left join lateral (
            select count(*) as holding
            from (
                select from {{partition}} where common.share is null and words @@ word limit {_RARE + 1}
            ) as held
        ) as counted on true
"""  # noqa: S608 - constants


def _search(partition: str, dimensions: int) -> str:
    nearest = f"""
        select id from {partition}
        where embedder = :embedder and dimensions = :dimensions and {FILTERS} {{also}}
        order by (embedding::halfvec({dimensions})) <#> cast(cast(:vector as text) as halfvec({dimensions}))
        limit {{most}}
    """  # noqa: S608 - the name of a partition
    timely = "and said_at >= cast(:since as timestamptz) and said_at < cast(:until as timestamptz)"
    asked = f"and cast(:since as timestamptz) is not null {timely}"
    by_meaning = (
        f"""
        union ({nearest.format(also="", most=_NEAREST)})
        union ({nearest.format(also=asked, most=_NEAREST // 2)})
        """
        if dimensions
        else ""
    )
    return f"""
        with asked as materialized (
            select array(
                select cast(word as tsquery) from unnest(:words) with ordinality as listed(word, number) order by number
            ) as questions, {VECTOR} as vector
        ),
        chosen as materialized (
            (select id from {partition} where words @@ cast(:any_of as tsquery) and {FILTERS} limit {2 * _WORDED})
            union (select id from {partition} where {FILTERS} {asked} order by said_at desc limit {_TIMELY})
            {by_meaning}
        ),
        looked_at as materialized (
            select id, said_at, importance, {FRESH} as fresh, {DENSE} as dense, {ranks("questions")} as ranks
            from {partition}, asked
            where owner_id = :of_owner and id in (select id from chosen)
        ),
        every as materialized (
            select id, said_at, importance, fresh, dense, of_rare, of_common, of_rare + of_common as text_score
            from looked_at, lateral (
                select coalesce(sum(rank * weight) filter (where is_covered), 0) as of_rare,
                    coalesce(sum(rank * weight) filter (where not is_covered), 0) as of_common
                from unnest(ranks, :weights, :covered) as one(rank, weight, is_covered)
            ) as parts
        ),
        sampled as materialized (
            select passes, case when passes then {DENSE} end as dense, of_common
            from (select *, ({FILTERS}) as passes from {partition} tablesample system (:percent) repeatable (1)) as drawn,
                asked, lateral (
                    select coalesce(sum(rank * weight) filter (where not is_covered), 0) as of_common
                    from unnest(case when passes then {ranks("questions")} end, :weights, :covered)
                        as one(rank, weight, is_covered)
                ) as parts
        ),
        drawn as materialized (
            select greatest(count(*) filter (where passes) / greatest(count(*), 1.0) * :rows, 1) as passing,
                avg(dense) as dense_mean, stddev_pop(dense) as dense_deviation,
                coalesce(avg(of_common) filter (where passes), 0) as common_mean,
                coalesce(avg(of_common * of_common) filter (where passes), 0) as common_square
            from sampled
        ),
        summed as materialized (
            select coalesce(sum(of_rare), 0) as rare, coalesce(sum(of_rare * (of_rare + 2 * of_common)), 0) as square
            from every
        ),
        spread as materialized (
            select dense_mean, dense_deviation, mean as text_mean,
                sqrt(greatest(common_square + square / passing - mean * mean, 0)) as text_deviation
            from drawn, summed, lateral (select common_mean + rare / passing as mean) as middle
        ),
        {BEST}
        {WHOLE}
    """  # noqa: S608 - constants and the name of a partition
