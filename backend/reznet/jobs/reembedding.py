"""Gives memories vectors of the embedder that is set now: those of another one, and those that got none.

It goes on where it was when it is interrupted, since the rows say what is left. Meanwhile these memories are found by
their words. At most half of the time is spent on it, so that what people wait for goes before.
"""

import asyncio
import time
from collections.abc import Sequence

import structlog

from reznet.core import metrics
from reznet.core.database import Database
from reznet.core.embedding import Embedder, Vector
from reznet.services import memory_embedding
from reznet.services.memory_embedding import Standing, Unembedded

log = structlog.get_logger(__name__)

_BATCH = 32
# What any embedder has a vector for, unless it is away.
_PROBE = "A plain sentence."


class Reembedding:
    """Works in slices; one process at a time."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._is_at_work = False
        self._is_away = False

    @property
    def dimensions(self) -> int | None:
        """How many numbers the embedder's vectors have; None until it gave the first one."""
        return self._embedder.dimensions

    async def work(self, seconds: float) -> bool:
        """Embed for about so long; return whether something is left that can go on at once."""
        until = time.monotonic() + seconds
        standing = await self._look()
        if standing.total and self.dimensions is None and await self._probe():
            standing = await self._look()
        while standing.pending and time.monotonic() < until:
            if not self._is_at_work and not await self._begin(standing):
                return False
            began = time.monotonic()
            if not await self._batch(standing):
                return False
            await asyncio.sleep(time.monotonic() - began)
            standing = await self._look()
        if self._is_at_work and not standing.pending:
            self._is_at_work = False
            log.info(
                "memories have their vectors",
                embedder=self._embedder.name,
                embedded=standing.embedded,
                failed=standing.failed,
            )
        return standing.pending > 0

    async def _begin(self, standing: Standing) -> bool:
        """Say what begins; False when the embedder is away, and nothing can."""
        if not await self._probe():
            return False
        self._is_at_work = True
        log.info(
            "memories get vectors",
            embedder=self._embedder.name,
            dimensions=self.dimensions,
            pending=standing.pending,
            embedded=standing.embedded,
        )
        return True

    async def _look(self) -> Standing:
        async with self._database.read() as session:
            standing = await memory_embedding.look(session, self._embedder.name, self.dimensions)
        metrics.set_memories(standing.embedded, standing.pending, standing.failed)
        return standing

    async def _batch(self, standing: Standing) -> bool:
        """Embed some memories; False when the embedder is away."""
        async with self._database.read() as session:
            some = await memory_embedding.some_left(session, standing, _BATCH)
        vectors = await self._embedder.embed_documents([memory.content for memory in some])
        found = [(one, vector) for one, vector in zip(some, vectors, strict=True) if vector]
        await self._store(found)
        for memory in [one for one, vector in zip(some, vectors, strict=True) if not vector]:
            if not await self._again(memory):
                return False
        return True

    async def _again(self, memory: Unembedded) -> bool:
        """Embed a memory alone that had no vector among others; note that its text has none. False: all texts have none."""
        (vector,) = await self._embedder.embed_documents([memory.content])
        if vector:
            await self._store([(memory, vector)])
            return True
        if not await self._probe():
            return False
        async with self._database.write() as session:
            await memory_embedding.refuse(session, self._embedder.name, memory)
        log.warning(
            "a memory has no vector",
            owner=str(memory.owner_id),
            memory=str(memory.id),
            embedder=self._embedder.name,
        )
        return True

    async def _store(self, found: Sequence[tuple[Unembedded, Vector]]) -> None:
        for owner_id, memories in memory_embedding.by_owner(found).items():
            async with self._database.write() as session:
                await memory_embedding.store(session, self._embedder.name, owner_id, memories)

    async def _probe(self) -> bool:
        """Whether the embedder works; says so when that changes."""
        (vector,) = await self._embedder.embed_documents([_PROBE])
        if vector is None:
            if not self._is_away:
                log.warning("memories wait for their embedder", embedder=self._embedder.name)
            self._is_away = True
            return False
        self._is_away = False
        return True
