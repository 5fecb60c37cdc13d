"""Which memories are to go by themselves, and which are told by a message or a person that goes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, select, text, union

from reznet.core.database import ReadSession
from reznet.core.statements import Statement
from reznet.models import AGENTS, MEMORIES
from reznet.schemas.agents import MemorySettings
from reznet.schemas.memories import MemoryOrigin


async def keeping(session: ReadSession, setting: str) -> dict[UUID, MemorySettings]:
    """Return the agents in whose memory settings the named one is given, and these settings."""
    memory = AGENTS.c.config["memory"]
    statement = (
        select(AGENTS.c.id, memory.label("memory"))
        .where(memory[setting].astext.is_not(None))
        .order_by(AGENTS.c.id)
    )
    rows = (await session.execute(statement)).all()
    return {row.id: MemorySettings.model_validate(row.memory) for row in rows}


async def owners_with_expired(session: ReadSession) -> list[UUID]:
    """Return who has memories whose own end is past."""
    statement = select(MEMORIES.c.owner_id).where(
        MEMORIES.c.expires_at <= func.now(), ~MEMORIES.c.pinned
    )
    return list((await session.execute(statement.distinct())).scalars())


async def expired(
    session: ReadSession, owner_id: UUID, expire_after_days: int | None, limit: int
) -> list[UUID]:
    """Return the ids of the owner's memories that have expired, at most so many.

    `expire_after_days` is how long the owner keeps what has no end of its own.
    """
    rows = await session.fetch(
        _EXPIRED, {"of_owner": owner_id, "expire_after_days": expire_after_days, "most": limit}
    )
    return [row.id for row in rows]


async def owners_with_summed_up(session: ReadSession, before: datetime) -> list[UUID]:
    """Return who has memories for which summaries stand that were made before the moment."""
    rows = await session.fetch(_OWNERS_SUMMED_UP, {"before": before})
    return [row.owner_id for row in rows]


async def summed_up(
    session: ReadSession, owner_id: UUID, before: datetime, limit: int
) -> list[UUID]:
    """Return the ids of the owner's memories for which summaries stand that were made before the moment."""
    rows = await session.fetch(_SUMMED_UP, {"of_owner": owner_id, "before": before, "most": limit})
    return [row.id for row in rows]


async def owners_told_by(session: ReadSession, message_id: UUID) -> list[UUID]:
    """Return who has memories from a message, or summaries that it is part of; only the owners, not what they are."""
    told = select(MEMORIES.c.owner_id).where(MEMORIES.c.source_message_id == message_id)
    summed = select(MEMORIES.c.owner_id).where(
        MEMORIES.c.origin == MemoryOrigin.SUMMARY.value,
        MEMORIES.c.metadata["messages"].has_key(str(message_id)),
    )
    return list((await session.execute(union(told, summed))).scalars())


async def told_by(session: ReadSession, owner_id: UUID, message_id: UUID) -> list[UUID]:
    """Return the ids of the owner's memories from a message, and of its summaries that it is part of."""
    mine = MEMORIES.c.owner_id == owner_id
    told = select(MEMORIES.c.id).where(mine, MEMORIES.c.source_message_id == message_id)
    summed = select(MEMORIES.c.id).where(
        mine,
        MEMORIES.c.origin == MemoryOrigin.SUMMARY.value,
        MEMORIES.c.metadata["messages"].has_key(str(message_id)),
    )
    return list((await session.execute(union(told, summed))).scalars())


async def owners_told_by_person(session: ReadSession, user_id: UUID) -> list[UUID]:
    """Return who has memories of what a person said, or summaries that hold some of it."""
    told = select(MEMORIES.c.owner_id).where(MEMORIES.c.author_id == user_id)
    summed = select(MEMORIES.c.owner_id).where(
        MEMORIES.c.origin == MemoryOrigin.SUMMARY.value,
        MEMORIES.c.metadata["authors"].has_key(str(user_id)),
    )
    return list((await session.execute(union(told, summed))).scalars())


async def told_by_person(session: ReadSession, owner_id: UUID, user_id: UUID) -> list[UUID]:
    """Return the ids of the owner's memories of what a person said, and of its summaries that hold some of it."""
    mine = MEMORIES.c.owner_id == owner_id
    told = select(MEMORIES.c.id).where(mine, MEMORIES.c.author_id == user_id)
    summed = select(MEMORIES.c.id).where(
        mine,
        MEMORIES.c.origin == MemoryOrigin.SUMMARY.value,
        MEMORIES.c.metadata["authors"].has_key(str(user_id)),
    )
    return list((await session.execute(union(told, summed))).scalars())


async def summaries_of(session: ReadSession, owner_id: UUID, ids: Collection[UUID]) -> list[UUID]:
    """Return the ids of the summaries that stand for any of the owner's memories."""
    statement = select(MEMORIES.c.summarized_by).where(
        MEMORIES.c.owner_id == owner_id,
        MEMORIES.c.id.in_(ids),
        MEMORIES.c.summarized_by.is_not(None),
    )
    found = (await session.execute(statement.distinct())).scalars()
    return [one for one in found if one is not None]


_OWNER = bindparam("of_owner", type_=Uuid)
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_MOST = bindparam("most", type_=Integer)
# Two ways, each with an index of its own.
_EXPIRED = Statement(
    text(
        """
        (
            select id from agent_memories
            where owner_id = :of_owner and expires_at <= now() and not pinned limit :most
        )
        union
        (
            select id from agent_memories
            where owner_id = :of_owner and said_at <= now() - make_interval(days => :expire_after_days)
                and expires_at is null and not pinned
            order by said_at limit :most
        )
        limit :most
        """
    ).bindparams(_OWNER, bindparam("expire_after_days", type_=Integer), _MOST)
)
_OWNERS_SUMMED_UP = Statement(
    text(
        """
        select distinct mine.owner_id from agent_memories as mine join agent_memories as summary
            on summary.owner_id = mine.owner_id and summary.id = mine.summarized_by
        where mine.summarized_by is not null and summary.created_at < :before
        """
    ).bindparams(_BEFORE)
)
_SUMMED_UP = Statement(
    text(
        """
        select mine.id from agent_memories as mine join agent_memories as summary
            on summary.owner_id = mine.owner_id and summary.id = mine.summarized_by
        where mine.owner_id = :of_owner and mine.summarized_by is not null and not mine.pinned
            and summary.created_at < :before
        limit :most
        """
    ).bindparams(_OWNER, _BEFORE, _MOST)
)
