"""What agents remember and collections hold: storing it, finding it, mending it, and forgetting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.text import storable
from reznet.repositories import memories, memory_search, messages
from reznet.repositories.memories import Embedded, NewMemory
from reznet.repositories.memories import Filter as Filter  # for those who ask
from reznet.schemas.memories import MemoryCreate, MemoryOrigin, MemoryOut, MemoryUpdate
from reznet.schemas.messages import AuthorKind, MessageOut
from reznet.services import events
from reznet.services.access import access_channel
from reznet.services.forgetting import remove
from reznet.services.memory_owners import Owner, access, hold
from reznet.services.memory_times import spoken_of
from reznet.services.ports import Actor, Ports

EVERYTHING = Filter()
# What a summary's metadata tell of what it is made of: memories, messages, the people who said it, and how it was made.
SUMMARY_KEYS = ("sources", "messages", "authors", "made_by")
_RESTORED = {"summarized_by": None, "is_restored": True}


async def embed_documents(ports: Ports, texts: Sequence[str]) -> list[Embedded | None]:
    """Return the vector of each text that has one. Calls a model: never while a session is open."""
    if ports.embedder is None:
        return [None] * len(texts)
    name = ports.embedder.name
    vectors = await ports.embedder.embed_documents(texts)
    return [None if vector is None else Embedded(name, vector) for vector in vectors]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, its vector where there is one, and when it was asked.

    `times_in` is the part of the text whose times count; None is all of it.
    """

    text: str
    embedded: Embedded | None
    at: datetime
    times_in: str | None = None


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
    owner: Owner,
    bodies: Sequence[MemoryCreate],
    vectors: Sequence[Embedded | None],
) -> list[MemoryOut]:
    """Store what the owner is to remember, with the vectors of the contents; return it in the same order.

    Raises:
        NotFound: there is no such owner.
        Invalid: a source or channel is not there, or they don't belong together.
    """
    # The messages before the memories, as who deletes a message locks them.
    sources = await _sources(session, actor, bodies)
    await hold(session, actor, owner)
    new = [
        _new(owner, body, sources, embedded)
        for body, embedded in zip(bodies, vectors, strict=True)
    ]
    stored = await memories.insert_memories(session, owner.id, new)
    near = await memories.neighbourhood(session, owner.id, [memory.id for memory in stored])
    await memories.refresh_words(session, owner.id, near)
    return stored


async def get(
    session: ReadSession | WriteSession, actor: Actor, owner: Owner, memory_id: UUID
) -> MemoryOut:
    """Return the owner's memory. Raises NotFound, also when it is another's."""
    kept = await access(session, actor, owner)
    memory = await memories.get(session, owner.id, memory_id, kept.expire_after_days)
    if memory is None:
        raise _no_memory(memory_id)
    return memory


async def list_page(
    session: ReadSession,
    actor: Actor,
    owner: Owner,
    *,
    only: Filter = EVERYTHING,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[MemoryOut]:
    """Return what the owner remembers, the last said first. Raises NotFound.

    Memories that others supersede or stand for as summaries are among it, unless `only` leaves them out.
    """
    kept = await access(session, actor, owner)
    only = replace(only, expire_after_days=kept.expire_after_days)
    before = decode_time_id(cursor) if cursor else None
    rows = await memories.select_page(session, owner.id, only, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.said_at, last.id) if last else None)


async def search(
    session: ReadSession,
    actor: Actor,
    owner: Owner,
    asked: Asked,
    *,
    only: Filter = EVERYTHING,
    limit: int = 10,
) -> Sequence[MemoryOut]:
    """Return what the owner remembers that answers the question best, best first. Raises NotFound."""
    kept = await access(session, actor, owner)
    only = replace(only, expire_after_days=kept.expire_after_days)
    question = replace(question_of(asked), half_life_days=kept.half_life_days)
    return await memory_search.search(session, owner.id, question, only, limit)


def question_of(asked: Asked) -> memory_search.Question:
    """Return what is looked for as the search takes it, with the time that it speaks of; memories don't fade."""
    span = spoken_of(asked.times_in or asked.text, asked.at)
    return memory_search.Question(
        asked.text,
        asked.embedded,
        asked.at,
        since=span.since if span else None,
        until=span.until if span else None,
    )


