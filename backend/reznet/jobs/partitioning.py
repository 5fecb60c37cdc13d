"""An owner with very many memories gets a partition of its own while it is searched and written.

1. An empty table is prepared beside the others, and the owner's rows are copied into it. Nobody waits.
2. The owner's memories are held, as every writer holds them; who searches does not wait. The shared partition is closed
   for the owner, what has changed since is copied too, the rows are deleted there, and the shared partition is known to
   hold none of the owner's. Nobody else has waited.
3. The table is attached. For about a tenth of a second nobody searches in the shared partition, and nobody writes
   messages; if these locks are not free at once, nobody has to queue behind us: we step back and try again.
4. The index over the vectors is built beside searches and writes. Until it is there, each memory is looked at.

Whoever is killed before the end of 3 leaves a table that nobody reads, and perhaps the shared partition closed: who next holds
the owner's memories opens it again, and the next round begins anew. After 3 only the index is missing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from reznet.core.database import Database, WriteSession, is_lock_timeout
from reznet.services import memory_partitions

log = structlog.get_logger(__name__)

# From so many memories on an owner has a partition: to look at each takes about 0.2 s then.
LARGE = 20_000
# A writer that waits for us may hold a lock that we need: it is let through, and then everything comes anew.
_MOVES = 5
_MOVE_PAUSE_SECONDS = 1.0
_TRIES = 10
_PAUSE_SECONDS = 0.1

type Step = Callable[[WriteSession, UUID], Awaitable[None]]


async def give_partition(database: Database, owner_id: UUID) -> bool:
    """Move the owner's memories into a partition of their own; return False if that has to wait.

    One process at a time.
    """
    try:
        await _patiently(database, memory_partitions.prepare, owner_id)
        async with database.write() as session:
            await memory_partitions.copy(session, owner_id)
        is_moved = await _move_at_last(database, owner_id)
    except Exception as error:
        await give_up(database, owner_id)
        if not is_lock_timeout(error):
            raise
        log.info("memories get a partition later", owner=str(owner_id), reason="locks")
        return False
    if not is_moved:
        await give_up(database, owner_id)
        return False
    log.info("memories have a partition", owner=str(owner_id))
    return True


async def give_up(database: Database, owner_id: UUID) -> None:
    """Undo what was begun for an owner and not finished. Does nothing to a partition."""
    await _patiently(database, memory_partitions.give_up, owner_id)


async def drop_deserted(database: Database) -> None:
    """Drop the partitions of owners that are gone; what can't be locked at once stays until the next round."""
    async with database.read() as session:
        gone = await memory_partitions.deserted(session)
    for owner_id in gone:
        try:
            async with database.write() as session:
                await memory_partitions.drop(session, owner_id)
        except Exception as error:
            if not is_lock_timeout(error):
                raise


async def index_partitions(
    database: Database, embedder: str, dimensions: int, *, is_finished: bool
) -> None:
    """Index the vectors of all partitions; those of other embedders stay until the last memory `is_finished`."""
    async with database.read() as session:
        for owner_id in await memory_partitions.owners_apart(session):
            if await memory_partitions.see_to_index(
                session, owner_id, embedder, dimensions, is_finished=is_finished
            ):
                log.info("vectors are indexed", owner=str(owner_id), embedder=embedder)


async def _move_at_last(database: Database, owner_id: UUID) -> bool:
    for left in reversed(range(_MOVES)):
        try:
            return await _move(database, owner_id)
        except Exception as error:
            if not is_lock_timeout(error) or not left:
                raise
        await _patiently(database, memory_partitions.reopen_shared, owner_id)
        await asyncio.sleep(_MOVE_PAUSE_SECONDS)
    return False


async def _move(database: Database, owner_id: UUID) -> bool:
    """Put the copied rows in the place of the others; False when the owner is gone, or was moved meanwhile."""
    async with database.write() as session:
        if not await memory_partitions.hold_still(session, owner_id):
            return False
        # Seen by all before the first row is moved, and therefore a transaction of its own.
        await _patiently(database, memory_partitions.close_shared, owner_id)
        await memory_partitions.move(session, owner_id)
        await _again_and_again(lambda: memory_partitions.attach(session, owner_id))
    return True


async def _patiently(database: Database, step: Step, owner_id: UUID) -> None:
    """Take a step in a transaction; when a lock was not free, some time later, and again."""

    async def take() -> None:
        async with database.write() as session:
            await step(session, owner_id)

    await _again_and_again(take)


async def _again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    """Do the work, also when a lock was not free at first. Raises what the last try raised."""
    for left in reversed(range(_TRIES)):
        try:
            return await work()
        except Exception as error:
            if not is_lock_timeout(error) or not left:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
    return None
