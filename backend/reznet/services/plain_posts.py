"""Plain messages of a channel that come at the same moment are stored together.

A statement costs the server and the database nearly the same for one message as for ten. So each channel has one
on its way at a time, and what comes meanwhile goes with the next: who is alone waits for nobody, and the more
there is to store, the less each message costs. `docs/decisions/short-way-for-posts.md` has the figures.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from reznet.core.bus import Bus, Topic
from reznet.core.database import WriteSession, is_connection_failure
from reznet.core.errors import Unavailable
from reznet.repositories import plain_messages
from reznet.repositories.plain_messages import PlainMessage, Said
from reznet.schemas.events import MessageSent
from reznet.schemas.messages import MessageOut

_MOST = 50  # messages of one statement; of the longest there are, 1.6 MB


def _future() -> asyncio.Future[bool]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class _Waiting:
    """A message in line, and what became of it."""

    message: PlainMessage
    turn: asyncio.Future[bool] = field(
        default_factory=_future
    )  # True: it is to store; False: done
    stored: MessageOut | None = None
    error: Exception | None = None

    def end(self, stored: MessageOut | None = None, error: Exception | None = None) -> None:
        """Tell whoever waits for it."""
        self.stored, self.error = stored, error
        if not self.turn.done():
            self.turn.set_result(False)

    def outcome(self) -> MessageOut | None:
        """Return the stored message, or None. Raises what kept it from being stored."""
        if self.error is not None:
            raise self.error
        return self.stored


class PlainPosts:
    """The lines of messages before their channels. The first in line stores for all in it, and then the next does."""

    def __init__(self) -> None:
        self._lines: dict[UUID, deque[_Waiting]] = {}

    async def store(
        self, session: WriteSession, bus: Bus, message: PlainMessage
    ) -> MessageOut | None:
        """Store a message with its event, at once and by itself, and signal it.

        None, and nothing stored, when it needs more than that: see `plain_messages.insert`. Raises as
        `WriteSession.fetch`.
        """
        own = _Waiting(message)
        if (line := self._lines.get(message.channel_id)) is not None:
            line.append(own)
            if not await self._turn(own):
                return own.outcome()
            batch = [line.popleft() for _ in range(min(len(line), _MOST))]
        else:
            self._lines[message.channel_id] = deque()
            batch = [own]
        try:
            await _store_all(session, bus, batch)
        finally:
            self._call_next(message.channel_id)
        return own.outcome()

    async def _turn(self, own: _Waiting) -> bool:
        try:
            return await own.turn
        except asyncio.CancelledError:
            line = self._lines.get(own.message.channel_id, ())
            if own in line:
                self._lines[own.message.channel_id].remove(own)
                if not own.turn.cancelled():  # it was called, and can't come
                    self._call_next(own.message.channel_id)
            raise

    def _call_next(self, channel_id: UUID) -> None:
        for waiting in self._lines[channel_id]:
            if not waiting.turn.done():
                waiting.turn.set_result(True)
                return
        del self._lines[channel_id]


async def _store_all(session: WriteSession, bus: Bus, batch: list[_Waiting]) -> None:
    try:
        messages = [waiting.message for waiting in batch]
        said = await plain_messages.insert(session, messages[0].channel_id, messages)
    except BaseException as error:
        if len(batch) > 1 and isinstance(error, Exception) and not is_connection_failure(error):
            for waiting in batch:  # one that can't be stored must not keep the others out
                with suppress(Exception):  # whoever waits for it is told
                    await _store_all(session, bus, [waiting])
            return
        lost = error if isinstance(error, Exception) else _broken_off()
        for waiting in batch:
            waiting.end(error=lost)
        raise
    told: list[MessageSent] = []
    for waiting, one in zip(batch, said, strict=True):
        waiting.end(one.message if one else None)
        if one is not None:
            told.append(_sent(one))
    if told:
        bus.publish(Topic.EVENTS, {"said": told})


def _sent(said: Said) -> MessageSent:
    message = said.message
    return MessageSent(
        event_id=said.event_id, channel_id=message.channel_id, message=message, thread=None
    )


def _broken_off() -> Unavailable:
    return Unavailable("The server stops; the message may not have been stored.")
