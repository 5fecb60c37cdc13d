"""Partitions for owners with very many memories: the steps, each for one transaction of whoever takes them.

`jobs.partitioning` says in which order, and what holds while the others live on.
"""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.locks import limit_lock_waits, lock_for_transaction
from reznet.repositories import memory_partitions
from reznet.services.memory_owners import hold_memories, memories_lock

# Who comes after us in the queue for a lock waits as long.
_LOCK_MILLISECONDS = 100


async def grown_owners(session: ReadSession, large: int) -> list[UUID]:
    """Return the owners that have so many memories and no partition."""
    return await memory_partitions.grown_owners(session, large)


async def begun(session: ReadSession) -> list[UUID]:
    """Return the owners whose partition somebody began to make, and has not finished or given up."""
    return await memory_partitions.begun(session)


async def owners_apart(session: ReadSession) -> list[UUID]:
    """Return the owners with partitions of their own."""
    return await memory_partitions.owners_apart(session)


async def deserted(session: ReadSession) -> list[UUID]:
    """Return the owners with empty partitions who are gone themselves."""
    return await memory_partitions.deserted(session)


async def prepare(session: WriteSession, owner_id: UUID) -> None:
    """Create the table that is to become the partition. Fails with a lock timeout rather than wait."""
    await hold_memories(session, owner_id)
    await limit_lock_waits(session, _LOCK_MILLISECONDS)
    await memory_partitions.prepare(session, owner_id)


async def hold_still(session: WriteSession, owner_id: UUID) -> bool:
    """Let nobody change the owner's memories until the transaction ends; False if there is nothing to move."""
    if not await memory_partitions.hold_owner(session, owner_id):
        return False
    await lock_for_transaction(session, memories_lock(owner_id))
    return owner_id not in await memory_partitions.owners_apart(session)


async def close_shared(session: WriteSession, owner_id: UUID) -> None:
    """Let the shared partition take no more of the owner's, whose memories another session holds still."""
    await limit_lock_waits(session, _LOCK_MILLISECONDS)
    await memory_partitions.close_shared(session, owner_id)


async def copy(session: WriteSession, owner_id: UUID) -> None:
    """Copy the owner's memories into the prepared table as they are now; nobody waits for it."""
    await memory_partitions.copy(session, owner_id)


async def move(session: WriteSession, owner_id: UUID) -> None:
    """Move the owner's memories, held still, out of the closed shared partition."""
    await memory_partitions.move(session, owner_id)


async def attach(session: WriteSession, owner_id: UUID) -> None:
    """Make the moved memories a part of the table. Fails with a lock timeout rather than wait; may be tried again."""
    async with session.begin_nested():
        await limit_lock_waits(session, _LOCK_MILLISECONDS)
        await memory_partitions.attach(session, owner_id)


async def reopen_shared(session: WriteSession, owner_id: UUID) -> None:
    """Undo `close_shared`: let who writes the owner's memories go on."""
    await hold_memories(session, owner_id)


async def give_up(session: WriteSession, owner_id: UUID) -> None:
    """Undo what was begun for an owner and not finished. Does nothing to a partition."""
    await hold_memories(session, owner_id)
    await memory_partitions.discard(session, owner_id)


async def drop(session: WriteSession, owner_id: UUID) -> None:
    """Drop the partition of an owner that is gone. Fails with a lock timeout rather than wait."""
    await limit_lock_waits(session, _LOCK_MILLISECONDS)
    await memory_partitions.drop_partition(session, owner_id)


async def see_to_index(
    session: ReadSession, owner_id: UUID, embedder: str, dimensions: int, *, is_finished: bool
) -> bool:
    """Index the owner's vectors of the embedder, beside searches and writes; return whether that was left to do.

    When everything `is_finished` with this embedder, the indexes of others are dropped.
    """
    if not await memory_partitions.is_counted(session, owner_id):
        await memory_partitions.count_rows(session, owner_id)
    wanted = memory_partitions.index_of(owner_id, embedder, dimensions)
    there = await memory_partitions.indexes_of(session, owner_id)
    for name, is_whole in there.items():
        if not is_whole or (is_finished and name != wanted):
            await memory_partitions.drop_index(session, name)
    if there.get(wanted):
        return False
    await memory_partitions.create_index(session, owner_id, embedder, dimensions)
    return True