async def update(
    session: WriteSession,
    actor: Actor,
    owner: Owner,
    memory_id: UUID,
    body: MemoryUpdate,
    embedded: Embedded | None,
) -> MemoryOut:
    """Change what the body names; `embedded` is the vector of its content, if that is among it.

    Raises:
        NotFound: there is no such owner or memory.
        Invalid: the memory that is to supersede it is not one of the owner's, or leads back to it.
    """
    kept = await hold(session, actor, owner)
    before = await memories.get(session, owner.id, memory_id, kept.expire_after_days)
    if before is None:
        raise _no_memory(memory_id)
    given = body.model_dump(exclude_unset=True)
    changes = {
        field: value
        for field, value in given.items()
        if value is not None or field in {"superseded_by", "expires_at"}
    }
    if (later := body.superseded_by) is not None:
        await _check_superseding(session, owner, memory_id, later)
    if body.pinned and before.summarized_by is not None:
        changes |= _RESTORED
    if body.metadata is not None and before.origin is MemoryOrigin.SUMMARY:
        changes["metadata"] = body.metadata | {
            key: before.metadata[key] for key in SUMMARY_KEYS if key in before.metadata
        }
    if "content" in changes:
        changes["embedded"] = embedded
    after = await memories.update_memory(session, owner.id, memory_id, changes)
    assert after is not None  # noqa: S101 - nobody else changes this owner's memories now
    if "content" in changes:
        near = await memories.neighbourhood(session, owner.id, [memory_id])
        await memories.refresh_words(session, owner.id, near)
    return after


async def delete(session: WriteSession, actor: Actor, owner: Owner, memory_id: UUID) -> None:
    """Delete one memory; what it superseded, or stood for as a summary, stands again. Raises NotFound.

    A summary that stands for it goes with it, since it says what is to be forgotten.
    """
    kept = await hold(session, actor, owner)
    memory = await memories.get(session, owner.id, memory_id, kept.expire_after_days)
    if memory is None:
        raise _no_memory(memory_id)
    await memories.release(session, owner.id, memory_id)
    await remove(session, owner.id, [memory_id])


async def restore(session: WriteSession, actor: Actor, owner: Owner, memory_id: UUID) -> MemoryOut:
    """Let a memory be found again beside the summary that stands for it; it is not summed up again.

    One that no summary stands for is returned as it is. Raises NotFound.
    """
    kept = await hold(session, actor, owner)
    memory = await memories.get(session, owner.id, memory_id, kept.expire_after_days)
    if memory is None:
        raise _no_memory(memory_id)
    if memory.summarized_by is None:
        return memory
    restored = await memories.update_memory(session, owner.id, memory_id, _RESTORED)
    assert restored is not None  # noqa: S101 - nobody else changes this owner's memories now
    return restored


async def delete_all(session: WriteSession, actor: Actor, owner: Owner) -> int:
    """Delete everything that the owner remembers; return how many memories that was. Raises NotFound."""
    await hold(session, actor, owner)
    count = await memories.delete_all(session, owner.id)
    kind = "memory_collection" if owner.is_shared else "agent"
    await events.audit(
        session, actor, f"{kind}.memories_deleted", (kind, owner.id), {"count": count}
    )
    return count


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
    owner: Owner, body: MemoryCreate, sources: Mapping[UUID, MessageOut], embedded: Embedded | None
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
        author_id=person_who_said(source) if source else None,
        expires_at=body.expires_at,
        is_shared=owner.is_shared,
    )


def person_who_said(message: MessageOut) -> UUID | None:
    """Return the person whose words the message holds; None: an agent's, or nobody is known any more."""
    return message.author.id if message.author.kind is AuthorKind.USER else None


async def _check_superseding(
    session: WriteSession, owner: Owner, memory_id: UUID, later: UUID
) -> None:
    """Pass if the later memory is the owner's and is not itself superseded by this one, over whatever steps."""
    step: UUID | None = later
    while step is not None:
        if step == memory_id:
            raise Invalid.field("superseded_by", "leads back to the memory itself")
        found = await memories.get(session, owner.id, step)
        if found is None and step == later:
            raise Invalid.field("superseded_by", "there is no such memory beside it")
        step = found.superseded_by if found else None  # what has expired leads nowhere


def _wrong(bodies: Sequence[MemoryCreate], place: int, field: str, message: str) -> Invalid:
    return Invalid.field(f"memories.{place}.{field}" if len(bodies) > 1 else field, message)


def _no_memory(memory_id: UUID) -> NotFound:
    return NotFound(f"There is no memory {memory_id} here.", code="memory_not_found")
