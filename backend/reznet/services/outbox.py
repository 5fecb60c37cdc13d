"""The outbox as clients see it: every committed event once, in the order of its id.

Ids are drawn when an event is written, but transactions commit in another order: a reader that went by
the greatest id alone would lose events. `Tail` waits at each missing id until it is there or can't come any
more. `docs/decisions/event-outbox.md` says why it is done like this.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession
from reznet.repositories import outbox
from reznet.repositories.outbox import EventRow
from reznet.services.telling import Told, describe

log = structlog.get_logger(__name__)

CATCH_UP_LIMIT = 500
BATCH = 500  # most events of one read
_GAP_SECONDS = 2.0  # a transaction that keeps an id back for longer is not waited for
_WATCHED_IDS = 1_000
_PRUNE_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Missed:
    """What a client missed; with `refetch` that is too much, or no longer known."""

    events: Sequence[Told]
    refetch: bool


async def since(
    session: ReadSession,
    channel_id: UUID,
    last_event_id: int,
    upto: int,
    limit: int = CATCH_UP_LIMIT,
) -> Missed:
    """Return a channel's events with `last_event_id` < id <= `upto`."""
    if last_event_id > upto or last_event_id + 1 < await outbox.oldest(session):
        return Missed((), refetch=True)
    rows = await outbox.select_of_channel(session, channel_id, last_event_id, upto, limit + 1)
    if len(rows) > limit:
        return Missed((), refetch=True)
    return Missed(await describe(session, rows), refetch=False)


async def prune(database: Database, keep: timedelta) -> int:
    """Delete events older than `keep`, in small transactions, and return how many."""
    before, total = now() - keep, 0
    while True:
        async with database.write() as session:
            deleted = await outbox.delete_before(session, before, _PRUNE_BATCH)
        total += deleted
        if deleted < _PRUNE_BATCH:
            return total


@dataclass(slots=True)
class _Gap:
    """Missing ids, and the open transactions that may still bring them."""

    first: int
    last: int
    writers: frozenset[str]
    seen_at: float
    known: frozenset[int] = frozenset()


class Tail:
    """A reader's place in the outbox."""

    def __init__(self) -> None:
        self.cursor = 0
        self._gap: _Gap | None = None
        self._skipped: list[_Gap] = []

    @property
    def waits(self) -> bool:
        """Whether there are events that wait for an id before theirs."""
        return self._gap is not None

    @property
    def watches(self) -> bool:
        """Whether ids were passed that may still turn up."""
        return bool(self._skipped)

    async def start(self, session: ReadSession) -> None:
        """Begin after the newest event; smaller ids that are not committed yet are watched."""
        writers = await outbox.writers(session)
        self.cursor = await outbox.newest(session)
        first = max(1, self.cursor - _WATCHED_IDS)
        there = await outbox.ids_between(session, first, self.cursor)
        if writers and len(there) < self.cursor - first + 1:
            self._skipped.append(_Gap(first, self.cursor, writers, _clock(), frozenset(there)))

    def passes(self, event_id: int) -> bool:
        """Move past an event that is known without reading, if it is the one that comes next."""
        if self.waits or event_id != self.cursor + 1:
            return False
        self.cursor = event_id
        return True

    async def read(self, session: ReadSession) -> list[EventRow]:
        """Return the events that come next, without those behind a missing id, and move past them.

        At most `BATCH` at a time.
        """
        while True:
            rows = await outbox.select_after(session, self.cursor, BATCH)
            ready = _unbroken(rows, self.cursor)
            if ready:
                self.cursor = ready[-1].id
            if len(ready) == len(rows):
                self._gap = None
                return ready
            passed = await self._consider(session, self.cursor + 1, rows[len(ready)].id - 1)
            if ready or not passed:
                return ready

    async def _consider(self, session: ReadSession, first: int, last: int) -> bool:
        """Decide about missing ids; True when it is worth reading again at once."""
        gap = self._gap
        if gap is None or gap.first != first:
            self._gap = _Gap(first, last, await outbox.writers(session), _clock())
            return not self._gap.writers
        gap.last = min(gap.last, last)  # ids in its middle may have come meanwhile
        if not gap.writers:
            # Every transaction that could have brought them had ended before the last read.
            self._pass(gap)
            return True
        if _clock() - gap.seen_at > _GAP_SECONDS:
            log.warning("a transaction keeps event ids back; going on without", first=first)
            gap.first = max(gap.first, gap.last - _WATCHED_IDS)
            self._skipped.append(gap)
            self._pass(gap)
            return True
        gap.writers &= await outbox.writers(session)
        return not gap.writers

    def _pass(self, gap: _Gap) -> None:
        self.cursor = gap.last
        self._gap = None

    async def recover(self, database: Database) -> None:
        """Give ids that were passed and have turned up since a new place at the end."""
        for gap in list(self._skipped):
            async with database.read() as session:
                gap.writers &= await outbox.writers(session)
                there = await outbox.ids_between(session, gap.first, gap.last)
            if late := there - gap.known:
                async with database.write() as session:
                    await outbox.renumber(session, late)
            if not gap.writers:
                self._skipped.remove(gap)


def _unbroken(rows: Sequence[EventRow], after: int) -> list[EventRow]:
    """Return the rows before the first missing id."""
    for index, row in enumerate(rows):
        if row.id != after + index + 1:
            return list(rows[:index])
    return list(rows)


def _clock() -> float:
    return asyncio.get_running_loop().time()
