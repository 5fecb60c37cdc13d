"""Makes workflows at the times of their schedules.

Every process does it; a schedule that another one is at is left to it.
"""

import asyncio

import structlog

from reznet.core.background import woken_within
from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.services.ports import Ports
from reznet.services.triggers import scheduled

log = structlog.get_logger(__name__)

# For schedules that another process has changed and no signal told of.
_LOOK_SECONDS = 15.0
_LEAST_SECONDS = 0.02
_AFTER_FAULT_SECONDS = 5.0


class TriggerSchedules:
    """Waits for the next schedule, and carries out those whose time has come."""

    def __init__(self, database: Database, ports: Ports) -> None:
        """Listen for schedules that change."""
        self._database = database
        self._ports = ports
        self._wake = asyncio.Event()
        ports.bus.subscribe(Topic.TRIGGERS, lambda _: self._wake.set())

    async def run(self) -> None:
        """Do it for ever."""
        while True:
            try:
                pause = await self._fire_due()
            except Unavailable:
                pause = _AFTER_FAULT_SECONDS
            except Exception:  # a schedule that can't even be put off must not end all others
                log.exception("schedules could not be looked after")
                pause = _AFTER_FAULT_SECONDS
            await woken_within(self._wake, pause)
            self._wake.clear()

    async def _fire_due(self) -> float:
        """Return the seconds until it is worth looking again."""
        while await scheduled.fire_due(self._database, self._ports):
            pass
        async with self._database.read() as session:
            due = await scheduled.next_due(session)
        if due is None:
            return _LOOK_SECONDS
        return min(_LOOK_SECONDS, max(_LEAST_SECONDS, (due - now()).total_seconds()))
