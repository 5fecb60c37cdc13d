"""Memories as files: read out in bounded pieces, and taken in so that the same file twice stores nothing twice.

A memory is there already if the owner has one with the same content and source that was said at the same time, or at
whatever time where the file doesn't say when.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession, WriteSession
from reznet.core.errors import Invalid, NotFound
from reznet.repositories import memories, memory_files, messages
from reznet.repositories.memories import Embedded, Key, NewMemory
from reznet.repositories.memory_files import Known
from reznet.schemas.agents import AgentOut
from reznet.schemas.memories import MemoryOrigin
from reznet.schemas.memory_files import (
    VERSION,
    ExportedAgent,
    ExportedMemory,
    ImportedMemory,
    MemoryImport,
)
from reznet.schemas.messages import MessageOut
from reznet.services.access import access_channel
from reznet.services.memories import person_who_said
from reznet.services.memory_owners import Owner, access, hold
from reznet.services.ports import Actor

_PIECE = 200


async def export(database: Database, agent: AgentOut) -> AsyncIterator[bytes]:
    """Yield a `MemoryExport` in pieces; no session is open between them."""
    whose = ExportedAgent(name=agent.name, handle=agent.handle).model_dump_json()
    stamp = now().isoformat()
    yield f'{{"version":{VERSION},"agent":{whose},"exported_at":"{stamp}","memories":['.encode()
    after: Key | None = None
    is_first = True
    days = agent.config.memory.expire_after_days
    while True:
        async with database.read() as session:
            rows = await memory_files.select_after(session, agent.id, days, after, _PIECE)
        if not rows:
            break
        lines = [ExportedMemory.model_validate(row, from_attributes=True) for row in rows]
        piece = ",\n".join(line.model_dump_json() for line in lines)
        yield ("\n" if is_first else ",\n").encode() + piece.encode()
        is_first = False
        after = (rows[-1].said_at, rows[-1].id)
    yield b"\n]}\n"


async def new_among(
    session: ReadSession, actor: Actor, owner: Owner, bodies: Sequence[MemoryImport]
) -> list[int]:
    """Return the places of those that the owner does not have yet. Raises NotFound."""
    await access(session, actor, owner)
    there = await _there(session, owner, bodies)
    found = await _sources(session, actor, [body.source_message_id for body in bodies])
    return [
        place for place, body in enumerate(bodies) if _match(there, _bound(body, found)) is None
    ]


async def take_in(
    session: WriteSession,
    actor: Actor,
    owner: Owner,
    bodies: Sequence[MemoryImport],
    vectors: Sequence[Embedded | None],
) -> list[ImportedMemory]:
    """Store those that the owner does not have yet; return which memory each is, in the same order.

    Raises:
        NotFound: there is no such owner.
        Invalid: what is to supersede one or stands for it is not there.
    """
    # The messages before the memories, as who deletes a message locks them.
    wanted = [body.source_message_id for body in bodies]
    await memories.hold_sources(session, {one for one in wanted if one is not None})
    found = await _sources(session, actor, wanted)
    channels = await _channels(session, actor, {body.channel_id for body in bodies})
    await hold(session, actor, owner)
    await _check_related(session, owner, bodies)
    there = await _there(session, owner, bodies)
    taken: list[ImportedMemory] = []
    for body, embedded in zip(bodies, vectors, strict=True):
        bound = _bound(body, found)
        known = _match(there, bound)
        if known is not None:
            taken.append(ImportedMemory(id=known.id, is_new=False))
            continue
        new = _new(bound, found, channels, embedded, owner)
        (stored,) = await memories.insert_memories(session, owner.id, [new])
        related = {"superseded_by": body.superseded_by, "summarized_by": body.summarized_by}
        if any(related.values()):
            await memories.update_memory(session, owner.id, stored.id, related)
        there[body.content].append(Known(stored.id, stored.said_at, stored.source_message_id))
        taken.append(ImportedMemory(id=stored.id, is_new=True))
    ids = [one.id for one in taken if one.is_new]
    near = await memories.neighbourhood(session, owner.id, ids)
    await memories.refresh_words(session, owner.id, near)
    return taken


async def _there(
    session: ReadSession, owner: Owner, bodies: Sequence[MemoryImport]
) -> defaultdict[str, list[Known]]:
    contents = {body.content for body in bodies}
    found = await memory_files.with_contents(session, owner.id, contents)
    return defaultdict(list, {content: list(known) for content, known in found.items()})


def _match(there: defaultdict[str, list[Known]], body: MemoryImport) -> Known | None:
    for known in there[body.content]:
        is_same_time = body.said_at is None or body.said_at == known.said_at
        if is_same_time and known.source_message_id == body.source_message_id:
            return known
    return None


async def _sources(
    session: ReadSession | WriteSession, actor: Actor, wanted: Sequence[UUID | None]
) -> dict[UUID, MessageOut]:
    """Return those of the messages that are there for the actor."""
    ids = {one for one in wanted if one is not None}
    found = await messages.get_many(session, ids) if ids else []
    here = [message for message in found if message.deleted_at is None]
    seen = await _channels(session, actor, {message.channel_id for message in here})
    return {message.id: message for message in here if message.channel_id in seen}


async def _channels(
    session: ReadSession | WriteSession, actor: Actor, wanted: Collection[UUID | None]
) -> set[UUID]:
    """Return those of the channels that are there for the actor."""
    seen: set[UUID] = set()
    for channel_id in {one for one in wanted if one is not None}:
        try:
            await access_channel(session, actor, channel_id)
        except NotFound:
            continue
        seen.add(channel_id)
    return seen


def _bound(body: MemoryImport, sources: dict[UUID, MessageOut]) -> MemoryImport:
    """Return the memory as it can be here: without a source that is not."""
    if body.source_message_id is None or body.source_message_id in sources:
        return body
    return body.model_copy(update={"source_message_id": None})


async def _check_related(
    session: WriteSession, owner: Owner, bodies: Sequence[MemoryImport]
) -> None:
    """Pass if the owner has what corrects and sums up memories that come in. Raises Invalid."""
    fields = ("superseded_by", "summarized_by")
    wanted = {getattr(body, field) for body in bodies for field in fields} - {None}
    there = await memory_files.among(session, owner.id, wanted)
    for place, body in enumerate(bodies):
        for field in fields:
            if getattr(body, field) not in {None, *there}:
                raise Invalid.field(f"memories.{place}.{field}", "there is no such memory here")


def _new(
    body: MemoryImport,
    sources: dict[UUID, MessageOut],
    channels: set[UUID],
    embedded: Embedded | None,
    owner: Owner,
) -> NewMemory:
    source = sources.get(body.source_message_id) if body.source_message_id else None
    elsewhere = body.channel_id if body.channel_id in channels else None
    return NewMemory(
        content=body.content,
        kind=body.kind,
        importance=body.importance,
        pinned=body.pinned,
        source_message_id=source.id if source else None,
        channel_id=source.channel_id if source else elsewhere,
        said_at=body.said_at or (source.created_at if source else now()),
        metadata=body.metadata,
        embedded=embedded,
        origin=MemoryOrigin.IMPORT,
        author_id=person_who_said(source) if source else None,
        expires_at=body.expires_at,
        is_shared=owner.is_shared,
    )
