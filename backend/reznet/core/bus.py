"""Signals between the parts of a workspace: quick, and allowed to be lost.

Nothing durable travels here; who misses a signal finds the truth in the database. Alone, signals stay
in the process; with Redis they reach every process (`core.redis_bus`).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

Payload = dict[str, Any]
Handler = Callable[[Payload], None]


class Topic(StrEnum):
    """What a signal is about."""

    EVENTS = (
        "events"  # {said?} : new rows in the outbox; where they were written, maybe what they are
    )
    LIVE = "live"  # a socket message for a room: {room, event, data}
    CANCEL = "cancel"  # {task_id}
    TIMERS = "timers"  # {} : a workflow's task has been given a time
    TRIGGERS = "triggers"  # {} : a trigger was made, changed or removed
    DELIVERIES = "deliveries"  # {} : a webhook waits to be told something
    FORGET = "forget"  # {keys: [cache key]}; keys None: everything, signals were missed


class Bus(Protocol):
    """Publishes signals to every process of the workspace, this one included."""

    def publish(self, topic: Topic, payload: Payload) -> None:
        """Send without waiting. This process's handlers run at once, before it returns."""
        ...

    def subscribe(self, topic: Topic, handler: Handler) -> None:
        """Call the handler on the event loop for each signal. Handlers must not block."""
        ...

    @property
    def healthy(self) -> bool:
        """Whether signals reach the other processes."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether there can be other processes."""
        ...

    async def start(self) -> None:
        """Begin to listen."""
        ...

    async def aclose(self) -> None:
        """Stop listening and let go of connections."""
        ...


class LocalBus:
    """The bus of a workspace with one process."""

    healthy = True
    is_shared = False

    def __init__(self) -> None:
        self._handlers: dict[Topic, list[Handler]] = {}

    def publish(self, topic: Topic, payload: Payload) -> None:
        """Call this process's handlers."""
        for handler in self._handlers.get(topic, ()):
            handler(payload)

    def subscribe(self, topic: Topic, handler: Handler) -> None:
        """Call the handler for each signal of the topic."""
        self._handlers.setdefault(topic, []).append(handler)

    async def start(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""
