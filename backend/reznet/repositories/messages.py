"""Messages in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import MESSAGES
from reznet.repositories import attached
from reznet.repositories.rows import AnyRow, AnySelect, Columns, returning, selecting
from reznet.schemas.messages import (
    Author,
    AuthorKind,
    Mention,
    MessageError,
    MessageOut,
    MessageStatus,
)

type Key = tuple[datetime, UUID]  # where a message stands in its list

_STORED: Columns = (
    MESSAGES.c.id,
    MESSAGES.c.channel_id,
    MESSAGES.c.thread_id,
    MESSAGES.c.reply_to_id,
    MESSAGES.c.author_kind,
    MESSAGES.c.author_name,
    MESSAGES.c.user_id,
    MESSAGES.c.agent_id,
    MESSAGES.c.task_id,
    MESSAGES.c.content,
    MESSAGES.c.status,
    MESSAGES.c.attempt,
    MESSAGES.c.error_code,
    MESSAGES.c.error_detail,
    MESSAGES.c.client_id,
    MESSAGES.c.mentions,
    MESSAGES.c.metadata,
    MESSAGES.c.created_at,
    MESSAGES.c.updated_at,
    MESSAGES.c.edited_at,
    MESSAGES.c.deleted_at,
)
# With what hangs on a message; a new one, or what an agent is told of, needs none of it.
_COLUMNS: Columns = (*_STORED, *attached.attached_to(MESSAGES))
_ONE = selecting(_COLUMNS).where(MESSAGES.c.id == bindparam("row_id"))
_BY_ID = Statement(_ONE)
_LOCKED = Statement(_ONE.with_for_update())
_BY_IDS = Statement(
    selecting(_COLUMNS).where(MESSAGES.c.id == any_(bindparam("row_ids", type_=ARRAY(Uuid))))
)
_BY_CLIENT_ID = Statement(
    selecting(_COLUMNS).where(
        MESSAGES.c.channel_id == bindparam("in_channel"),
        MESSAGES.c.client_id == bindparam("sent_as"),
    )
)
_KEY = tuple_(MESSAGES.c.created_at, MESSAGES.c.id)
_REPLIES = MESSAGES.alias()
# A deleted message is shown, as an empty one, only where a thread hangs on it.
_SHOWN = or_(
    MESSAGES.c.deleted_at.is_(None),
    exists().where(_REPLIES.c.thread_id == MESSAGES.c.id, _REPLIES.c.deleted_at.is_(None)),
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be stored."""

    channel_id: UUID
    author_kind: AuthorKind
    author_name: str
    content: str
    thread_id: UUID | None = None
    reply_to_id: UUID | None = None
    user_id: UUID | None = None
    agent_id: UUID | None = None
    task_id: UUID | None = None
    status: MessageStatus = MessageStatus.COMPLETE
    attempt: int = 0
    client_id: str | None = None
    mentions: tuple[Mention, ...] = ()
    metadata: Mapping[str, object] | None = None


_NEW = (
    "id",
    "channel_id",
    "thread_id",
    "reply_to_id",
    "author_kind",
    "author_name",
    "user_id",
    "agent_id",
    "task_id",
    "content",
    "status",
    "attempt",
    "client_id",
    "mentions",
    "metadata",
    "created_at",
    "updated_at",
)
_INSERT = Statement(
    returning(
        insert(MESSAGES).on_conflict_do_nothing(index_elements=["channel_id", "client_id"]),
        _STORED,
    ),
    columns=_NEW,
)


async def insert_message(session: WriteSession, message: NewMessage) -> MessageOut | None:
    """Store a message; None when one with its `client_id` is in the channel already."""
    stamp = now()
    values = {
        "id": new_id(),
        "channel_id": message.channel_id,
        "thread_id": message.thread_id,
        "reply_to_id": message.reply_to_id,
        "author_kind": message.author_kind.value,
        "author_name": message.author_name,
        "user_id": message.user_id,
        "agent_id": message.agent_id,
        "task_id": message.task_id,
        "content": message.content,
        "status": message.status.value,
        "attempt": message.attempt,
        "client_id": message.client_id,
        "mentions": [mention.model_dump(mode="json") for mention in message.mentions],
        "metadata": dict(message.metadata or {}),
        "created_at": stamp,
        "updated_at": stamp,
    }
    row = await session.fetch_one(_INSERT, values)
    return _message(row, attached.NOTHING) if row else None


