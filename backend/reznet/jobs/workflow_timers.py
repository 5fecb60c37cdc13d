"""Looks after running workflows: retries whose time has come, and workflows that nothing drives any more.

Every process does it; one that finds a workflow locked leaves it to whoever is at it.
"""

import asyncio
from uuid import UUID

import structlog

from reznet.core.background import woken_within
from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.services.ports import Ports
from reznet.services.workflow_runs import upkeep

log = structlog.get_logger(__name__)

# For times that another process has set and no signal told of; within this process a signal does.
_LOOK_SECONDS = 2.0
_SWEEP_SECONDS = 30.0
# A retry is never sooner than asked for; by this much it may be later.
_LEAST_SECONDS = 0.02


class WorkflowTimers:
    """Drives workflows on when it is time, and when nothing else does."""

    def __init__(self, database: Database, ports: Ports) -> None:
        """Listen for times that are set."""
        self._database = database
        self._ports = ports
        self._wake = asyncio.Event()
        ports.bus.subscribe(Topic.TIMERS, lambda _: self._wake.set())

    async def watch(self) -> None:
        """Drive on what is due, for ever."""
        while True:
            try:
                pause = await self._drive_due()
            except Unavailable:
                pause = _LOOK_SECONDS  # the database is away, and so is everything else
            await woken_within(self._wake, pause)
            self._wake.clear()

    async def sweep(self) -> None:
        """Drive on what nothing drives, now and then, for ever."""
        while True:
            try:
                await self._drive_stalled()
            except Unavailable:
                log.warning("workflows can't be swept while the database is away")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _drive_due(self) -> float:
        """Return the seconds until it is worth looking again."""
        async with self._database.read() as session:
            times = await upkeep.due(session)
        moment = now()
        for workflow_id in dict.fromkeys(one for one, at in times if at <= moment):
            await self._drive(workflow_id)
        later = [(at - moment).total_seconds() for _, at in times if at > moment]
        return max(_LEAST_SECONDS, min([_LOOK_SECONDS, *later]))

    async def _drive_stalled(self) -> None:
        async with self._database.read() as session:
            found = await upkeep.stalled(session)
        for workflow_id in found:
            if await self._drive(workflow_id):
                log.warning("a workflow that nothing drove goes on", workflow_id=str(workflow_id))

    async def _drive(self, workflow_id: UUID) -> bool:
        try:
            async with self._database.write() as session:
                return await upkeep.drive(session, self._ports, workflow_id)
        except Unavailable:
            raise
        except Exception:  # one that can't be driven must not keep the others waiting
            log.exception("a workflow could not be driven on", workflow_id=str(workflow_id))
            return False
