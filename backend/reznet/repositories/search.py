"""The search in messages.

A message's words lie in its column `search`: as they are with the weight A, English stems with B, and
pairs of signs of scripts without spaces with C. It is null for what can't be found.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    REAL,
    ColumnElement,
    FromClause,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from reznet.core.database import ReadSession
from reznet.models import AGENTS, CHANNELS, MESSAGES, USERS
from reznet.repositories.rows import AnySelect, selecting

# So many of the newest messages are looked through before the index is asked: what is said often is found
# there, while the index would gather every message that holds it, only to show the newest.
_RECENT = 1_000
_FURTHER = 10_000
# So many of the newest matches are ranked.
_RANKED = 300

# For one word or phrase: its look-alike form, and its lexemes with their weights and positions, as the index has them.
_TAKEN_APART = text(
    """
    select asked.at, search_fold(asked.text) as folded, word.lexeme, place.position, place.weight
    from unnest(cast(:texts as text[])) with ordinality as asked(text, at)
    left join lateral unnest(search_words(asked.text)) as word on true
    left join lateral unnest(word.positions, word.weights) as place(position, weight) on true
    order by asked.at, place.position
    """
)
_STEMS = text(
    "select word, ts_lexize('search_stems', word) as stems from unnest(cast(:words as text[])) as word"
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, stem or pair of signs as the index holds it, and where it stands."""

    text: str
    weight: str
    position: int


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A text as the index sees it, its parts in their order."""

    folded: str
    lexemes: tuple[Lexeme, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """Whose messages: an agent's or a person's, or of whoever had that name."""

    agent_id: UUID | None = None
    user_id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are searched for; everything has to be so.

    `match` and `exclude` are `tsquery` texts; the literals are in look-alike form.
    """

    match: str | None = None
    exclude: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    excluded_literals: tuple[str, ...] = ()
    authors: tuple[Author, ...] | None = None
    excluded_authors: tuple[Author, ...] = ()
    channels: frozenset[UUID] | None = None
    excluded_channels: frozenset[UUID] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a found message stands among all; `rank` is 0 in the order of time."""

    rank: float
    created_at: datetime
    id: UUID


async def take_apart(session: ReadSession, texts: Sequence[str]) -> list[TakenApart]:
    """Return each text as the index sees it, in the same order."""
    rows = (await session.execute(_TAKEN_APART, {"texts": list(texts)})).all()
    folded: dict[int, str] = {}
    lexemes: dict[int, list[Lexeme]] = {}
    for row in rows:
        folded[row.at] = row.folded
        words = lexemes.setdefault(row.at, [])
        if row.lexeme is not None:
            words.append(Lexeme(row.lexeme, row.weight, row.position))
    return [TakenApart(folded[at], tuple(lexemes[at])) for at in sorted(folded)]


async def stems(session: ReadSession, words: Collection[str]) -> dict[str, str]:
    """Return the English stem of each word that is in look-alike form."""
    if not words:
        return {}
    rows = (await session.execute(_STEMS, {"words": list(words)})).all()
    return {row.word: row.stems[0] for row in rows if row.stems}


async def newest(
    session: ReadSession, wanted: Wanted, after: Position | None, limit: int
) -> list[Position]:
    """Return the newest messages that are wanted, at most `limit`; with `after`, those behind it."""
    scope = _scope(wanted, after)
    if wanted.match is None:
        return await _positions(
            session, _by_time(MESSAGES).where(*scope, *_matching(wanted)), limit
        )
    found: list[Position] = []
    for window in (_RECENT, _FURTHER):
        found += await _positions(session, _in_window(wanted, scope, window), limit - len(found))
        if len(found) >= limit:
            return found
        edge = await _positions(session, _by_time(MESSAGES).where(*scope), 1, offset=window - 1)
        if not edge:
            return found
        scope = [*_scope(wanted, None), _behind(edge[0])]
        if len(found) * _FURTHER < limit * _RECENT:
            break  # as rare as it is, the next window would not be enough
    # All older matches first, in a step of its own: else the planner may walk through all times for a few rows.
    hits = select(MESSAGES.c.created_at, MESSAGES.c.id).where(*scope, *_matching(wanted))
    gathered = hits.cte("hits").prefix_with("materialized", dialect="postgresql")
    return found + await _positions(session, _by_time(gathered), limit - len(found))


async def most_relevant(
    session: ReadSession, wanted: Wanted, after: Position | None, limit: int
) -> list[Position]:
    """Return what matches best of the newest matches, at most `limit`; with `after`, those behind it."""
    if wanted.match is None:
        return await newest(session, wanted, after, limit)
    candidates = await newest(session, wanted, None, _RANKED)
    # Longer texts hold more words: the rank is divided by the logarithm of the length.
    rank = func.ts_rank(MESSAGES.c.search, cast(cast(wanted.match, Text), TSQUERY), 1)
    ranked = (
        select(rank.label("rank"), MESSAGES.c.created_at, MESSAGES.c.id)
        .where(MESSAGES.c.id == any_(literal([place.id for place in candidates], ARRAY(Uuid()))))
        .subquery("ranked")
    )
    place = (ranked.c.rank, ranked.c.created_at, ranked.c.id)
    statement = select(*place).order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        edge = tuple_(cast(after.rank, REAL), after.created_at, after.id)
        statement = statement.where(tuple_(*place) < edge)
    rows = (await session.execute(statement)).all()
    return [Position(row.rank, row.created_at, row.id) for row in rows]


async def authors_called(session: ReadSession, name: str, key: str) -> list[Author]:
    """Return whom a handle, or a name in its comparable form, can mean: agents, people, or who is gone."""
    agents = select(AGENTS.c.id).where(or_(AGENTS.c.handle == key, AGENTS.c.name_key == key))
    users = select(USERS.c.id).where(
        or_(USERS.c.handle == key, func.lower(USERS.c.name) == func.lower(name))
    )
    found = [Author(agent_id=row.id) for row in (await session.execute(agents)).all()]
    found += [Author(user_id=row.id) for row in (await session.execute(users)).all()]
    if found:
        return found
    said = func.lower(MESSAGES.c.author_name) == func.lower(name)
    is_there = (await session.execute(select(select(MESSAGES.c.id).where(said).exists()))).scalar()
    return [Author(name=name)] if is_there else []


async def channels_called(session: ReadSession, key: str, *, direct: bool | None) -> list[UUID]:
    """Return the channels of that name in its comparable form, archived ones included.

    With `direct` only the direct messages with an agent of that handle or name, without it only
    channels; None takes both.
    """
    channels = and_(CHANNELS.c.kind == "channel", CHANNELS.c.name_key == key)
    directs = and_(
        CHANNELS.c.kind == "dm",
        or_(CHANNELS.c.name_key == key, AGENTS.c.handle == key, AGENTS.c.name_key == key),
    )
    wanted = {True: directs, False: channels, None: or_(channels, directs)}[direct]
    statement = (
        select(CHANNELS.c.id)
        .join_from(CHANNELS, AGENTS, AGENTS.c.id == CHANNELS.c.agent_id, isouter=True)
        .where(wanted)
    )
    return [row.id for row in (await session.execute(statement)).all()]


def _scope(wanted: Wanted, after: Position | None) -> list[ColumnElement[bool]]:
    """Return what an index on time answers: which messages can be found at all, where and when."""
    scope: list[ColumnElement[bool]] = [MESSAGES.c.search.is_not(None)]
    if wanted.channels is not None:
        scope.append(MESSAGES.c.channel_id.in_(wanted.channels))
    if wanted.since is not None:
        scope.append(MESSAGES.c.created_at >= wanted.since)
    if wanted.until is not None:
        scope.append(MESSAGES.c.created_at < wanted.until)
    if after is not None:
        scope.append(_behind(after))
    return scope


def _behind(place: Position) -> ColumnElement[bool]:
    return tuple_(MESSAGES.c.created_at, MESSAGES.c.id) < (place.created_at, place.id)


def _in_window(wanted: Wanted, scope: list[ColumnElement[bool]], size: int) -> AnySelect:
    """Return the query for what matches among the newest `size` messages of the scope."""
    window = (
        select(MESSAGES)
        .where(*scope)
        .order_by(MESSAGES.c.created_at.desc(), MESSAGES.c.id.desc())
        .limit(size)
        .subquery("messages")
    )
    return _by_time(window).where(*_matching(wanted, window))


def _matching(wanted: Wanted, rows: FromClause = MESSAGES) -> list[ColumnElement[bool]]:
    """Return what has to be looked at in each message, the cheapest first."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.authors is not None:
        conditions.append(or_(*(_is_by(rows, author) for author in wanted.authors)))
    conditions += [_is_not_by(rows, author) for author in wanted.excluded_authors]
    if wanted.excluded_channels:
        conditions.append(rows.c.channel_id.not_in(wanted.excluded_channels))
    if wanted.match is not None:
        conditions.append(_matches(rows, wanted.match))
    conditions += [not_(_matches(rows, query)) for query in wanted.exclude]
    conditions += [_holds(rows, literal) for literal in wanted.literals]
    conditions += [not_(_holds(rows, literal)) for literal in wanted.excluded_literals]
    return conditions


