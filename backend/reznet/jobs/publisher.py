"""Live text on its way to clients: coalesced, with offsets, the first piece at once."""

import asyncio

from reznet.core.bus import Bus, Topic
from reznet.core.live import DELTA, channel_room
from reznet.core.text import storable
from reznet.schemas.events import AgentTypingState
from reznet.schemas.runs import Claim

COALESCE_SECONDS = 0.04


class Publisher:
    """Sends the pieces of one answer, and holds its text so far."""

    def __init__(self, bus: Bus, claim: Claim, agent_id: str | None) -> None:
        """Begin an answer that nobody has seen any text of."""
        self._bus = bus
        self._claim = claim
        self._agent_id = agent_id
        self._pieces: list[str] = []
        self._waiting: list[str] = []
        self._offset = 0  # code points that were sent
        self._timer: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        """The whole text so far, sent or not."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def add(self, text: str) -> None:
        """Take more text. The first piece goes out now, later ones with those that follow at once.

        What can't be stored is left out here, so that offsets count what will be stored.
        """
        text = storable(text)
        if not text:
            return
        is_first = not self._pieces
        if is_first:
            self._tell_state(AgentTypingState.WRITING)
        self._pieces.append(text)
        self._waiting.append(text)
        if is_first:
            self._send()
        if self._timer is None:
            seconds = COALESCE_SECONDS if is_first else 0
            self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def restart(self, claim: Claim) -> None:
        """Begin anew under another attempt."""
        self._stop_timer()
        self._claim = claim
        self._pieces, self._waiting, self._offset = [], [], 0

    def thinking(self) -> None:
        """Tell that the agent has begun."""
        self._tell_state(AgentTypingState.THINKING)

    def close(self) -> None:
        """Send what waits, and tell that the agent has stopped."""
        self._stop_timer()
        self._send()
        self._tell_state(AgentTypingState.DONE)

    def drop(self) -> None:
        """Tell that the agent has stopped, and send no text any more."""
        self._stop_timer()
        self._waiting = []
        self._tell_state(AgentTypingState.DONE)

    def _due(self) -> None:
        self._timer = None
        if self._waiting:
            self._send()
            self._timer = asyncio.get_running_loop().call_later(COALESCE_SECONDS, self._due)

    def _send(self) -> None:
        if not self._waiting:
            return
        text = "".join(self._waiting)
        self._waiting = []
        claim = self._claim
        data: dict[str, object] = {
            "channel_id": str(claim.channel_id),
            "message_id": str(claim.answer_id),
            "task_id": str(claim.task_id),
            "attempt": claim.attempt,
            "offset": self._offset,
            "text": text,
        }
        self._offset += len(text)
        self._publish(DELTA, data)

    def _tell_state(self, state: AgentTypingState) -> None:
        claim = self._claim
        self._publish(
            "agent_typing",
            {
                "channel_id": str(claim.channel_id),
                "agent_id": self._agent_id,
                "task_id": str(claim.task_id),
                "state": state.value,
            },
        )

    def _publish(self, event: str, data: dict[str, object]) -> None:
        room = channel_room(self._claim.channel_id)
        self._bus.publish(Topic.LIVE, {"room": room, "event": event, "data": data})

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
