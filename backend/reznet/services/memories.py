"""What agents remember: storing it, finding it, mending it, and forgetting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession, lock_for_transaction
from reznet.core.errors import Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.text import storable
from reznet.repositories import agents, memories, memory_search, messages
from reznet.repositories.memories import Embedded, Filter, NewMemory
from reznet.schemas.memories import MemoryCreate, MemoryKind, MemoryOut, MemoryUpdate
from reznet.schemas.messages import MessageOut
from reznet.services import events
from reznet.services.access import access_channel
from reznet.services.memory_times import spoken_of
from reznet.services.ports import Actor, Ports


async def access_memories(
    session: ReadSession | WriteSession, _actor: Actor, agent_id: UUID
) -> None:
    """Pass if the actor may see and change what the agent remembers. Raises NotFound.

    While everybody is `local-user`, everybody may; here is where that changes.
    """
    if await agents.get(session, agent_id) is None:
        raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")


async def embed_documents(ports: Ports, texts: Sequence[str]) -> list[Embedded | None]:
    """Return the vector of each text that has one. Calls a model: never while a session is open."""
    if ports.embedder is None:
        return [None] * len(texts)
    name = ports.embedder.name
    vectors = await ports.embedder.embed_documents(texts)
    return [None if vector is None else Embedded(name, vector) for vector in vectors]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, its vector where there is one, and when it was asked."""

    text: str
    embedded: Embedded | None
    at: datetime


async def ask(ports: Ports, question: str, at: datetime | None = None) -> Asked:
    """Return a question ready to be searched for. Calls a model: never while a session is open.

    "Yesterday" and the like in it are as of `at`, by default now.
    """
    question, embedded = storable(question), None
    if ports.embedder is not None:
        (vector,) = await ports.embedder.embed_queries([question])
        embedded = None if vector is None else Embedded(ports.embedder.name, vector)
    return Asked(question, embedded, at or now())


async def add(
    session: WriteSession,
    actor: Actor,
    agent_id: UUID,
    bodies: Sequence[MemoryCreate],
    vectors: Sequence[Embedded | None],
) -> list[MemoryOut]:
    """Store what the agent is to remember, with the vectors of the contents; return it in the same order.

    Raises:
        NotFound: there is no such agent.
        Invalid: a source or channel is not there, or they don't belong together.
    """
    # The messages before the memories, as who deletes a message locks them.
    sources = await _sources(session, actor, bodies)
    await _hold(session, actor, agent_id)
    new = [_new(body, sources, embedded) for body, embedded in zip(bodies, vectors, strict=True)]
    stored = await memories.insert_memories(session, agent_id, new)
    near = await memories.neighbourhood(session, agent_id, [memory.id for memory in stored])
    await memories.refresh_words(session, agent_id, near)
    return stored


async def get(
    session: ReadSession | WriteSession, actor: Actor, agent_id: UUID, memory_id: UUID
) -> MemoryOut:
    """Return the agent's memory. Raises NotFound, also when it is another agent's."""
    await access_memories(session, actor, agent_id)
    memory = await memories.get(session, agent_id, memory_id)
    if memory is None:
        raise _no_memory(memory_id)
    return memory


async def list_page(
    session: ReadSession,
    actor: Actor,
    agent_id: UUID,
    *,
    kind: MemoryKind | None = None,
    channel_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[MemoryOut]:
    """Return what the agent remembers, the last said first, superseded memories included. Raises NotFound."""
    await access_memories(session, actor, agent_id)
    before = decode_time_id(cursor) if cursor else None
    rows = await memories.select_page(
        session, agent_id, Filter(kind, channel_id), before, limit + 1
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.said_at, last.id) if last else None)


async def search(
    session: ReadSession,
    actor: Actor,
    agent_id: UUID,
    asked: Asked,
    *,
    kind: MemoryKind | None = None,
    channel_id: UUID | None = None,
    limit: int = 10,
) -> Sequence[MemoryOut]:
    """Return what the agent remembers that answers the question best, best first. Raises NotFound."""
    await access_memories(session, actor, agent_id)
    span = spoken_of(asked.text, asked.at)
    question = memory_search.Question(
        asked.text,
        asked.embedded,
        asked.at,
        since=span.since if span else None,
        until=span.until if span else None,
    )
    return await memory_search.search(session, agent_id, question, Filter(kind, channel_id), limit)


async def update(
    session: WriteSession,
    actor: Actor,
    agent_id: UUID,
    memory_id: UUID,
    body: MemoryUpdate,
    embedded: Embedded | None,
) -> MemoryOut:
    """Change what the body names; `embedded` is the vector of its content, if that is among it.

    Raises:
        NotFound: there is no such agent or memory.
        Invalid: the memory that is to supersede it is not one of the agent's, or leads back to it.
    """
    await _hold(session, actor, agent_id)
    before = await memories.get(session, agent_id, memory_id)
    if before is None:
        raise _no_memory(memory_id)
    given = body.model_dump(exclude_unset=True)
    changes = {
        field: value
        for field, value in given.items()
        if value is not None or field == "superseded_by"
    }
    if (later := body.superseded_by) is not None:
        await _check_superseding(session, agent_id, memory_id, later)
    if "content" in changes:
        changes["embedded"] = embedded
    after = await memories.update_memory(session, agent_id, memory_id, changes)
    assert after is not None  # noqa: S101 - nobody else changes this agent's memories now
    if "content" in changes:
        near = await memories.neighbourhood(session, agent_id, [memory_id])
        await memories.refresh_words(session, agent_id, near)
    return after


