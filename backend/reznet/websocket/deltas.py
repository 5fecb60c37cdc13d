"""Which live text may be told now: none of a message before clients know it, none after its end."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from reznet.schemas.messages import MessageOut, MessageStatus

type Delta = dict[str, Any]  # the fields of schemas.events.MessageDelta

HOLD_SECONDS = 2.0
_MAX_KNOWN = 10_000
_MAX_HELD_CHARS = 1024 * 1024  # of one message


@dataclass(slots=True)
class _Known:
    attempt: int
    length: int  # code points that clients got with the message itself
    ended: bool


@dataclass(slots=True)
class _Held:
    timer: asyncio.TimerHandle
    deltas: list[Delta] = field(default_factory=list[Delta])
    chars: int = 0


class DeltaGate:
    """Holds deltas back until their message was told, and stops those that come too late.

    A delta can outrun the event of its message, since events pass through the database. One whose
    message is still unknown after two seconds is of an answer that began before this process did, and is
    told.
    """

    def __init__(
        self, tell: Callable[[Delta], None], *, hold_seconds: float = HOLD_SECONDS
    ) -> None:
        self._tell = tell
        self._hold_seconds = hold_seconds
        self._known: OrderedDict[UUID, _Known] = OrderedDict()
        self._held: dict[UUID, _Held] = {}

    def delta(self, delta: Delta) -> None:
        """Tell the delta now, later, or never."""
        message_id = UUID(str(delta["message_id"]))
        known = self._known.get(message_id)
        if known is not None and delta["attempt"] <= known.attempt:
            if delta["attempt"] == known.attempt and not known.ended:
                self._tell_rest(delta, known.length)
            return
        self._hold(message_id, delta)

    def holds(self, message_id: UUID) -> bool:
        """Whether deltas wait for this message; they are told after it, so it need not hold their text."""
        return message_id in self._held

    def told(self, message: MessageOut) -> None:
        """Note that clients were told of the message as it is, and tell what waited for that."""
        ended = message.status is not MessageStatus.STREAMING
        before = self._known.get(message.id)
        if before is not None and before.attempt > message.attempt:
            return
        self._known[message.id] = _Known(message.attempt, len(message.content), ended)
        self._known.move_to_end(message.id)
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        self._release(message.id)

    def close(self) -> None:
        """Let go of what is held."""
        for held in self._held.values():
            held.timer.cancel()
        self._held.clear()

    def _hold(self, message_id: UUID, delta: Delta) -> None:
        held = self._held.get(message_id)
        if held is None:
            timer = asyncio.get_running_loop().call_later(
                self._hold_seconds, self._expire, message_id
            )
            held = self._held[message_id] = _Held(timer)
        held.chars += len(delta["text"])
        if held.chars <= _MAX_HELD_CHARS:
            held.deltas.append(delta)

    def _expire(self, message_id: UUID) -> None:
        held = self._held.get(message_id)
        if held is None:
            return
        attempt = max(delta["attempt"] for delta in held.deltas) if held.deltas else 0
        self._known[message_id] = _Known(attempt, 0, ended=False)
        self._release(message_id)

    def _release(self, message_id: UUID) -> None:
        held = self._held.pop(message_id, None)
        if held is None:
            return
        held.timer.cancel()
        for delta in held.deltas:
            self.delta(delta)

    def _tell_rest(self, delta: Delta, length: int) -> None:
        """Tell the part of the delta that did not come with the message itself."""
        overlap = length - delta["offset"]
        if overlap <= 0:
            self._tell(delta)
        elif overlap < len(delta["text"]):
            self._tell({**delta, "offset": length, "text": delta["text"][overlap:]})
