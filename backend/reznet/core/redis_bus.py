"""The bus of a workspace with several processes: one pub/sub channel in Redis.

This process's handlers run at once; the others get what a small publisher sends for it. When Redis is
away, what may be lost is lost (live text), what must arrive waits (cancelling, forgetting), and after the
return everybody is told to look for new events and to forget what is cached.
"""

import asyncio
from collections import deque
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from reznet.core.background import Background
from reznet.core.bus import Handler, LocalBus, Payload, Topic

log = structlog.get_logger(__name__)

MAX_BYTES = 1024 * 1024
_MAX_WAITING = 5_000
_MAX_WAITING_BYTES = 16 * 1024 * 1024
_BATCH = 256
_SOCKET_SECONDS = 5.0
_HEARTBEAT_SECONDS = 5.0
_SILENCE_SECONDS = 12.0  # two heartbeats went unanswered
_RETRY_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0)
_MUST_ARRIVE = frozenset({Topic.CANCEL, Topic.FORGET})
_FAILURES = (RedisError, OSError, TimeoutError)


class RedisBus:
    """Signals to every process that shares the Redis database of the address."""

    is_shared = True

    def __init__(self, url: str) -> None:
        """Prepare the bus; nothing connects before `start`."""
        self._local = LocalBus()
        # Pub/sub knows no databases; workspaces in different ones must not hear each other.
        self._channel = f"reznet:bus:{urlsplit(url).path.strip('/') or '0'}"
        self._origin = uuid4().hex
        self._redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped kwargs
            url,
            protocol=2,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
            client_name="reznet-bus",
        )
        self._waiting: deque[tuple[Topic, bytes]] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._background = Background()
        self._listening = asyncio.Event()
        self._sending = True
        self._was_away = False

    @property
    def healthy(self) -> bool:
        """Whether signals reach the other processes, and theirs this one."""
        return self._listening.is_set() and self._sending

    def publish(self, topic: Topic, payload: Payload) -> None:
        """Call this process's handlers and hand the signal to the publisher. Never waits."""
        self._local.publish(topic, payload)
        if topic not in _MUST_ARRIVE and not self.healthy:
            return
        shared = {} if topic is Topic.EVENTS else payload  # others read what there is themselves
        body = orjson.dumps([self._origin, topic.value, shared], default=str)
        if len(body) > MAX_BYTES:
            log.error("signal is too large for other processes", topic=topic, bytes=len(body))
            return
        if len(self._waiting) >= _MAX_WAITING or self._waiting_bytes >= _MAX_WAITING_BYTES:
            self._make_room()
        self._waiting.append((topic, body))
        self._waiting_bytes += len(body)
        self._wake.set()

    def subscribe(self, topic: Topic, handler: Handler) -> None:
        """Call the handler on the event loop for each signal of the topic."""
        self._local.subscribe(topic, handler)

    async def start(self) -> None:
        """Begin to listen and to send. Does not fail when Redis is away; `healthy` tells."""
        self._background.start(self._publish_forever(), name="bus-publish")
        self._background.start(self._listen_forever(), name="bus-listen")
        try:
            async with asyncio.timeout(_SOCKET_SECONDS):
                await self._listening.wait()
        except TimeoutError:
            log.warning("Redis does not answer; other processes are not reached until it does")

    async def aclose(self) -> None:
        """Stop listening and let go of connections."""
        await self._background.aclose()
        await self._redis.aclose()

    def _make_room(self) -> None:
        """Drop what may be lost; if that is nothing, the oldest half."""
        kept = [item for item in self._waiting if item[0] in _MUST_ARRIVE]
        if len(kept) >= _MAX_WAITING // 2:
            kept = kept[len(kept) // 2 :]
        self._waiting = deque(kept)
        self._waiting_bytes = sum(len(body) for _, body in kept)
        # The events among the dropped signals only say that there is something to look for.
        self._waiting.append((Topic.EVENTS, orjson.dumps([self._origin, Topic.EVENTS.value, {}])))

    async def _publish_forever(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                self._waiting_bytes -= sum(len(body) for _, body in batch)
                try:
                    await self._send([body for _, body in batch])
                    self._sending = True
                    failures = 0
                except _FAILURES as error:
                    self._failed("publish", error)
                    self._sending = False
                    again = [item for item in batch if item[0] in _MUST_ARRIVE]
                    again.append(
                        (Topic.EVENTS, orjson.dumps([self._origin, Topic.EVENTS.value, {}]))
                    )
                    self._waiting.extendleft(reversed(again))
                    self._waiting_bytes += sum(len(body) for _, body in again)
                    await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                    failures += 1

    async def _send(self, bodies: list[bytes]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for body in bodies:
                pipeline.publish(self._channel, body)  # pyright: ignore[reportUnknownMemberType]
            await pipeline.execute()

    async def _listen_forever(self) -> None:
        failures = 0
        while True:
            try:
                async with self._redis.pubsub() as pubsub:  # pyright: ignore[reportUnknownMemberType]
                    await pubsub.subscribe(self._channel)  # pyright: ignore[reportUnknownMemberType]
                    failures = 0
                    await self._listen(pubsub)
            except _FAILURES as error:
                self._listening.clear()
                self._failed("listen", error)
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1

    async def _listen(self, pubsub: PubSub) -> None:
        clock = asyncio.get_running_loop().time
        heard = pinged = clock()
        while True:
            message = cast(
                "dict[str, Any] | None",
                await pubsub.get_message(timeout=_HEARTBEAT_SECONDS),  # pyright: ignore[reportUnknownMemberType]
            )
            now = clock()
            if message is not None:
                heard = now
                self._handle(message)
            if now - heard > _SILENCE_SECONDS:
                raise TimeoutError("Redis has fallen silent")
            if now - pinged >= _HEARTBEAT_SECONDS:
                pinged = now
                await pubsub.ping()  # pyright: ignore[reportUnknownMemberType]

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._subscribed()
        elif message["type"] == "message":
            self._dispatch(message["data"])

    def _subscribed(self) -> None:
        self._listening.set()
        if self._was_away:
            log.info("Redis is back")
            self._was_away = False
            # Whatever was said meanwhile was missed.
            self._local.publish(Topic.FORGET, {"keys": None})
            self._local.publish(Topic.EVENTS, {})
        self._wake.set()

    def _dispatch(self, data: bytes) -> None:
        try:
            origin, topic, payload = orjson.loads(data)
            if origin != self._origin:
                self._local.publish(Topic(topic), payload)
        except Exception:  # one bad signal must not make this process deaf
            log.exception("a signal from another process could not be handled")

    def _failed(self, doing: str, error: BaseException) -> None:
        if not self._was_away:
            log.warning("Redis is away", doing=doing, error=repr(error))
        self._was_away = True
