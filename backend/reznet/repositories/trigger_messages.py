"""Messages that triggers wait for, in the database."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_, update

from reznet.core.database import ReadSession, WriteSession
from reznet.models import MESSAGES, TRIGGER_FIRINGS, WORKFLOW_TRIGGERS
from reznet.repositories.rows import selecting
from reznet.schemas.triggers import TriggerKind

_BLANKS = " \t\r\n\v\f"


@dataclass(frozen=True, slots=True)
class Listener:
    """A trigger that waits for messages: those since `armed_at` count, those before `seen_at` are done with."""

    id: UUID
    channel_id: UUID
    pattern: str
    armed_at: datetime
    seen_at: datetime


async def listeners(session: ReadSession) -> list[Listener]:
    """Return the active triggers that wait for messages."""
    statement = selecting(
        (
            WORKFLOW_TRIGGERS.c.id,
            WORKFLOW_TRIGGERS.c.channel_id,
            WORKFLOW_TRIGGERS.c.settings,
            WORKFLOW_TRIGGERS.c.armed_at,
            WORKFLOW_TRIGGERS.c.seen_at,
        )
    ).where(WORKFLOW_TRIGGERS.c.is_active, WORKFLOW_TRIGGERS.c.kind == TriggerKind.MESSAGE.value)
    return [
        Listener(row.id, row.channel_id, row.settings["pattern"], row.armed_at, row.seen_at)
        for row in (await session.execute(statement)).all()
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person."""

    id: UUID
    content: str
    created_at: datetime


async def said_since(
    session: ReadSession,
    trigger_id: UUID,
    channel_id: UUID,
    since: tuple[datetime, UUID | None],
    beginning: str,
    limit: int,
) -> list[Said]:
    """Return messages of people in a channel that the trigger has not fired for, the oldest first.

    `since` is a time, or behind a message of that time; `beginning` is how they begin, in lower case.
    """
    fired = (
        select(TRIGGER_FIRINGS.c.id)
        .where(
            TRIGGER_FIRINGS.c.trigger_id == trigger_id,
            TRIGGER_FIRINGS.c.message_id == MESSAGES.c.id,
        )
        .exists()
    )
    place = tuple_(MESSAGES.c.created_at, MESSAGES.c.id)
    moment, message_id = since
    statement = (
        selecting((MESSAGES.c.id, MESSAGES.c.content, MESSAGES.c.created_at))
        .where(
            MESSAGES.c.channel_id == channel_id,
            MESSAGES.c.created_at >= moment
            if message_id is None
            else place > (moment, message_id),
            MESSAGES.c.author_kind == "user",
            MESSAGES.c.deleted_at.is_(None),
            func.lower(func.left(func.ltrim(MESSAGES.c.content, _BLANKS), len(beginning)))
            == beginning,
            ~fired,
        )
        .order_by(MESSAGES.c.created_at, MESSAGES.c.id)
        .limit(limit)
    )
    rows = (await session.execute(statement)).all()
    return [Said(row.id, row.content, row.created_at) for row in rows]


async def note_seen(session: WriteSession, trigger_id: UUID, moment: datetime) -> None:
    """Note that messages until then were looked through, if nobody has noted more."""
    statement = (
        update(WORKFLOW_TRIGGERS)
        .where(WORKFLOW_TRIGGERS.c.id == trigger_id, WORKFLOW_TRIGGERS.c.seen_at < moment)
        .values(seen_at=moment)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


def seen_until(listener: Listener, moment: datetime) -> Listener:
    """Return the trigger, with messages until then looked through."""
    return replace(listener, seen_at=moment)
