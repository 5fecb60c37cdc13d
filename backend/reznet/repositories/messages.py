"""Messages in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import MESSAGES
from reznet.repositories import attached
from reznet.repositories.message_rows import COLUMNS, STORED, message_of, shown
from reznet.repositories.message_rows import NewMessage as NewMessage  # for those who store
from reznet.repositories.rows import returning, selecting
from reznet.schemas.messages import (
    MessageOut,
    MessageStatus,
)

_ONE = selecting(COLUMNS).where(MESSAGES.c.id == bindparam("row_id"))
_BY_ID = Statement(_ONE)
_LOCKED = Statement(_ONE.with_for_update())
_BY_IDS = Statement(
    selecting(COLUMNS).where(MESSAGES.c.id == any_(bindparam("row_ids", type_=ARRAY(Uuid))))
)
_BY_CLIENT_ID = Statement(
    selecting(COLUMNS).where(
        MESSAGES.c.channel_id == bindparam("in_channel"),
        MESSAGES.c.client_id == bindparam("sent_as"),
    )
)


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
        STORED,
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
    return message_of(row, attached.NOTHING) if row else None


async def get(session: ReadSession, message_id: UUID) -> MessageOut | None:
    """Return the message, deleted ones included, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": message_id})
    return shown(row) if row else None


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[MessageOut]:
    """Return the messages with these ids, in no order."""
    return [shown(row) for row in await session.fetch(_BY_IDS, {"row_ids": list(ids)})]


async def lock(session: WriteSession, message_id: UUID) -> MessageOut | None:
    """Return the message and keep others from changing it until the transaction ends, or None."""
    row = await session.fetch_one(_LOCKED, {"row_id": message_id})
    return shown(row) if row else None


async def by_client_id(
    session: ReadSession, channel_id: UUID, client_id: str
) -> MessageOut | None:
    """Return the channel's message that a client sent under this id, or None."""
    row = await session.fetch_one(_BY_CLIENT_ID, {"in_channel": channel_id, "sent_as": client_id})
    return shown(row) if row else None


async def end_answer(
    session: WriteSession,
    message_id: UUID,
    *,
    status: MessageStatus,
    error: tuple[str, str] | None,
    text: str | None,
    attempt: int | None,
    metadata: Mapping[str, object],
) -> MessageOut | None:
    """End an answer and return it without what hangs on it; None when it was deleted.

    `error` is its code and detail. None of `text` and `attempt` leaves them as they are; `metadata` is added.
    """
    code, detail = error or (None, None)
    parameters = {
        "row_id": message_id,
        "new_status": status.value,
        "new_code": code,
        "new_detail": detail,
        "new_content": text,
        "new_attempt": attempt,
        "added": metadata,
        "change_at": now(),
    }
    row = await session.fetch_one(_END_ANSWER, parameters)
    return message_of(row, attached.NOTHING) if row else None


async def update_message(
    session: WriteSession, message_id: UUID, changes: Mapping[str, object]
) -> MessageOut | None:
    """Change columns of a message; None when it is gone. `mentions` may hold Mention objects."""
    values: dict[str, Any] = dict(changes)
    if "mentions" in values:
        values["mentions"] = [mention.model_dump(mode="json") for mention in values["mentions"]]
    statement = _update_of(frozenset(values))
    row = await session.fetch_one(statement, {"row_id": message_id, "change_at": now(), **values})
    return shown(row) if row else None


@cache
def _update_of(columns: frozenset[str]) -> Statement:
    """Return the statement that changes these columns; there are as many as callers have ways."""
    values: dict[str, Any] = {name: bindparam(name) for name in sorted(columns)}
    values["updated_at"] = _later(bindparam("change_at", type_=MESSAGES.c.updated_at.type))
    changed = update(MESSAGES).where(MESSAGES.c.id == bindparam("row_id")).values(values)
    return Statement(returning(changed, COLUMNS))


def _end_answer() -> Statement:
    new = {
        name: bindparam(f"new_{name}", type_=MESSAGES.c[name].type)
        for name in ("status", "content", "attempt")
    }
    changed = (
        update(MESSAGES)
        .where(MESSAGES.c.id == bindparam("row_id"), MESSAGES.c.deleted_at.is_(None))
        .values(
            status=new["status"],
            error_code=bindparam("new_code"),
            error_detail=bindparam("new_detail"),
            content=func.coalesce(new["content"], MESSAGES.c.content),
            attempt=func.coalesce(new["attempt"], MESSAGES.c.attempt),
            metadata=MESSAGES.c.metadata.op("||")(
                bindparam("added", type_=MESSAGES.c.metadata.type)
            ),
            updated_at=_later(bindparam("change_at", type_=MESSAGES.c.updated_at.type)),
        )
    )
    return Statement(returning(changed, STORED))


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


def _later(moment: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """Return the time of a change: it rises even when two were begun in another order than they are made.

    Clients tell by it which form of a message is the later one.
    """
    return func.greatest(moment, MESSAGES.c.updated_at + timedelta(microseconds=1))


_END_ANSWER = _end_answer()
