"""Looks for messages that make triggers fire, where there are such triggers.

A signal that something was posted wakes it, at most every quarter of a second; without such triggers it does nothing.
Every process does it, and each message counts once.
"""

import asyncio
from uuid import UUID

import structlog

from reznet.core.background import woken_within
from reznet.core.bus import Topic
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.services.ports import Ports
from reznet.services.triggers import heard

log = structlog.get_logger(__name__)

# For triggers and messages that no signal told of.
_LOOK_SECONDS = 15.0
_LEAST_SECONDS = 0.25


class MessageTriggers:
    """Knows the triggers that wait for messages, and looks when there are new ones."""

    def __init__(self, database: Database, ports: Ports) -> None:
        """Listen for messages, and for triggers that change."""
        self._database = database
        self._ports = ports
        self._listeners: dict[UUID, heard.Listener] = {}
        self._are_known = False
        self.looks = 0
        self._wake = asyncio.Event()
        ports.bus.subscribe(Topic.TRIGGERS, lambda _: self._changed())
        ports.bus.subscribe(Topic.EVENTS, lambda _: self._posted())

    @property
    def is_listening(self) -> bool:
        """Whether messages are looked at at all."""
        return bool(self._listeners)

    async def run(self) -> None:
        """Do it for ever."""
        while True:
            self._wake.clear()
            try:
                await self._look()
            except Unavailable:
                self._are_known = False
            await asyncio.sleep(_LEAST_SECONDS)
            if not await woken_within(self._wake, _LOOK_SECONDS):
                self._are_known = False  # another process may have changed them

    def _changed(self) -> None:
        self._are_known = False
        self._wake.set()

    def _posted(self) -> None:
        if self._listeners:
            self._wake.set()

    async def _look(self) -> None:
        self.looks += 1
        if not self._are_known:
            self._are_known = True
            async with self._database.read() as session:
                found = await heard.listeners(session)
            self._listeners = {one.id: one for one in found}
        for one in list(self._listeners.values()):
            try:
                after = await heard.fire_heard(self._database, self._ports, one)
            except Unavailable:
                raise
            except Exception:  # one that can't be followed must not keep the others waiting
                log.exception("messages could not be looked through", trigger_id=str(one.id))
            else:
                self._listeners[one.id] = after
