"""Memories that agents share: collections, and which agents may read them and add to them.

No agent reads a collection without a grant. One that belongs to a channel is read only in runs there, even
with a grant, and goes with the channel.
"""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import agents, collections
from reznet.schemas.collections import (
    CollectionCreate,
    CollectionOut,
    CollectionUpdate,
    GrantedOut,
    GrantIn,
    GrantOut,
)
from reznet.services import events
from reznet.services.access import access_channel
from reznet.services.memory_owners import Owner, access, hold_memories, no_collection
from reznet.services.ports import Actor


async def create(session: WriteSession, actor: Actor, body: CollectionCreate) -> CollectionOut:
    """Make a collection, which no agent reads yet.

    Raises:
        Invalid: there is no such channel.
        Conflict: the name is taken.
    """
    if body.channel_id is not None:
        try:
            await access_channel(session, actor, body.channel_id)
        except NotFound:
            raise Invalid.field("channel_id", "there is no such channel") from None
    new = collections.NewCollection(body.name, body.description, body.channel_id, actor.handle)
    try:
        collection = await collections.insert_collection(session, new)
    except collections.NameTaken:
        raise _name_taken(body.name) from None
    await _audit(session, actor, "created", collection)
    return collection


async def get(
    session: ReadSession | WriteSession, _actor: Actor, collection_id: UUID
) -> CollectionOut:
    """Return the collection. Raises NotFound."""
    collection = await collections.get(session, collection_id)
    if collection is None:
        raise no_collection(collection_id)
    return collection


async def list_page(
    session: ReadSession,
    _actor: Actor,
    *,
    channel_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CollectionOut]:
    """Return collections, of one channel or all, in the order of their creation."""
    after = decode_time_id(cursor) if cursor else None
    rows = await collections.select_page(session, channel_id, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def update(
    session: WriteSession, actor: Actor, collection_id: UUID, body: CollectionUpdate
) -> CollectionOut:
    """Rename or describe a collection. Raises NotFound, or Conflict when the name is taken."""
    changes = body.model_dump(exclude_none=True)
    if not changes:
        return await get(session, actor, collection_id)
    try:
        collection = await collections.update_collection(session, collection_id, changes)
    except collections.NameTaken:
        raise _name_taken(str(body.name)) from None
    if collection is None:
        raise no_collection(collection_id)
    await _audit(session, actor, "updated", collection, fields=sorted(changes))
    return collection


async def delete(session: WriteSession, actor: Actor, collection_id: UUID) -> None:
    """Delete a collection with everything in it. Raises NotFound."""
    await get(session, actor, collection_id)
    collection = await collections.hold_for_deletion(session, collection_id)
    if collection is None:
        raise no_collection(collection_id)
    await hold_memories(session, collection_id)
    await collections.delete_collection(session, collection_id)
    await _audit(session, actor, "deleted", collection)


async def grant(
    session: WriteSession, actor: Actor, collection_id: UUID, agent_id: UUID, body: GrantIn
) -> GrantOut:
    """Let an agent read the collection, and add to it if the body says so. Raises NotFound."""
    await collections.hold(session, collection_id)
    collection = await get(session, actor, collection_id)
    await agents.hold(session, [agent_id])
    if await agents.get(session, agent_id) is None:
        raise _no_agent(agent_id)
    is_new = await collections.set_grant(
        session, collection_id, agent_id, can_write=body.can_write, by=actor.handle
    )
    granted = await collections.get_grant(session, collection_id, agent_id)
    assert granted is not None  # noqa: S101 - both are held
    if is_new:
        await _audit(
            session,
            actor,
            "granted",
            collection,
            agent=granted.name,
            can_write=granted.can_write,
        )
    return granted


async def revoke(session: WriteSession, actor: Actor, collection_id: UUID, agent_id: UUID) -> None:
    """Take the agent's leave; also when it has none. Raises NotFound: there is no such collection."""
    collection = await get(session, actor, collection_id)
    had = await collections.get_grant(session, collection_id, agent_id)
    if await collections.delete_grant(session, collection_id, agent_id):
        await _audit(session, actor, "revoked", collection, agent=had.name if had else "")


async def grants_page(
    session: ReadSession,
    actor: Actor,
    collection_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[GrantOut]:
    """Return which agents may read the collection, the earliest grant first. Raises NotFound."""
    await get(session, actor, collection_id)
    after = decode_time_id(cursor) if cursor else None
    rows = await collections.select_grants(session, collection_id, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.agent_id) if last else None)


async def granted_page(
    session: ReadSession,
    actor: Actor,
    agent_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[GrantedOut]:
    """Return the collections that the agent may read. Raises NotFound."""
    await access(session, actor, Owner(agent_id))
    after = decode_time_id(cursor) if cursor else None
    rows = await collections.select_granted(session, agent_id, after, limit + 1)
    last = rows[limit - 1].collection if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def _audit(
    session: WriteSession, actor: Actor, what: str, collection: CollectionOut, **details: object
) -> None:
    await events.audit(
        session,
        actor,
        f"memory_collection.{what}",
        ("memory_collection", collection.id),
        {"name": collection.name, **details},
    )


def _name_taken(name: str) -> Conflict:
    message = f"a memory collection called {name!r} exists already"
    return Conflict.field("name", message, code="memory_collection_name_taken")


def _no_agent(agent_id: UUID) -> NotFound:
    return NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