async def get(session: ReadSession, message_id: UUID) -> MessageOut | None:
    """Return the message, deleted ones included, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": message_id})
    return _shown(row) if row else None


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[MessageOut]:
    """Return the messages with these ids, in no order."""
    return [_shown(row) for row in await session.fetch(_BY_IDS, {"row_ids": list(ids)})]


async def lock(session: WriteSession, message_id: UUID) -> MessageOut | None:
    """Return the message and keep others from changing it until the transaction ends, or None."""
    row = await session.fetch_one(_LOCKED, {"row_id": message_id})
    return _shown(row) if row else None


async def by_client_id(
    session: ReadSession, channel_id: UUID, client_id: str
) -> MessageOut | None:
    """Return the channel's message that a client sent under this id, or None."""
    row = await session.fetch_one(_BY_CLIENT_ID, {"in_channel": channel_id, "sent_as": client_id})
    return _shown(row) if row else None


async def update_message(
    session: WriteSession, message_id: UUID, changes: Mapping[str, object]
) -> MessageOut | None:
    """Change columns of a message; None when it is gone. `mentions` may hold Mention objects."""
    values: dict[str, Any] = dict(changes)
    if "mentions" in values:
        values["mentions"] = [mention.model_dump(mode="json") for mention in values["mentions"]]
    statement = _update_of(frozenset(values))
    row = await session.fetch_one(statement, {"row_id": message_id, "change_at": now(), **values})
    return _shown(row) if row else None


@cache
def _update_of(columns: frozenset[str]) -> Statement:
    """Return the statement that changes these columns; there are as many as callers have ways."""
    values: dict[str, Any] = {name: bindparam(name) for name in sorted(columns)}
    values["updated_at"] = _later(bindparam("change_at", type_=MESSAGES.c.updated_at.type))
    changed = update(MESSAGES).where(MESSAGES.c.id == bindparam("row_id")).values(values)
    return Statement(returning(changed, _COLUMNS))


async def write_progress(
    session: WriteSession, message_id: UUID, attempt: int, content: str
) -> bool:
    """Store the text so far of an answer; False when another attempt owns it by now."""
    statement = (
        update(MESSAGES)
        .where(
            MESSAGES.c.id == message_id,
            MESSAGES.c.attempt == attempt,
            MESSAGES.c.status == "streaming",
        )
        .values(content=content)
        .returning(MESSAGES.c.id)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def complete_cancelled(
    session: WriteSession, message_id: UUID, attempt: int, content: str
) -> bool:
    """Store the text of a cancelled answer if it is longer than what is stored; return whether it was."""
    statement = (
        update(MESSAGES)
        .where(
            MESSAGES.c.id == message_id,
            MESSAGES.c.attempt == attempt,
            MESSAGES.c.status == MessageStatus.CANCELLED.value,
            MESSAGES.c.deleted_at.is_(None),
            func.length(MESSAGES.c.content) < len(content),
        )
        .values(content=content, updated_at=_later(literal(now())))
    )
    return (await session.execute(statement)).rowcount > 0


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
    those from before `since` are left out.
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
    statement: AnySelect = selecting(_COLUMNS).where(*_conditions(place))
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
    return [_shown(row) for row in in_order]


def _later(moment: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """Return the time of a change: it rises even when two were begun in another order than they are made.

    Clients tell by it which form of a message is the later one.
    """
    return func.greatest(moment, MESSAGES.c.updated_at + timedelta(microseconds=1))


def _shown(row: AnyRow) -> MessageOut:
    return _message(row, attached.read(row))


def _message(row: AnyRow, extra: attached.Attached) -> MessageOut:
    kind = AuthorKind(row.author_kind)
    error = (
        MessageError(code=row.error_code, message=row.error_detail or "")
        if row.error_code
        else None
    )
    return MessageOut(
        id=row.id,
        channel_id=row.channel_id,
        thread_id=row.thread_id,
        reply_to_id=row.reply_to_id,
        author=Author(
            kind=kind,
            id=row.agent_id if kind is AuthorKind.AGENT else row.user_id,
            name=row.author_name,
        ),
        content=row.content,
        status=MessageStatus(row.status),
        attempt=row.attempt,
        task_id=row.task_id,
        error=error,
        client_id=row.client_id,
        mentions=tuple(Mention.model_validate(mention) for mention in row.mentions),
        metadata=row.metadata,
        reactions=extra.reactions,
        files=extra.files,
        reply_count=extra.reply_count,
        last_reply_at=extra.last_reply_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
    )
