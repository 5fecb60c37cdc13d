"""How well a memory answers a question, as SQL that every search in memories shares.

Meaning and words each give a memory a value; the values are brought to the same scale (less their mean, over their
deviation) and added. Words count by how rare they are among the owner's memories,
`ln(1 + (N - n + 0.5) / (n + 0.5))` as in BM25, where n of the N memories hold the word.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, TextClause, Uuid, bindparam, text

from reznet.core.embedding import vector_literal
from reznet.repositories.memories import COLUMNS, STANDS, Embedded, Filter, memory_of
from reznet.repositories.rows import AnyRow
from reznet.schemas.memories import MemoryOut, Scores

# How much a deviation of nearness in meaning counts beside one of the words.
_DENSE_WEIGHT = 1.3
# Weights of a word: in the memory itself, its nearest neighbours, the next ones ({D, C, B, A} as `ts_rank` takes them).
_WORD_WEIGHTS = "{0, 0.4, 0.6, 1}"
# Deviations under these are noise: a few memories, or all alike.
_LEAST_DENSE, _LEAST_TEXT = 0.02, 0.001
# What the priors add at most; deviations of good matches are 3 to 10.
_TIME_BONUS, _IMPORTANCE_BONUS, _RECENCY_BONUS = 2.0, 0.2, 0.1
_RECENCY_DAYS = 30.0
# In place of the recency's, where memories fade: felt among matches that are about as good, and never by a good one.
_FADING_BONUS = 1.0
MOST_WORDS = 48


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for.

    `since` and `until` bound the time that the question speaks of, if it does; `asked_at` is when it was asked.
    With `half_life_days`, what was said that long before, and is not pinned, counts for half as important and recent.
    """

    text: str
    embedded: Embedded | None
    asked_at: datetime
    since: datetime | None = None
    until: datetime | None = None
    half_life_days: int | None = None


# Which of the owner's memories are looked at.
FILTERS = f"""
    owner_id = :of_owner and superseded_by is null and summarized_by is null
    and {STANDS}
    and (cast(:kind as text) is null or kind = :kind)
    and (cast(:in_channel as uuid) is null or channel_id = :in_channel)
    and (cast(:origin as text) is null or origin = :origin)
"""
# The question's vector, for a row of its own: a plan that is kept would read the text anew for each memory.
VECTOR = "cast(cast(:vector as text) as halfvec)"
# Seconds since a memory was said. Not as `numeric`, whose powers cost more than all else.
_AGE = (
    "greatest(cast(extract(epoch from (cast(:asked_at as timestamptz) - said_at)) as float8), 0)"
)
# Nearness of meaning, beside a `vector`, and what is left of a memory's weight: all of it without a half-life.
DENSE = """
    case when embedder = :embedder and dimensions = :dimensions then -(embedding <#> vector) end
"""
FRESH = f"""
    case when pinned then 1 else
        coalesce(power(cast(0.5 as float8), {_AGE} / (86400.0 * cast(:half_life_days as int))), 1) end
"""
# Of `every` (id, said_at, importance, fresh, dense, text_score) and `spread` (means and deviations of both values),
# the best.
BEST = f"""
    weighed as (
        select every.id, dense, text_score,
            case when dense is not null then rank() over (order by dense desc nulls last) end as dense_rank,
            case when text_score > 0 then rank() over (order by text_score desc) end as text_rank,
            case when said_at >= cast(:since as timestamptz) and said_at < cast(:until as timestamptz)
                then {_TIME_BONUS} else 0 end as time_bonus,
            {_IMPORTANCE_BONUS} * importance * fresh as importance_bonus,
            case when cast(:half_life_days as int) is not null then {_FADING_BONUS} * fresh
                else {_RECENCY_BONUS} * exp(-{_AGE} / (86400 * {_RECENCY_DAYS})) end as recency_bonus,
            (text_score - text_mean) / greatest(text_deviation, {_LEAST_TEXT})
                + {_DENSE_WEIGHT} * coalesce((dense - dense_mean) / greatest(dense_deviation, {_LEAST_DENSE}), 0) as match
        from every, spread
    ),
    best as (
        select *, match + time_bonus + importance_bonus + recency_bonus as score
        from weighed
        where dense is not null or text_score > 0
        order by score desc, id desc
        limit :most
    )
"""  # noqa: S608 - constants
# What `Scores` holds, in its order.
SCORES = """
    cast(best.score as float8), cast(best.dense as float8), best.dense_rank, cast(best.text_score as float8),
    best.text_rank, cast(best.time_bonus as float8), cast(best.importance_bonus as float8),
    cast(best.recency_bonus as float8)
"""
_COLUMNS = ", ".join(f"agent_memories.{column.name}" for column in COLUMNS)
# The best, whole; the rows that `scored` takes.
WHOLE = f"""
    select {_COLUMNS}, {SCORES}
    from best join agent_memories on agent_memories.owner_id = :of_owner and agent_memories.id = best.id
    order by best.score desc, best.id desc
"""  # noqa: S608 - constants and names of columns
_PARAMETERS: dict[str, Any] = {
    "of_owner": Uuid,
    "kind": Text,
    "in_channel": Uuid,
    "origin": Text,
    "expire_after_days": Integer,
    "question": Text,
    "embedder": Text,
    "dimensions": Integer,
    "vector": Text,
    "asked_at": DateTime(timezone=True),
    "since": DateTime(timezone=True),
    "until": DateTime(timezone=True),
    "half_life_days": Integer,
    "most": Integer,
}


def ranks(words: str) -> str:
    """Return the weight of each word in a memory; `words` is an SQL array of single words."""
    return f"""
        array(
            select ts_rank('{_WORD_WEIGHTS}', words, word, 1)
            from unnest({words}) with ordinality as listed(word, number) order by number
        )
    """  # noqa: S608 - constants


def searching(sql: str, more: Mapping[str, Any] = MappingProxyType({})) -> TextClause:
    """Return a statement that takes of what `parameters` gives what it names, and `more` parameters by type."""
    named = set(re.findall(r"(?<!:):(\w+)", sql))
    types = _PARAMETERS | dict(more)
    return text(sql).bindparams(
        *[bindparam(name, type_=kind) for name, kind in types.items() if name in named]
    )


def parameters(
    owner_id: UUID, question: Question, only: Filter, limit: int = 0
) -> dict[str, object]:
    """Return what a search in the owner's memories is given."""
    embedded = question.embedded
    return {
        "of_owner": owner_id,
        "kind": only.kind.value if only.kind else None,
        "in_channel": only.channel_id,
        "origin": only.origin.value if only.origin else None,
        "expire_after_days": only.expire_after_days,
        "question": question.text,
        "embedder": embedded.embedder if embedded else None,
        "dimensions": len(embedded.vector) if embedded else None,
        "vector": vector_literal(embedded.vector) if embedded else None,
        "asked_at": question.asked_at,
        "since": question.since,
        "until": question.until,
        "half_life_days": question.half_life_days,
        "most": limit,
    }


def scored(rows: Sequence[AnyRow]) -> list[MemoryOut]:
    """Return what the rows of a search hold."""
    return [_scored(memory_of(row), scores_of(row)) for row in rows]


def scores_of(row: AnyRow) -> Scores:
    """Return what the end of the row holds, which are `SCORES`."""
    return Scores(*row[-len(Scores._fields) :])


def _scored(memory: MemoryOut, scores: Scores) -> MemoryOut:
    return memory.model_copy(update={"score": scores.total, "score_parts": scores.parts()})
