"""Reactions in the database."""

from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.models import MESSAGES, REACTIONS

# FOR NO KEY UPDATE: replies in its thread go on meanwhile.
_HOLD = (
    select(MESSAGES.c.id)
    .where(MESSAGES.c.id == bindparam("row_id"), MESSAGES.c.deleted_at.is_(None))
    .with_for_update(key_share=True)
)


async def hold_message(session: WriteSession, message_id: UUID) -> bool:
    """Keep others from changing the message until the transaction ends; False when it is gone."""
    return (await session.execute(_HOLD, {"row_id": message_id})).one_or_none() is not None


async def emojis(session: ReadSession, message_id: UUID) -> frozenset[str]:
    """Return the different emoji under a message."""
    statement = select(REACTIONS.c.emoji).where(REACTIONS.c.message_id == message_id).distinct()
    return frozenset((await session.execute(statement)).scalars())


async def add(session: WriteSession, message_id: UUID, emoji: str, user_id: UUID) -> bool:
    """Store a reaction; False when it was there."""
    statement = (
        insert(REACTIONS)
        .values(message_id=message_id, emoji=emoji, user_id=user_id, created_at=now())
        .on_conflict_do_nothing()
    )
    return (await session.execute(statement)).rowcount > 0


async def remove(session: WriteSession, message_id: UUID, emoji: str, user_id: UUID) -> bool:
    """Take a reaction away; False when there was none."""
    statement = delete(REACTIONS).where(
        REACTIONS.c.message_id == message_id,
        REACTIONS.c.emoji == emoji,
        REACTIONS.c.user_id == user_id,
    )
    return (await session.execute(statement)).rowcount > 0


async def remove_all(session: WriteSession, message_id: UUID) -> None:
    """Take every reaction off a message."""
    await session.execute(delete(REACTIONS).where(REACTIONS.c.message_id == message_id))