async def delete(session: WriteSession, actor: Actor, agent_id: UUID, memory_id: UUID) -> None:
    """Delete one memory; what it superseded stands again. Raises NotFound."""
    await _hold(session, actor, agent_id)
    near = await memories.neighbourhood(session, agent_id, [memory_id])
    if not await memories.delete_memories(session, agent_id, [memory_id]):
        raise _no_memory(memory_id)
    await memories.refresh_words(session, agent_id, near)


async def delete_all(session: WriteSession, actor: Actor, agent_id: UUID) -> int:
    """Delete everything that the agent remembers; return how many memories that was. Raises NotFound."""
    await _hold(session, actor, agent_id)
    count = await memories.delete_all(session, agent_id)
    await events.audit(
        session, actor, "agent.memories_deleted", ("agent", agent_id), {"count": count}
    )
    return count


async def forget_message(session: WriteSession, message_id: UUID) -> None:
    """Delete whatever any agent remembers from a message, which the caller has locked."""
    for agent_id in sorted(await memories.owners_told_by(session, message_id)):
        await lock_for_transaction(session, f"memories:{agent_id}")
        ids = await memories.of_source(session, agent_id, message_id)
        near = await memories.neighbourhood(session, agent_id, ids)
        await memories.delete_memories(session, agent_id, ids)
        await memories.refresh_words(session, agent_id, near)


async def _hold(session: WriteSession, actor: Actor, agent_id: UUID) -> None:
    """Keep the agent, and let nobody else change its memories until the transaction ends. Raises NotFound."""
    await agents.hold(session, [agent_id])
    await access_memories(session, actor, agent_id)
    # Each memory holds words of its neighbours, which two who write at once would not see of each other.
    await lock_for_transaction(session, f"memories:{agent_id}")


async def _sources(
    session: WriteSession, actor: Actor, bodies: Sequence[MemoryCreate]
) -> Mapping[UUID, MessageOut]:
    """Return the messages that are named as sources, by id. Raises Invalid for what the actor can't see."""
    wanted = {body.source_message_id for body in bodies if body.source_message_id is not None}
    there = await memories.hold_sources(session, wanted)
    found = {message.id: message for message in await messages.get_many(session, there)}
    for place, body in enumerate(bodies):
        if body.source_message_id is not None and body.source_message_id not in found:
            raise _wrong(bodies, place, "source_message_id", "there is no such message")
    channels = {message.channel_id for message in found.values()}
    seen: set[UUID] = set()
    for place, body in enumerate(bodies):
        source = found.get(body.source_message_id) if body.source_message_id else None
        channel_id = body.channel_id or (source.channel_id if source else None)
        if source is not None and channel_id != source.channel_id:
            raise _wrong(bodies, place, "channel_id", "is not the channel of the source")
        if channel_id is None or channel_id in seen:
            continue
        try:
            await access_channel(session, actor, channel_id)
        except NotFound:
            field = "source_message_id" if channel_id in channels else "channel_id"
            raise _wrong(bodies, place, field, "there is no such channel") from None
        seen.add(channel_id)
    return found


def _new(
    body: MemoryCreate, sources: Mapping[UUID, MessageOut], embedded: Embedded | None
) -> NewMemory:
    source = sources[body.source_message_id] if body.source_message_id else None
    return NewMemory(
        content=body.content,
        kind=body.kind,
        importance=body.importance,
        pinned=body.pinned,
        source_message_id=body.source_message_id,
        channel_id=body.channel_id or (source.channel_id if source else None),
        said_at=body.said_at or (source.created_at if source else now()),
        metadata=body.metadata,
        embedded=embedded,
    )


async def _check_superseding(
    session: WriteSession, agent_id: UUID, memory_id: UUID, later: UUID
) -> None:
    """Pass if the later memory is the agent's and is not itself superseded by this one, over whatever steps."""
    step: UUID | None = later
    while step is not None:
        if step == memory_id:
            raise Invalid.field("superseded_by", "leads back to the memory itself")
        found = await memories.get(session, agent_id, step)
        if found is None:
            raise Invalid.field("superseded_by", "the agent has no such memory")
        step = found.superseded_by


def _wrong(bodies: Sequence[MemoryCreate], place: int, field: str, message: str) -> Invalid:
    return Invalid.field(f"memories.{place}.{field}" if len(bodies) > 1 else field, message)


def _no_memory(memory_id: UUID) -> NotFound:
    return NotFound(f"The agent has no memory {memory_id}.", code="memory_not_found")
