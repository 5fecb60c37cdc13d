"""The search in messages: from what somebody types to what is shown."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession
from reznet.core.pagination import Page, decode_cursor, decode_time, encode_cursor, foreign_cursor
from reznet.core.text import name_key, storable
from reznet.repositories import channels, messages
from reznet.repositories import search as rows
from reznet.schemas.search import SearchChannel, SearchHit, SearchSort
from reznet.services import search_query, snippets
from reznet.services.access import searchable_channels
from reznet.services.ports import Actor
from reznet.services.search_query import Name, SearchQuery, Term

_MOST_FORMS = 2_000  # words of a page of results that are looked up for their stems


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results, and sentences about parts of the query that were not understood."""

    page: Page[SearchHit]
    notes: tuple[str, ...]


async def search(
    session: ReadSession,
    actor: Actor,
    text: str,
    *,
    zone: tzinfo,
    sort: SearchSort = SearchSort.NEWEST,
    limit: int = 20,
    cursor: str | None = None,
) -> Found:
    """Return the messages that a query finds; no text is refused. Raises Invalid for a foreign cursor."""
    after = _decode(cursor) if cursor else None
    query = search_query.parse(storable(text), now=now(), zone=zone)
    if query.is_void or query.is_empty:
        return Found(Page((), None), query.notes)
    names = await _find_names(session, actor, query)
    if names.is_void:
        return Found(Page((), None), (*query.notes, *names.notes))
    words = await _read_words(session, query)
    wanted = rows.Wanted(
        match=" & ".join(word.query for word in words if word.query and not word.is_excluded)
        or None,
        exclude=tuple(
            word.query
            for word in words
            if word.query and word.is_excluded and word.literal is None
        ),
        literals=tuple(word.literal for word in words if word.literal and not word.is_excluded),
        excluded_literals=tuple(
            word.literal for word in words if word.literal and word.is_excluded
        ),
        authors=names.authors,
        excluded_authors=names.excluded_authors,
        channels=names.channels,
        excluded_channels=names.excluded_channels,
        since=query.since,
        until=query.until,
    )
    select = rows.newest if sort is SearchSort.NEWEST else rows.most_relevant
    found = await select(session, wanted, after, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    hits = await _hits(session, [place.id for place in found[:limit]], words)
    return Found(Page(hits, _encode(last) if last else None), (*query.notes, *names.notes))


@dataclass(frozen=True, slots=True)
class _Word:
    """A term as the database is asked for it, and as it is shown in results."""

    is_excluded: bool
    query: str | None
    literal: str | None
    sought: snippets.Sought


async def _read_words(session: ReadSession, query: SearchQuery) -> list[_Word]:
    if not query.terms:
        return []
    apart = await rows.take_apart(session, [term.text for term in query.terms])
    return [_word(term, parts) for term, parts in zip(query.terms, apart, strict=True)]


def _word(term: Term, apart: rows.TakenApart) -> _Word:
    """Return how a term is looked up: by the index as far as it goes, and by its text where signs count."""
    words = [lexeme for lexeme in apart.lexemes if lexeme.weight == "A"]
    stems = [lexeme.text for lexeme in apart.lexemes if lexeme.weight == "B"]
    pairs = {lexeme.text for lexeme in apart.lexemes if lexeme.weight == "C"}
    literal = " ".join(apart.folded.split())
    is_plain = not pairs and literal.split(" ") == [word.text for word in words]
    # In `C++` nothing is open, although it ends with what was typed last.
    is_open = (
        term.is_open
        and not term.is_excluded
        and bool(words)
        and apart.folded.endswith(words[-1].text)
    )
    parts = [_phrase(words, is_open=is_open)] if words else []
    has_forms = is_plain and len(words) == 1 and not term.is_quoted and bool(stems)
    if has_forms:
        parts = [f"({parts[0]} | {_quoted(stems[0])}:B)"]
    # A single sign is what a longer run begins or ends with.
    parts += [f"{_quoted(pair)}:{'*' if len(pair) == 1 else ''}C" for pair in sorted(pairs)]
    return _Word(
        is_excluded=term.is_excluded,
        query=f"({' & '.join(parts)})" if parts else None,
        literal=None if is_plain else literal or term.text,
        sought=snippets.Sought(
            literal, not is_plain, is_plain and is_open, stems[0] if has_forms else None
        ),
    )


def _phrase(words: list[rows.Lexeme], *, is_open: bool) -> str:
    query = ""
    for at, word in enumerate(words):
        if at > 0:
            query += f" <{word.position - words[at - 1].position}> "
        is_last = at == len(words) - 1
        query += f"{_quoted(word.text)}:{'*' if is_open and is_last else ''}A"
    return query


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Names:
    authors: tuple[rows.Author, ...] | None
    excluded_authors: tuple[rows.Author, ...]
    channels: frozenset[UUID] | None
    excluded_channels: frozenset[UUID]
    notes: tuple[str, ...]
    is_void: bool


async def _find_names(session: ReadSession, actor: Actor, query: SearchQuery) -> _Names:
    """Return who and where is meant, within what the actor may see."""
    authors: dict[bool, list[rows.Author]] = {True: [], False: []}
    places: dict[bool, list[UUID]] = {True: [], False: []}
    notes: list[str] = []
    for name in query.authors:
        people = await _authors(session, actor, name)
        authors[name.is_excluded] += people
        if not people:
            notes.append(f"Nobody here is called “{_shown(name)}”.")
    for name in query.places:
        direct = {"@": True, "#": False}.get(name.sign)
        rooms = await rows.channels_called(session, name_key(name.text), direct=direct)
        places[name.is_excluded] += rooms
        if not rooms:
            notes.append(f"There is no channel “{_shown(name)}”.")
    asks_who = any(not name.is_excluded for name in query.authors)
    asks_where = any(not name.is_excluded for name in query.places)
    allowed = searchable_channels(actor)
    chosen = frozenset(places[False]) if asks_where else None
    if allowed is not None:
        chosen = allowed if chosen is None else chosen & allowed
    return _Names(
        authors=tuple(authors[False]) if asks_who else None,
        excluded_authors=tuple(authors[True]),
        channels=chosen,
        excluded_channels=frozenset(places[True]),
        notes=tuple(notes),
        is_void=(asks_who and not authors[False]) or (chosen is not None and not chosen),
    )


async def _authors(session: ReadSession, actor: Actor, name: Name) -> list[rows.Author]:
    if name.text.lower() == "me" and actor.user_id is not None:
        return [rows.Author(user_id=actor.user_id)]
    return await rows.authors_called(session, name.text, name_key(name.text))


def _shown(name: Name) -> str:
    return name.sign + name.text[:60]


async def _hits(session: ReadSession, ids: list[UUID], words: list[_Word]) -> list[SearchHit]:
    """Return what is shown of each message, in the order of the ids; one deleted meanwhile is left out."""
    if not ids:
        return []
    found = {message.id: message for message in await messages.get_many(session, ids)}
    shown = [found[one] for one in ids if one in found and found[one].deleted_at is None]
    rooms = {
        room.id: SearchChannel.model_validate(room, from_attributes=True)
        for room in await channels.get_many(session, {message.channel_id for message in shown})
    }
    sought = [word.sought for word in words if not word.is_excluded]
    forms = await _forms(session, [message.content for message in shown], sought)
    return [
        SearchHit(
            message=message,
            channel=rooms[message.channel_id],
            snippet=snippets.cut(message.content, sought, forms),
        )
        for message in shown
    ]


async def _forms(
    session: ReadSession, contents: list[str], sought: list[snippets.Sought]
) -> frozenset[str]:
    """Return the words in the contents that are other forms of what was sought."""
    stems = {one.stem for one in sought if one.stem}
    possible: set[str] = set()
    for content in contents:
        possible |= snippets.possible_forms(content, sought)
        if len(possible) > _MOST_FORMS:
            return frozenset()
    found = await rows.stems(session, possible)
    return frozenset(word for word, stem in found.items() if stem in stems)


def _encode(place: rows.Position) -> str:
    return encode_cursor(repr(place.rank), place.created_at, place.id)


def _decode(cursor: str) -> rows.Position:
    rank, stamp, row_id = decode_cursor(cursor, 3)
    try:
        place = rows.Position(float(rank), decode_time(stamp), UUID(row_id))
    except ValueError:
        raise foreign_cursor() from None
    if not 0 <= place.rank <= 1:
        raise foreign_cursor()
    return place