def _is_by(rows: FromClause, author: Author) -> ColumnElement[bool]:
    if author.agent_id is not None:
        return rows.c.agent_id == author.agent_id
    if author.user_id is not None:
        return rows.c.user_id == author.user_id
    return func.lower(rows.c.author_name) == func.lower(author.name)


def _is_not_by(rows: FromClause, author: Author) -> ColumnElement[bool]:
    # Not `!=`, which is neither true nor false where there is no agent.
    if author.agent_id is not None:
        return rows.c.agent_id.is_distinct_from(author.agent_id)
    if author.user_id is not None:
        return rows.c.user_id.is_distinct_from(author.user_id)
    return func.lower(rows.c.author_name) != func.lower(author.name)


def _matches(rows: FromClause, query: str) -> ColumnElement[bool]:
    return rows.c.search.op("@@", is_comparison=True)(cast(cast(query, Text), TSQUERY))


def _holds(rows: FromClause, literal: str) -> ColumnElement[bool]:
    content = rows.c.content
    # Signs have no other form, and to fold every message for their sake would be slow.
    if any(map(str.isalnum, literal)):
        content = func.search_fold(content)
    if " " in literal:  # lines are broken anywhere
        content = func.regexp_replace(content, r"\s+", " ", "g")
    return func.strpos(content, literal) > 0


def _by_time(rows: FromClause) -> AnySelect:
    return selecting((rows.c.created_at, rows.c.id)).order_by(
        rows.c.created_at.desc(), rows.c.id.desc()
    )


async def _positions(
    session: ReadSession, statement: AnySelect, limit: int, *, offset: int = 0
) -> list[Position]:
    rows = (await session.execute(statement.limit(limit).offset(offset))).all()
    return [Position(0, row.created_at, row.id) for row in rows]
