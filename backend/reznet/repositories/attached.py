"""What hangs on a message: reactions, files and replies, read together with its row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from reznet.core.database import ReadSession
from reznet.models import FILES, MESSAGES, REACTIONS, USERS
from reznet.repositories.rows import AnyRow, Columns, selecting
from reznet.schemas.files import FileOut
from reznet.schemas.messages import ThreadSummary
from reznet.schemas.reactions import Reaction, Reactor


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on one message."""

    reactions: tuple[Reaction, ...] = ()
    files: tuple[FileOut, ...] = ()
    reply_count: int = 0
    last_reply_at: datetime | None = None


NOTHING = Attached()


def attached_to(message: Table) -> Columns:
    """Return the columns that `read` needs, for a statement on `message`.

    Counted when read and not kept beside the message: four look-ups in indexes, and no write to the
    beginning of a thread for each of its replies.
    """
    replies = MESSAGES.alias("replies")
    of_thread = (replies.c.thread_id == message.c.id, replies.c.deleted_at.is_(None))
    reaction = func.jsonb_build_array(REACTIONS.c.emoji, REACTIONS.c.user_id, USERS.c.name)
    return (
        select(func.jsonb_agg(aggregate_order_by(reaction, REACTIONS.c.created_at)))
        .select_from(REACTIONS.join(USERS, USERS.c.id == REACTIONS.c.user_id))
        .where(REACTIONS.c.message_id == message.c.id)
        .correlate(message)
        .scalar_subquery()
        .label("attached_reactions"),
        files_of(message),
        select(func.count())
        .select_from(replies)
        .where(*of_thread)
        .correlate(message)
        .scalar_subquery()
        .label("reply_count"),
        select(func.max(replies.c.created_at))
        .where(*of_thread)
        .correlate(message)
        .scalar_subquery()
        .label("last_reply_at"),
    )


def files_of(message: Table) -> ColumnElement[Any]:
    """Return the column with the files alone."""
    file = func.jsonb_build_object(
        *(part for field in FileOut.model_fields for part in (field, FILES.c[field]))
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(file, FILES.c.created_at, FILES.c.id)))
        .where(FILES.c.message_id == message.c.id)
        .correlate(message)
        .scalar_subquery()
        .label("attached_files")
    )


def read(row: AnyRow) -> Attached:
    """Return what hangs on the message of a row with the columns of `attached_to`."""
    reactions: list[Any] = row.attached_reactions or []
    files: list[Any] = row.attached_files or []
    if not (reactions or files or row.reply_count):
        return NOTHING
    return Attached(
        reactions=_reactions(reactions),
        files=_files(files),
        reply_count=row.reply_count,
        last_reply_at=row.last_reply_at,
    )


def read_files(row: AnyRow) -> Attached:
    """Return the files alone of a row with the column of `files_of`."""
    return Attached(files=_files(row.attached_files)) if row.attached_files else NOTHING


async def thread_summaries(
    session: ReadSession, root_ids: Collection[UUID]
) -> dict[UUID, ThreadSummary]:
    """Return what each of these messages tells of the thread that hangs on it."""
    replies = MESSAGES.alias("replies")
    in_thread = (replies.c.thread_id == MESSAGES.c.id) & replies.c.deleted_at.is_(None)
    columns: Columns = (
        MESSAGES.c.id,
        func.count(replies.c.id).label("reply_count"),
        func.max(replies.c.created_at).label("last_reply_at"),
    )
    statement = (
        selecting(columns)
        .select_from(MESSAGES.outerjoin(replies, in_thread))
        .where(MESSAGES.c.id.in_(root_ids))
        .group_by(MESSAGES.c.id)
    )
    rows = (await session.execute(statement)).all()
    return {row.id: ThreadSummary.model_validate(row, from_attributes=True) for row in rows}


def _files(rows: list[Any]) -> tuple[FileOut, ...]:
    return tuple(FileOut.model_validate(file) for file in rows)


def _reactions(rows: list[tuple[str, str, str]]) -> tuple[Reaction, ...]:
    users: dict[str, list[Reactor]] = {}
    for emoji, user_id, name in rows:
        users.setdefault(emoji, []).append(Reactor.model_validate({"id": user_id, "name": name}))
    return tuple(
        Reaction(emoji=emoji, count=len(given), users=tuple(given))
        for emoji, given in users.items()
    )
