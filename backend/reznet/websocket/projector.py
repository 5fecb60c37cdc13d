"""Tells committed events to the rooms of this process, each once, in the order of their ids."""

import asyncio
from collections.abc import Sequence

import structlog

from reznet.core import metrics
from reznet.core.background import woken_within
from reznet.core.bus import Bus, Payload, Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.core.live import LiveTexts, channel_room
from reznet.schemas.events import (
    Durable,
    EventKind,
    MessageSent,
    MessageUpdated,
    Recorded,
    TaskUpdated,
)
from reznet.schemas.messages import MessageStatus
from reznet.services import outbox, telling
from reznet.services.telling import Told
from reznet.websocket.connection import WirePacket, event_packet
from reznet.websocket.deltas import DeltaGate
from reznet.websocket.endings import TaskEndings
from reznet.websocket.rooms import WORKSPACE, Rooms

log = structlog.get_logger(__name__)

# Signals wake the projector at once; it looks by itself for what came without one.
POLL_SECONDS = 1.0
POLL_DEAF_SECONDS = 0.25  # other processes' signals don't reach us
_GAP_POLL_SECONDS = 0.01
_RECOVER_SECONDS = 1.0
_MAX_SAID = 1_000  # beyond it, they are read as others' are
_BACKOFF_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0)


class Projector:
    """Follows the outbox and tells it to the rooms."""

    def __init__(
        self, database: Database, bus: Bus, live: LiveTexts, rooms: Rooms, gate: DeltaGate
    ) -> None:
        self._database, self._bus, self._live = database, bus, live
        self._rooms, self._gate = rooms, gate
        self.endings = TaskEndings()
        self._tail = outbox.Tail()
        self._wake = asyncio.Event()
        self._started = asyncio.Event()
        self._told = 0
        self._said: dict[int, MessageSent | TaskUpdated] = {}
        self._must_read = True
        self._rests = False
        self._recover_at = 0.0
        bus.subscribe(Topic.EVENTS, self._signalled)

    @property
    def cursor(self) -> int:
        """The newest event that was told."""
        return self._told

    async def started(self) -> None:
        """Wait until the place to begin at is known."""
        await self._started.wait()

    async def run(self) -> None:
        """Follow the outbox for ever; a database that is away is waited for."""
        failures = 0
        while True:
            try:
                if not self._started.is_set():
                    await self._begin()
                await self._step()
                if failures:
                    log.info("events are told again")
                failures = 0
                await self._pause()
            except Exception as error:  # without the projector every client is deaf
                if not failures:
                    unexpected = None if isinstance(error, Unavailable) else error
                    log.warning("events can't be read; trying again", exc_info=unexpected)
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)])
                failures += 1

    async def _begin(self) -> None:
        async with self._database.read() as session:
            await self._tail.start(session)
        self._told = self._tail.cursor
        self._started.set()

    async def _step(self) -> None:
        self._wake.clear()
        self._tell_said()
        if self._must_read or self._said:
            self._must_read = False
            while await self._read() == outbox.BATCH:
                pass
            self._tell_said()
        moment = asyncio.get_running_loop().time()
        if self._tail.watches and moment >= self._recover_at:
            self._recover_at = moment + _RECOVER_SECONDS
            await self._tail.recover(self._database)

    async def _read(self) -> int:
        """Tell what comes next in the outbox; return how many events that was."""
        place = self._tail.cursor
        try:
            async with self._database.read() as session:
                rows = await self._tail.read(session)
                events = await telling.describe(session, rows) if rows else []
        except BaseException:
            self._tail.cursor = place  # what was read is not told yet
            self._must_read = True
            raise
        self._tell(events)
        self._told = self._tail.cursor
        if rows:
            metrics.set_projector_lag((now() - rows[-1].created_at).total_seconds())
        return len(rows)

    def _tell_said(self) -> None:
        """Tell what was said in this process and has just been committed, unless something comes before it."""
        for event_id in sorted(self._said):
            if self._tail.passes(event_id):
                said = self._said[event_id]
                if isinstance(said, MessageSent):
                    self._tell([Told(EventKind.MESSAGE_SENT, said)])
                    metrics.set_projector_lag((now() - said.message.created_at).total_seconds())
                else:
                    self._tell([Told(EventKind.TASK_UPDATED, said)])
            elif event_id > self._tail.cursor:
                return
            del self._said[event_id]

    def _tell(self, events: Sequence[Told]) -> None:
        """Queue the events for the sockets. Does not wait, so that a join falls between two events."""
        for event in events:
            payload = event.payload
            if not self._is_waited_for(payload):
                payload = telling.with_live_text(payload, self._live)
            packet = event_packet(event.kind.value, payload.model_dump_json())
            self._rooms.tell(_rooms_of(event), packet)
            self._told = payload.event_id
            if isinstance(payload, MessageSent | MessageUpdated):
                self._gate.told(payload.message)
                if payload.message.status is not MessageStatus.STREAMING:
                    self._live.forget(payload.message.id)
            elif isinstance(payload, TaskUpdated):
                self.endings.told(payload.task)

    def _is_waited_for(self, payload: Recorded) -> bool:
        return isinstance(payload, MessageSent | MessageUpdated) and self._gate.holds(
            payload.message.id
        )

    async def _pause(self) -> None:
        seconds = POLL_SECONDS if self._bus.healthy else POLL_DEAF_SECONDS
        if self._tail.waits:
            seconds = _GAP_POLL_SECONDS
        self._rests = True
        try:
            if not await woken_within(self._wake, seconds):
                self._must_read = True
        finally:
            self._rests = False

    def _signalled(self, payload: Payload) -> None:
        said: Sequence[MessageSent | TaskUpdated] | None = payload.get("said")
        if said is None or len(self._said) > _MAX_SAID:
            self._must_read = True
            self._wake.set()
            return
        for one in said:
            self._said[one.event_id] = one
        asyncio.get_running_loop().call_soon(self._tell_soon)  # once the posts are answered

    def _tell_soon(self) -> None:
        if self._rests:  # else it reads, and its place must not move meanwhile
            self._tell_said()
        if self._said:
            self._wake.set()


def _rooms_of(event: Told) -> list[str]:
    """Return where an event is told: lists of channels and agents are right without joining anything."""
    if not isinstance(event.payload, Durable):
        return [WORKSPACE]
    rooms = [channel_room(event.payload.channel_id)]
    return [*rooms, WORKSPACE] if event.kind is EventKind.CHANNEL_UPDATED else rooms


def packet_of(event: Told, live: LiveTexts) -> WirePacket:
    """Return an event as the packet that clients get."""
    return event_packet(
        event.kind.value, telling.with_live_text(event.payload, live).model_dump_json()
    )
