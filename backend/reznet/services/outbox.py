"""The outbox as clients see it: every committed event once, in the order of its id.

Ids are drawn when an event is written, but transactions commit in another order: a reader that went by
the greatest id alone would lose events. `Tail` waits at each missing id until it is there or can't come any
more. `docs/decisions/event-outbox.md` says why it is done like this.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

import structlog

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession
from reznet.core.live import LiveTexts
from reznet.repositories import attached, channels, messages, outbox, tasks
from reznet.repositories.outbox import EventRow
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import (
    AgentDeleted,
    AgentUpdated,
    ChannelUpdated,
    EventKind,
    MembersUpdated,
    MessageDeleted,
    MessageSent,
    MessageUpdated,
    Recorded,
    TaskUpdated,
)
from reznet.schemas.messages import MessageOut, ThreadSummary
from reznet.schemas.tasks import TaskOut
from reznet.services.messages import with_live_text as message_with_live_text

log = structlog.get_logger(__name__)

CATCH_UP_LIMIT = 500
BATCH = 500  # most events of one read
_GAP_SECONDS = 2.0  # a transaction that keeps an id back for longer is not waited for
_WATCHED_IDS = 1_000
_PRUNE_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what it is about as that is now."""

    kind: EventKind
    payload: Recorded


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


async def describe(session: ReadSession, rows: Sequence[EventRow]) -> list[Told]:
    """Return the events with the present state of what they are about, one query a kind.

    Events about what is gone are left out; so are kinds that a newer program has written.
    """
    state = await _load(session, rows)
    return [told for row in rows if (told := _told(row, state)) is not None]


def with_live_text(payload: Recorded, live: LiveTexts) -> Recorded:
    """Return the payload with the text so far, when it holds an answer that streams."""
    if not isinstance(payload, MessageSent | MessageUpdated):
        return payload
    message = message_with_live_text(payload.message, live)
    return payload.model_copy(update={"message": message})


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


@dataclass(frozen=True, slots=True)
class _State:
    messages: Mapping[UUID, MessageOut]
    threads: Mapping[UUID, ThreadSummary]
    tasks: Mapping[UUID, TaskOut]
    channels: Mapping[UUID, ChannelOut]


class _Base(TypedDict):
    event_id: int
    channel_id: UUID


_OF_THREADS = frozenset({EventKind.MESSAGE_SENT, EventKind.MESSAGE_DELETED})
_OF_MESSAGES = _OF_THREADS | {EventKind.MESSAGE_UPDATED}


async def _load(session: ReadSession, rows: Sequence[EventRow]) -> _State:
    message_ids = {row.message_id for row in rows if row.kind in _OF_MESSAGES and row.message_id}
    task_ids = {row.task_id for row in rows if row.kind == EventKind.TASK_UPDATED and row.task_id}
    channel_ids = {
        row.channel_id for row in rows if row.kind == EventKind.CHANNEL_UPDATED and row.channel_id
    }
    found_messages = await messages.get_many(session, message_ids) if message_ids else []
    threads = await _threads(session, rows, found_messages)
    found_tasks = await tasks.get_many(session, task_ids) if task_ids else []
    found_channels = await channels.get_many(session, channel_ids) if channel_ids else []
    return _State(
        {message.id: message for message in found_messages},
        threads,
        {task.id: task for task in found_tasks},
        {channel.id: channel for channel in found_channels},
    )


async def _threads(
    session: ReadSession, rows: Sequence[EventRow], found: Sequence[MessageOut]
) -> Mapping[UUID, ThreadSummary]:
    """Return how the threads are now that replies were added to or taken from."""
    touched = {row.message_id for row in rows if row.kind in _OF_THREADS}
    roots = {reply.thread_id for reply in found if reply.thread_id and reply.id in touched}
    return await attached.thread_summaries(session, roots) if roots else {}


def _told(row: EventRow, state: _State) -> Told | None:
    payload = _payload(row, state)
    return None if payload is None else Told(EventKind(row.kind), payload)


def _payload(row: EventRow, state: _State) -> Recorded | None:
    if row.channel_id is None:
        return _of_workspace(row)
    message = state.messages.get(row.message_id) if row.message_id else None
    thread = state.threads.get(message.thread_id) if message and message.thread_id else None
    task = state.tasks.get(row.task_id) if row.task_id else None
    channel = state.channels.get(row.channel_id)
    base: _Base = {"event_id": row.id, "channel_id": row.channel_id}
    match row.kind:
        case EventKind.MESSAGE_SENT if message is not None:
            return MessageSent(**base, message=message, thread=thread)
        case EventKind.MESSAGE_UPDATED if message is not None:
            return MessageUpdated(**base, message=message)
        case EventKind.MESSAGE_DELETED if row.message_id is not None:
            return MessageDeleted(**base, id=row.message_id, thread=thread)
        case EventKind.TASK_UPDATED if task is not None:
            return TaskUpdated(**base, task=task)
        case EventKind.CHANNEL_UPDATED if channel is not None:
            return ChannelUpdated(**base, channel=channel)
        case EventKind.MEMBERS_UPDATED:
            return MembersUpdated(**base)
        case _:
            return None


def _of_workspace(row: EventRow) -> Recorded | None:
    """Return an event that belongs to no channel."""
    match row.kind:
        case EventKind.AGENT_UPDATED if row.agent_id is not None:
            return AgentUpdated(event_id=row.id, agent_id=row.agent_id)
        case EventKind.AGENT_DELETED if row.agent_id is not None:
            return AgentDeleted(event_id=row.id, agent_id=row.agent_id)
        case _:
            return None


def _unbroken(rows: Sequence[EventRow], after: int) -> list[EventRow]:
    """Return the rows before the first missing id."""
    for index, row in enumerate(rows):
        if row.id != after + index + 1:
            return list(rows[:index])
    return list(rows)


def _clock() -> float:
    return asyncio.get_running_loop().time()
