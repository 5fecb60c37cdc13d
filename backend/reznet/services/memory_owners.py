"""Whose memories they are, an agent's or a collection's, and who may reach them."""

from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import NotFound
from reznet.core.locks import lock_for_transaction
from reznet.repositories import agents, collections, memory_partitions
from reznet.schemas.agents import MemorySettings
from reznet.services.ports import Actor

_KEPT = MemorySettings()  # of collections: nothing there goes or fades by itself


@dataclass(frozen=True, slots=True)
class Owner:
    """Who memories belong to: an agent, or a collection that agents share."""

    id: UUID
    is_shared: bool = False


async def access(
    session: ReadSession | WriteSession, _actor: Actor, owner: Owner
) -> MemorySettings:
    """Return how the owner's memories are kept, if the actor may see and change them. Raises NotFound.

    While everybody is `local-user`, everybody may; here is where that changes.
    """
    if owner.is_shared:
        if await collections.get(session, owner.id) is None:
            raise no_collection(owner.id)
        return _KEPT
    agent = await agents.get(session, owner.id)
    if agent is None:
        raise NotFound(f"There is no agent {owner.id}.", code="agent_not_found")
    return agent.config.memory


async def hold(session: WriteSession, actor: Actor, owner: Owner) -> MemorySettings:
    """Keep the owner, and let nobody else change its memories until the transaction ends.

    Returns how they are kept. Raises NotFound.
    """
    if owner.is_shared:
        await collections.hold(session, owner.id)
    else:
        await agents.hold(session, [owner.id])
    settings = await access(session, actor, owner)
    await hold_memories(session, owner.id)
    return settings


async def hold_memories(session: WriteSession, owner_id: UUID) -> None:
    """Let nobody else change the owner's memories until the transaction ends; it may be gone itself.

    Each memory holds words of its neighbours, which two who write at once would not see of each other.
    """
    await lock_for_transaction(session, memories_lock(owner_id))
    await memory_partitions.reopen_shared(session, owner_id)


def memories_lock(owner_id: UUID) -> str:
    """Return the name of the lock that whoever changes an owner's memories holds."""
    return f"memories:{owner_id}"


def no_collection(collection_id: UUID) -> NotFound:
    """Return the refusal of a collection that is not there."""
    return NotFound(
        f"There is no memory collection {collection_id}.", code="memory_collection_not_found"
    )
