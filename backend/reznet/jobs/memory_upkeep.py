"""What is done about memories each hour: what has expired goes, old ones are drawn together, and what was summed up long ago goes."""

from datetime import timedelta

import structlog

from reznet.agents.llm_client import LLMClient
from reznet.agents.registry import AgentRegistry
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.jobs.memory_summaries import MemorySummaries
from reznet.services import forgetting
from reznet.services.ports import Ports

log = structlog.get_logger(__name__)


class MemoryUpkeep:
    """Forgets and sums up; in several processes at once, each does what the others leave."""

    def __init__(
        self, database: Database, ports: Ports, llm: LLMClient, registry: AgentRegistry
    ) -> None:
        """Take what the work needs."""
        self._database = database
        self._kept = timedelta(days=ports.settings.summary_retention_days)
        self._summaries = MemorySummaries(database, ports, llm, registry)

    async def run(self) -> None:
        """Do what is due. Raises Unavailable."""
        expired = await self._forget_expired()
        summed_up = await self._forget_summed_up()
        made = await self._summaries.run()
        if expired or summed_up or made:
            log.info("saw to memories", expired=expired, summed_up=summed_up, summaries=made)

    async def _forget_expired(self) -> int:
        async with self._database.read() as session:
            whose = await forgetting.whose(session)
        gone = 0
        for owner_id, days in whose.items():
            count = 1
            while count:
                async with self._database.write() as session:
                    count = await forgetting.forget_expired(session, owner_id, days)
                gone += count
        return gone

    async def _forget_summed_up(self) -> int:
        before = now() - self._kept
        async with self._database.read() as session:
            whose = await forgetting.whose_summed_up(session, before)
        gone = 0
        for owner_id in whose:
            count = 1
            while count:
                async with self._database.write() as session:
                    count = await forgetting.forget_summed_up(session, owner_id, before)
                gone += count
        return gone
