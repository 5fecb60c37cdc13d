"""The search in one owner's memories: by meaning and by words, in one statement.

Each of the owner's memories is looked at, so nothing is missed; the statement joins nothing large, because the planner
can't know how many memories an owner has. Both ways give each of them a value; the values
are brought to the same scale (less their mean, over their deviation, both over all that was looked at) and added.
Words count by how rare they are among the owner's memories, `ln(1 + (N - n + 0.5) / (n + 0.5))` as in BM25, where
n of the N memories hold the word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, text

from reznet.core.database import ReadSession
from reznet.core.embedding import vector_literal
from reznet.core.statements import Statement
from reznet.repositories.memories import COLUMNS, Embedded, Filter, memory_of
from reznet.schemas.memories import MemoryOut, ScoreParts

# How much a deviation of nearness in meaning counts beside one of the words.
_DENSE_WEIGHT = 1.3
# Weights of a word: in the memory itself, its nearest neighbours, the next ones ({D, C, B, A} as `ts_rank` takes them).
_WORD_WEIGHTS = "{0, 0.4, 0.6, 1}"
# Deviations under these are noise: a few memories, or all alike.
_LEAST_DENSE, _LEAST_TEXT = 0.02, 0.001
# What the priors add at most; deviations of good matches are 3 to 10.
_TIME_BONUS, _IMPORTANCE_BONUS, _RECENCY_BONUS = 2.0, 0.2, 0.1
_RECENCY_DAYS = 30.0
_MOST_WORDS = 48


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for.

    `since` and `until` bound the time that the question speaks of, if it does; `asked_at` is when it was asked.
    """

    text: str
    embedded: Embedded | None
    asked_at: datetime
    since: datetime | None = None
    until: datetime | None = None


async def search(
    session: ReadSession, owner_id: UUID, question: Question, only: Filter, limit: int
) -> Sequence[MemoryOut]:
    """Return those of the owner's memories that answer the question best, with their scores, best first.

    Memories that others supersede, or stand for as summaries, and those that have expired are left out. Those without a vector of the question's embedder are found by
    their words alone.
    """
    embedded = question.embedded
    rows = await session.fetch(
        _SEARCH,
        {
            "of_owner": owner_id,
            "kind": only.kind.value if only.kind else None,
            "in_channel": only.channel_id,
            "question": question.text,
            "embedder": embedded.embedder if embedded else None,
            "dimensions": len(embedded.vector) if embedded else None,
            "vector": vector_literal(embedded.vector) if embedded else None,
            "asked_at": question.asked_at,
            "since": question.since,
            "until": question.until,
            "most": limit,
        },
    )
    return [
        memory_of(row).model_copy(
            update={
                "score": round(row.score, 4),
                "score_parts": ScoreParts(
                    dense=_rounded(row.dense),
                    dense_rank=row.dense_rank,
                    text=_rounded(row.text_score),
                    text_rank=row.text_rank,
                    time=round(row.time_bonus, 4),
                    importance=round(row.importance_bonus, 4),
                    recency=round(row.recency_bonus, 4),
                ),
            }
        )
        for row in rows
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_SEARCH = Statement(
    text(
        f"""
        with asked as materialized (
            select array(
                select cast(quote_literal(lexeme) as tsquery)
                from unnest(memory_question_words(:question)) as lexeme limit {_MOST_WORDS}
            ) as words
        ),
        mine as materialized (
            select id, said_at, importance,
                case when embedder = :embedder and dimensions = :dimensions
                    then -(embedding <#> cast(cast(:vector as text) as halfvec)) end as dense,
                array(
                    select ts_rank('{_WORD_WEIGHTS}', agent_memories.words, word, 1)
                    from unnest(asked.words) as word
                ) as ranks
            from agent_memories, asked
            where owner_id = :of_owner and superseded_by is null and summarized_by is null
                and (expires_at is null or expires_at > now())
                and (cast(:kind as text) is null or kind = :kind)
                and (cast(:in_channel as uuid) is null or channel_id = :in_channel)
        ),
        rarity as materialized (
            select array_agg(ln(1 + (every - holding + 0.5) / (holding + 0.5)) order by number) as weights
            from (
                select number, count(*) as every, count(*) filter (where rank > 0) as holding
                from mine, unnest(ranks) with ordinality as one(rank, number) group by number
            ) as counted
        ),
        every as materialized (
            select id, said_at, importance, dense, coalesce(
                (select sum(rank * weight) from unnest(ranks, rarity.weights) as pair(rank, weight)), 0
            ) as text_score
            from mine, rarity
        ),
        spread as materialized (
            select avg(dense) as dense_mean, greatest(stddev_pop(dense), {_LEAST_DENSE}) as dense_deviation,
                avg(text_score) as text_mean, greatest(stddev_pop(text_score), {_LEAST_TEXT}) as text_deviation
            from every
        ),
        weighed as (
            select every.id, dense, text_score,
                case when dense is not null then rank() over (order by dense desc nulls last) end as dense_rank,
                case when text_score > 0 then rank() over (order by text_score desc) end as text_rank,
                case when said_at >= cast(:since as timestamptz) and said_at < cast(:until as timestamptz)
                    then {_TIME_BONUS} else 0 end as time_bonus,
                {_IMPORTANCE_BONUS} * importance as importance_bonus,
                {_RECENCY_BONUS} * exp(-greatest(extract(epoch from (cast(:asked_at as timestamptz) - said_at)), 0)
                    / (86400 * {_RECENCY_DAYS})) as recency_bonus,
                (text_score - text_mean) / text_deviation
                    + {_DENSE_WEIGHT} * coalesce((dense - dense_mean) / dense_deviation, 0) as match
            from every, spread
        ),
        best as (
            select *, match + time_bonus + importance_bonus + recency_bonus as score
            from weighed
            where dense is not null or text_score > 0
            order by score desc, id desc
            limit :most
        )
        select {", ".join(f"agent_memories.{column.name}" for column in COLUMNS)},
            cast(best.score as float8), cast(best.dense as float8), cast(best.text_score as float8),
            best.dense_rank, best.text_rank, cast(best.time_bonus as float8),
            cast(best.importance_bonus as float8), cast(best.recency_bonus as float8)
        from best join agent_memories on agent_memories.owner_id = :of_owner and agent_memories.id = best.id
        order by best.score desc, best.id desc
        """  # noqa: S608 - constants and names of columns
    ).bindparams(
        bindparam("of_owner", type_=Uuid),
        bindparam("kind", type_=Text),
        bindparam("in_channel", type_=Uuid),
        bindparam("question", type_=Text),
        bindparam("embedder", type_=Text),
        bindparam("dimensions", type_=Integer),
        bindparam("vector", type_=Text),
        bindparam("asked_at", type_=DateTime(timezone=True)),
        bindparam("since", type_=DateTime(timezone=True)),
        bindparam("until", type_=DateTime(timezone=True)),
        bindparam("most", type_=Integer),
    )
)
