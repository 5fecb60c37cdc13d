"""Messages as rows: their columns, and what a row means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reznet.models import MESSAGES
from reznet.repositories import attached
from reznet.repositories.rows import AnyRow, Columns
from reznet.schemas.messages import (
    Author,
    AuthorKind,
    Mention,
    MessageError,
    MessageOut,
    MessageStatus,
)

STORED: Columns = (
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
# With what hangs on a message, which a new one needs nothing of.
COLUMNS: Columns = (*STORED, *attached.attached_to(MESSAGES))
# What an agent is told of.
TOLD: Columns = (*STORED, attached.files_of(MESSAGES))


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


def shown(row: AnyRow) -> MessageOut:
    """Return the message of a row with `COLUMNS`."""
    return message_of(row, attached.read(row))


def told(row: AnyRow) -> MessageOut:
    """Return the message of a row with `TOLD`: of what hangs on it, the files alone."""
    return message_of(row, attached.read_files(row))


def message_of(row: AnyRow, extra: attached.Attached) -> MessageOut:
    """Return the message of a row with `STORED`, and with what hangs on it."""
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


def stored(message_id: UUID, stamp: datetime, new: NewMessage) -> MessageOut:
    """Return a message that was stored just now as it would be read: nothing in it is the database's own."""
    is_agent = new.author_kind is AuthorKind.AGENT
    return MessageOut(
        id=message_id,
        channel_id=new.channel_id,
        thread_id=new.thread_id,
        reply_to_id=new.reply_to_id,
        author=Author(
            kind=new.author_kind,
            id=new.agent_id if is_agent else new.user_id,
            name=new.author_name,
        ),
        content=new.content,
        status=new.status,
        attempt=new.attempt,
        task_id=new.task_id,
        error=None,
        client_id=new.client_id,
        mentions=new.mentions,
        metadata=dict(new.metadata or {}),
        reactions=(),
        reply_count=0,
        created_at=stamp,
        updated_at=stamp,
        edited_at=None,
        deleted_at=None,
    )
