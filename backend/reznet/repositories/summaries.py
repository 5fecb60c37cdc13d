"""Which memories are old enough to be summed up, and who sees to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, select, text, update

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.statements import Statement
from reznet.models import MEMORIES
from reznet.repositories.memories import COLUMNS, memory_of
from reznet.repositories.rows import selecting
from reznet.schemas.memories import MemoryKind, MemoryOut


@dataclass(frozen=True, slots=True)
class Conversation:
    """A day (of UTC) of a channel, or of no channel."""

    day: datetime
    channel_id: UUID | None


async def claim_agent(session: WriteSession, before: datetime) -> UUID | None:
    """Return an agent that sums up and was not seen to since the moment, as seen to from now on; None: there is none."""
    row = await session.fetch_one(_CLAIM, {"before": before, "moment": now()})
    return row.agent_id if row else None


async def next_conversation(
    session: ReadSession, owner_id: UUID, before: datetime, after: Conversation | None, least: int
) -> Conversation | None:
    """Return the oldest conversation, behind `after`, of which at least so many memories can be summed up.

    They are episodes from before the moment that stand by themselves and are not pinned; not those with an end of their
    own, nor those that a person has brought back.
    """
    row = await session.fetch_one(
        _NEXT,
        {
            "of_owner": owner_id,
            "before": before,
            "after_day": after.day if after else None,
            "after_channel": after.channel_id if after else None,
            "least": least,
        },
    )
    return Conversation(row.day, row.channel_id) if row else None


async def pieces(
    session: ReadSession,
    owner_id: UUID,
    before: datetime,
    conversation: Conversation,
    limit: int,
) -> list[MemoryOut]:
    """Return the memories of a conversation that can be summed up, oldest first."""
    statement = (
        selecting(COLUMNS)
        .where(
            MEMORIES.c.owner_id == owner_id,
            MEMORIES.c.said_at < before,
            MEMORIES.c.channel_id.is_not_distinct_from(conversation.channel_id),
            func.date_trunc("day", MEMORIES.c.said_at, "UTC") == conversation.day,
            text(_FREE),
        )
        .order_by(MEMORIES.c.said_at, MEMORIES.c.id)
        .limit(limit)
    )
    return [memory_of(row) for row in (await session.execute(statement)).all()]


async def still_free(session: ReadSession, owner_id: UUID, memories: Sequence[MemoryOut]) -> bool:
    """Return whether all of the memories are as they were, and can still be summed up."""
    statement = select(MEMORIES.c.id, MEMORIES.c.updated_at).where(
        MEMORIES.c.owner_id == owner_id,
        MEMORIES.c.id.in_([memory.id for memory in memories]),
        text(_FREE),
    )
    there = {row.id: row.updated_at for row in (await session.execute(statement)).all()}
    return there == {memory.id: memory.updated_at for memory in memories}


async def stand_for(
    session: WriteSession, owner_id: UUID, summary_id: UUID, ids: Collection[UUID]
) -> None:
    """Let the summary stand for the memories."""
    statement = update(MEMORIES).where(MEMORIES.c.owner_id == owner_id, MEMORIES.c.id.in_(ids))
    await session.execute(statement.values(summarized_by=summary_id))


_FREE = (
    f"kind = '{MemoryKind.EPISODE.value}' and not pinned and not is_restored and superseded_by is null "
    "and summarized_by is null and expires_at is null"
)
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
# Two who ask at once get different agents: the second passes over the row that the first has locked.
_CLAIM = Statement(
    text(
        """
        insert into memory_upkeep (agent_id, begun_at)
        select agents.id, :moment from agents left join memory_upkeep as seen on seen.agent_id = agents.id
        where agents.config -> 'memory' ->> 'summarize_after_days' is not null
            and (seen.begun_at is null or seen.begun_at < :before)
        order by seen.begun_at nulls first, agents.id limit 1 for no key update of agents skip locked
        on conflict (agent_id) do update set begun_at = excluded.begun_at
            where memory_upkeep.begun_at < :before
        returning agent_id
        """
    ).bindparams(_BEFORE, bindparam("moment", type_=DateTime(timezone=True)))
)
_NO_CHANNEL = "cast('00000000-0000-0000-0000-000000000000' as uuid)"
_NEXT = Statement(
    text(
        f"""
        select day, channel_id from (
            select date_trunc('day', said_at, 'UTC') as day, channel_id, count(*) as pieces
            from agent_memories where owner_id = :of_owner and said_at < :before and {_FREE}
            group by 1, 2
        ) as conversations
        where pieces >= :least and (cast(:after_day as timestamptz) is null
            or (day, coalesce(channel_id, {_NO_CHANNEL}))
                > (:after_day, coalesce(cast(:after_channel as uuid), {_NO_CHANNEL})))
        order by day, coalesce(channel_id, {_NO_CHANNEL}) limit 1
        """  # noqa: S608 - constants
    ).bindparams(
        bindparam("of_owner", type_=Uuid),
        _BEFORE,
        bindparam("after_day", type_=DateTime(timezone=True)),
        bindparam("after_channel", type_=Uuid),
        bindparam("least", type_=Integer),
    )
)
