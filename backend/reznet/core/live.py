"""The text so far of answers that stream, put together from the pieces that pass by.

The database holds the text only up to the last checkpoint; what came after it is here. Nothing
durable lies here: a process that missed a piece knows less, never something wrong.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from reznet.core.bus import Bus, Payload, Topic

DELTA = (
    "message_delta"  # an event of `Topic.LIVE`, with the fields of `schemas.events.MessageDelta`
)
CHANNEL_READ = "channel_read"  # likewise, with those of `schemas.events.ChannelRead`
_MAX_MESSAGES = 5_000
_MAX_CHARS = 32 * 1024 * 1024


def channel_room(channel_id: UUID | str) -> str:
    """Return the `room` of `Topic.LIVE` signals for those who are in a channel."""
    return f"channel:{channel_id}"


def user_room(user_id: UUID | str) -> str:
    """Return the `room` of signals for one person, wherever they are."""
    return f"user:{user_id}"


@dataclass(slots=True)
class _Live:
    attempt: int
    start: int  # code points before the first piece we have
    length: int = 0
    pieces: list[str] = field(default_factory=list[str])


class LiveTexts:
    """Texts of streaming answers in this process; the longest untouched are forgotten first."""

    def __init__(self, bus: Bus, *, max_chars: int = _MAX_CHARS) -> None:
        """Listen to the deltas on the bus. `max_chars` bounds all texts together."""
        self._texts: OrderedDict[UUID, _Live] = OrderedDict()
        self._chars = 0
        self._max_chars = max_chars
        bus.subscribe(Topic.LIVE, self._heard)

    def text(self, message_id: UUID, attempt: int, stored: str) -> str:
        """Return the text so far of an attempt, given what the database holds of it.

        Where a piece between the stored text and the live one is missing, that is the stored text.
        """
        live = self._texts.get(message_id)
        if live is None or live.attempt != attempt or live.start > len(stored):
            return stored
        if live.start + live.length <= len(stored):
            return stored
        if len(live.pieces) > 1:
            live.pieces = ["".join(live.pieces)]
        return stored[: live.start] + live.pieces[0]

    def forget(self, message_id: UUID) -> None:
        """Let go of an answer whose whole text is stored."""
        live = self._texts.pop(message_id, None)
        if live is not None:
            self._chars -= live.length

    def __len__(self) -> int:
        return len(self._texts)

    def _heard(self, payload: Payload) -> None:
        if payload["event"] != DELTA:
            return
        data = payload["data"]
        self._add(UUID(str(data["message_id"])), data["attempt"], data["offset"], data["text"])

    def _add(self, message_id: UUID, attempt: int, offset: int, text: str) -> None:
        live = self._texts.get(message_id)
        if live is not None and attempt < live.attempt:
            return
        if live is None or attempt > live.attempt or offset > live.start + live.length:
            # A new answer, one begun anew, or pieces were lost on the way.
            self.forget(message_id)
            live = self._texts[message_id] = _Live(attempt, offset)
        known = live.start + live.length - offset
        if known < 0 or offset < live.start:
            return
        fresh = text[known:]
        live.pieces.append(fresh)
        live.length += len(fresh)
        self._chars += len(fresh)
        self._texts.move_to_end(message_id)
        while self._texts and (len(self._texts) > _MAX_MESSAGES or self._chars > self._max_chars):
            self.forget(next(iter(self._texts)))
