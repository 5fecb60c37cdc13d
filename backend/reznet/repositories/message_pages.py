"""Messages in pages: of a channel, of a thread, and what was said before a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, or_, text, tuple_

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.models import MESSAGES
from reznet.repositories.message_rows import COLUMNS, TOLD, shown, told
from reznet.repositories.rows import AnySelect, selecting
from reznet.schemas.messages import MessageOut

type Key = tuple[datetime, UUID]  # where a message stands in its list

_KEY = tuple_(MESSAGES.c.created_at, MESSAGES.c.id)
_REPLIES = MESSAGES.alias()
# A deleted message is shown, as an empty one, only where a thread hangs on it.
_SHOWN = or_(
    MESSAGES.c.deleted_at.is_(None),
    exists().where(_REPLIES.c.thread_id == MESSAGES.c.id, _REPLIES.c.deleted_at.is_(None)),
)


async def select_channel_page(
    session: ReadSession,
    channel_id: UUID,
    *,
    before: Key | None,
    after: Key | None,
    limit: int,
) -> Sequence[MessageOut]:
    """Return top-level messages of a channel, oldest first.

    With `before`, or with neither, the newest that qualify; with `after`, the oldest.
    """
    return await _page(session, _Place.CHANNEL, {"in_channel": channel_id}, before, after, limit)


async def select_thread_page(
    session: ReadSession, root_id: UUID, *, before: Key | None, after: Key | None, limit: int
) -> Sequence[MessageOut]:
    """Return the messages of a thread without its root, like `select_channel_page`."""
    return await _page(session, _Place.THREAD, {"in_thread": root_id}, before, after, limit)


async def history(
    session: ReadSession,
    channel_id: UUID,
    *,
    thread_id: UUID | None,
    since: datetime | None,
    before: Key,
    limit: int,
) -> list[MessageOut]:
    """Return what was said before a message where it was said, oldest first, newest `limit`.

    In a thread that is its root and the thread, else the channel's top level. Deleted messages and
    those from before `since` are left out. Of what hangs on a message, it has the files alone.
    """
    place = _Place.SAID_IN_CHANNEL if thread_id is None else _Place.SAID_IN_THREAD
    parameters = {"in_channel": channel_id, "in_thread": thread_id, "since": since}
    return list(await _page(session, place, parameters, before, None, limit))


class _Place(Enum):
    """Where messages are listed from."""

    CHANNEL = auto()
    THREAD = auto()
    SAID_IN_CHANNEL = auto()
    SAID_IN_THREAD = auto()

    @property
    def is_said(self) -> bool:
        """Whether it is read for an agent."""
        return self in {_Place.SAID_IN_CHANNEL, _Place.SAID_IN_THREAD}


def _conditions(place: _Place) -> tuple[ColumnElement[bool], ...]:
    in_channel = MESSAGES.c.channel_id == bindparam("in_channel")
    in_thread = MESSAGES.c.thread_id == bindparam("in_thread")
    since = bindparam("since", type_=MESSAGES.c.created_at.type)
    said = (
        MESSAGES.c.deleted_at.is_(None),
        MESSAGES.c.created_at > func.coalesce(since, text("'-infinity'::timestamptz")),
    )
    match place:
        case _Place.CHANNEL:
            return (in_channel, MESSAGES.c.thread_id.is_(None), _SHOWN)
        case _Place.THREAD:
            return (in_thread, _SHOWN)
        case _Place.SAID_IN_CHANNEL:
            return (in_channel, MESSAGES.c.thread_id.is_(None), *said)
        case _Place.SAID_IN_THREAD:
            is_root = MESSAGES.c.id == bindparam("in_thread")
            return (in_channel, or_(in_thread, is_root), *said)


@cache
def _page_of(place: _Place, *, has_before: bool, has_after: bool) -> Statement:
    """Return the statement of a page; it runs to newer messages if it only begins after a key."""
    statement: AnySelect = selecting(TOLD if place.is_said else COLUMNS).where(*_conditions(place))
    statement = statement.limit(bindparam("most", type_=Integer))
    if has_before:
        statement = statement.where(_KEY < _key("before"))
    if has_after:
        statement = statement.where(_KEY > _key("after"))
    if has_after and not has_before:
        return Statement(statement.order_by(MESSAGES.c.created_at, MESSAGES.c.id))
    return Statement(statement.order_by(MESSAGES.c.created_at.desc(), MESSAGES.c.id.desc()))


def _key(name: str) -> ColumnElement[tuple[datetime, UUID]]:
    return tuple_(
        bindparam(f"{name}_at", type_=MESSAGES.c.created_at.type),
        bindparam(f"{name}_id", type_=MESSAGES.c.id.type),
    )


async def _page(
    session: ReadSession,
    place: _Place,
    parameters: Mapping[str, object],
    before: Key | None,
    after: Key | None,
    limit: int,
) -> Sequence[MessageOut]:
    statement = _page_of(place, has_before=before is not None, has_after=after is not None)
    edges: dict[str, object] = {}
    for name, key in (("before", before), ("after", after)):
        if key is not None:
            edges |= {f"{name}_at": key[0], f"{name}_id": key[1]}
    rows = await session.fetch(statement, {**parameters, **edges, "most": limit})
    in_order = rows if after is not None and before is None else reversed(rows)
    read = told if place.is_said else shown
    return [read(row) for row in in_order]
