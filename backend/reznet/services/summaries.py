"""Old episodes drawn together: which, and the summary that then stands for them.

Nothing is lost by it: what a summary stands for is only not found any more, and can be brought back until it has been
kept long enough. A summary that comes too late, when something of it has changed meanwhile, is not stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import NotFound
from reznet.repositories import agents, memories, summaries
from reznet.repositories.memories import Embedded, NewMemory
from reznet.repositories.summaries import Conversation
from reznet.schemas.agents import AgentOut
from reznet.schemas.memories import MemoryKind, MemoryOrigin, MemoryOut
from reznet.services.memory_owners import Owner, hold
from reznet.services.ports import LOCAL_USER

_EVERY = timedelta(minutes=50)  # less than the hour after which everybody looks again
# A shorter conversation is left as it is; of a longer one, the rest is a summary of its own the next time.
_LEAST_PIECES, _MOST_PIECES = 3, 40


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is to be summed up: memories of one conversation of an agent, oldest first."""

    agent: AgentOut
    conversation: Conversation
    memories: tuple[MemoryOut, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands for them, its vector, and whether a model wrote it."""

    text: str
    embedded: Embedded | None
    is_by_model: bool


async def claim(session: WriteSession) -> AgentOut | None:
    """Return an agent whose old memories are to be summed up now, and that nobody else sees to; None: there is none."""
    agent_id = await summaries.claim_agent(session, now() - _EVERY)
    return await agents.get(session, agent_id) if agent_id else None


async def next_pieces(
    session: ReadSession, agent: AgentOut, after: Conversation | None
) -> Pieces | None:
    """Return what is to be summed up next, behind the conversation of the one before; None: nothing is."""
    days = agent.config.memory.summarize_after_days
    if days is None:
        return None
    before = _midnight(now() - timedelta(days=days))
    found = await summaries.next_conversation(session, agent.id, before, after, _LEAST_PIECES)
    if found is None:
        return None
    memories = await summaries.pieces(session, agent.id, before, found, _MOST_PIECES)
    return Pieces(agent, found, tuple(memories))


async def store(session: WriteSession, pieces: Pieces, summary: Summary) -> MemoryOut | None:
    """Store the summary and let it stand for the pieces; None when something of them has changed, or the agent is gone."""
    owner = Owner(pieces.agent.id)
    try:
        kept = await hold(session, LOCAL_USER, owner)
    except NotFound:
        return None
    is_wanted = kept.summarize_after_days is not None
    if not is_wanted or not await summaries.still_free(session, owner.id, pieces.memories):
        return None
    (stored,) = await memories.insert_memories(session, owner.id, [_new(pieces, summary)])
    ids = [memory.id for memory in pieces.memories]
    await summaries.stand_for(session, owner.id, stored.id, ids)
    near = await memories.neighbourhood(session, owner.id, [stored.id])
    await memories.refresh_words(session, owner.id, near)
    return stored


def _new(pieces: Pieces, summary: Summary) -> NewMemory:
    last = pieces.memories[-1]
    return NewMemory(
        content=summary.text,
        kind=MemoryKind.SUMMARY,
        importance=max(memory.importance for memory in pieces.memories),
        pinned=False,
        source_message_id=None,
        channel_id=pieces.conversation.channel_id,
        said_at=last.said_at,
        metadata={
            "sources": [str(memory.id) for memory in pieces.memories],
            "messages": _distinct([memory.source_message_id for memory in pieces.memories]),
            "authors": _distinct([memory.author_id for memory in pieces.memories]),
            "made_by": "model" if summary.is_by_model else "extract",
        },
        embedded=summary.embedded,
        origin=MemoryOrigin.SUMMARY,
    )


def _distinct(ids: Sequence[UUID | None]) -> list[str]:
    return list(dict.fromkeys(str(one) for one in ids if one is not None))


def _midnight(moment: datetime) -> datetime:
    """Return when the moment's day began, so that no day is summed up before it is over."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
