"""What is done about where and how vectors are stored, by one process of the workspace at a time."""

import asyncio

import structlog

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.embedding import Embedder
from reznet.core.errors import Unavailable
from reznet.core.locks import limit_lock_waits, try_lock_for_transaction
from reznet.jobs import partitioning
from reznet.jobs.reembedding import Reembedding
from reznet.services import memory_partitions

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 30.0
_SLICE_SECONDS = 20.0
# To copy or to index an owner's memories may take some minutes.
_STATEMENT_SECONDS = 3600.0
_LOCK = "vector-upkeep"


class VectorUpkeep:
    """Makes partitions for owners with very many memories, and gives memories the vectors that they lack."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        embedder: Embedder | None,
        *,
        large: int = partitioning.LARGE,
    ) -> None:
        """Prepare; nothing connects yet. An owner with `large` memories gets a partition."""
        # Connections of its own, while it works: none that a request might wait for.
        self._database = Database(
            url,
            pool_size=4,
            pgbouncer=settings.pgbouncer,
            name="reznet-upkeep",
            statement_seconds=_STATEMENT_SECONDS,
        )
        self._large = large
        self._embedder = embedder
        self._reembedding = Reembedding(self._database, embedder) if embedder else None

    async def run(self) -> None:
        """Work for ever; what fails is tried again some time later."""
        while True:
            is_more_left = False
            try:
                is_more_left = await self.round()
            except Unavailable as error:
                log.warning("the upkeep of memories has to wait", error=error.detail)
            except Exception:
                log.exception("the upkeep of memories failed")
            if not is_more_left:
                await self.aclose()
                await asyncio.sleep(_EVERY_SECONDS)

    async def round(self) -> bool:
        """Do what is due, unless another process does; return whether more is left to do at once."""
        async with self._database.write() as leading:
            if not await try_lock_for_transaction(leading, _LOCK):
                return False
            # The driver keeps a statement open until the next one, and with it a snapshot, for whose end the
            # building of an index would wait.
            await limit_lock_waits(leading, 0)
            await self._partition()
            if self._embedder is None or self._reembedding is None:
                return False
            return await self._embed(self._embedder, self._reembedding)

    async def aclose(self) -> None:
        """Let go of the connections; the next round opens new ones."""
        await self._database.aclose()

    async def _partition(self) -> None:
        async with self._database.read() as session:
            begun = await memory_partitions.begun(session)
            grown = await memory_partitions.grown_owners(session, self._large)
        for owner_id in begun:
            await partitioning.give_up(self._database, owner_id)
        for owner_id in grown:
            await partitioning.give_partition(self._database, owner_id)
        await partitioning.drop_deserted(self._database)

    async def _embed(self, embedder: Embedder, work: Reembedding) -> bool:
        is_more_left = await work.work(_SLICE_SECONDS)
        if work.dimensions is not None:
            await partitioning.index_partitions(
                self._database, embedder.name, work.dimensions, is_finished=not is_more_left
            )
        return is_more_left
