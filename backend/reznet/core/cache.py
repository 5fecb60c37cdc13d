"""A cache of frozen values, shared by every process of a workspace.

Alone it lies in memory. With Redis each process keeps a near copy, and Redis tells it when a key changed
(client-side caching). The database stays the truth: what is cached may be lost at any moment.

An edit calls `forget`, or publishes `Topic.FORGET`, once it is committed. In the process of the edit the old
value is gone at that moment; the others hear of it within milliseconds. Where the word can't reach
them, because Redis is away, they stop using the cache as soon as they notice: at once when the
connection breaks, after `core.redis_bus` has missed a heartbeat otherwise (15 s at most). Nothing is
kept for longer than `MAX_AGE_SECONDS`, whatever happens.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import structlog
from cashews import Cache as Cashews
from cashews.backends.memory import Memory
from cashews.backends.redis.client_side import BcastClientSide
from cashews.picklers import PicklerType
from cashews.serialize import DecodeError, register_type  # pyright: ignore[reportUnknownVariableType]
from cashews.wrapper.backend_settings import register_backend
from pydantic import BaseModel, ValidationError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from reznet.core.background import Background
from reznet.core.bus import Bus, Payload, Topic

log = structlog.get_logger(__name__)

MAX_AGE_SECONDS = 60
_MAX_KEYS = 10_000
_REDIS_SECONDS = 1.0  # longest wait for Redis; the database is the faster way then
_AWAY_SECONDS = 1.0  # how long Redis is left alone after it failed
_PREFIX = "reznet:cache:"

_kinds: set[str] = set()


class Cache:
    """Get-or-load by key, and forget after an edit."""

    def __init__(self, redis_url: str | None = None, bus: Bus | None = None) -> None:
        """Prepare the cache; nothing connects yet. Without a bus nobody else hears `forget`."""
        self._far: _Far | None = None
        self._cashews = Cashews()
        if redis_url is None:
            self._near = cast("Memory", self._cashews.setup(f"mem://?size={_MAX_KEYS}"))
        else:
            self._near = _ShortLived(size=_MAX_KEYS)
            self._far = cast("_Far", _set_up(self._cashews, redis_url, self._near))
        self._bus = bus
        self._background = Background()
        # A load takes a token; whoever forgets the key takes it away, and what was loaded is not kept.
        self._loads: dict[str, set[object]] = {}
        self._deleting: dict[str, asyncio.Task[None]] = {}
        self._away_until = 0.0
        if bus is not None:
            bus.subscribe(Topic.FORGET, self._heard)

    async def get_or_load[T: BaseModel](
        self, key: str, load: Callable[[], Awaitable[T | None]]
    ) -> T | None:
        """Return the cached value, or load and keep it. A value that is not there is not kept."""
        if not self._usable(key):
            return await load()
        token = object()
        self._loads.setdefault(key, set()).add(token)
        try:
            found = await self._get(key)
            if found is not None and self._holds(key, token):
                return cast("T", found)
            value = await load()
            if value is not None and self._holds(key, token) and self._usable(key):
                await self._set(key, value)
                if not self._holds(key, token):
                    self._drop([key])
            return value
        finally:
            self._let_go(key, token)

    async def forget(self, *keys: str) -> None:
        """Drop the keys in every process. Call it after the commit of what changed them."""
        if self._bus is not None:
            self._bus.publish(Topic.FORGET, {"keys": list(keys)})
        else:
            self._drop(keys)
        waiting = [self._deleting[key] for key in keys if key in self._deleting]
        if waiting:
            await asyncio.wait(waiting, timeout=_REDIS_SECONDS)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._background.aclose()
        if self._far is not None:
            await self._far.stop_listening()
        await self._cashews.close()

    def _usable(self, key: str) -> bool:
        if self._bus is not None and not self._bus.healthy:
            return False
        return key not in self._deleting and self._reachable()

    def _reachable(self) -> bool:
        return self._far is None or asyncio.get_running_loop().time() >= self._away_until

    def _holds(self, key: str, token: object) -> bool:
        return token in self._loads.get(key, ())

    def _let_go(self, key: str, token: object) -> None:
        tokens = self._loads.get(key)
        if tokens is not None:
            tokens.discard(token)
            if not tokens:
                del self._loads[key]

    async def _get(self, key: str) -> BaseModel | None:
        try:
            if self._far is not None:
                await self._far.keep_listening()
            return cast("BaseModel | None", await self._cashews.get(key))
        except (RedisError, OSError, TimeoutError) as error:
            self._went_away(error)
            return None

    async def _set(self, key: str, value: BaseModel) -> None:
        _teach(type(value))
        try:
            await self._cashews.set(key, value, expire=MAX_AGE_SECONDS)
        except (RedisError, OSError, TimeoutError) as error:
            self._went_away(error)

    def _heard(self, payload: Payload) -> None:
        keys = payload.get("keys")
        if keys is None:  # signals may have been missed
            self._loads.clear()
            self._near.store.clear()
        else:
            self._drop(keys)

    def _drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._loads.pop(key, None)
            self._near.store.pop(key, None)
            if self._far is not None:
                # Until Redis has dropped it too, the key is read from the database.
                # A deletion that is under way may be older than what it should delete.
                after = self._deleting.get(key)
                self._deleting[key] = self._background.start(
                    self._delete(key, after), name="cache-delete"
                )

    async def _delete(self, key: str, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait([after])
        while True:
            try:
                await self._cashews.delete(key)
                break
            except (RedisError, OSError, TimeoutError) as error:
                self._went_away(error)
                await asyncio.sleep(_AWAY_SECONDS)
        self._near.store.pop(key, None)
        if self._deleting.get(key) is asyncio.current_task():
            del self._deleting[key]

    def _went_away(self, error: BaseException) -> None:
        if self._reachable():
            log.warning("cache is not reachable; reading from the database", error=repr(error))
        self._away_until = asyncio.get_running_loop().time() + _AWAY_SECONDS
        self._near.store.clear()


class _Far(BcastClientSide):
    """Redis with client-side caching, whose listener neither dies unseen nor holds up the end."""

    async def keep_listening(self) -> None:
        """Start the listener again when it has died; cashews waits for lost connections only."""
        if self._listen_task is not None and self._listen_task.done():
            await self.init()

    async def stop_listening(self) -> None:
        """End the listener now; cashews would wait out its ten seconds between two tries."""
        if self._listen_task is not None:
            self._listen_task.cancel()
            await asyncio.wait([self._listen_task])
            self._listen_task = None


class _ShortLived(Memory):
    """A near copy that is never older than the bound, even where Redis forgot to tell."""

    def _set(self, key: str, value: object, expire: float | None = None) -> None:
        super()._set(key, value, min(expire or MAX_AGE_SECONDS, MAX_AGE_SECONDS))


def _far_backend(**options: object) -> _Far:
    return _Far(**cast("dict[str, Any]", options))


def _set_up(cashews: Cashews, redis_url: str, near: Memory) -> object:
    for scheme in ("redis", "rediss", "unix"):
        register_backend(scheme, _far_backend, pass_uri=True, pickler=PicklerType.NULL)
    return cashews.setup(
        redis_url,
        client_side_prefix=_PREFIX,
        local_cache=near,
        # Over RESP3 the invalidation messages never arrive.
        protocol=2,
        suppress=False,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
        wait_for_connection_timeout=_REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
        # Values are JSON: whoever can write to Redis must not be able to run code here.
        pickle_type="null",
        check_repr=False,
    )


def _teach(kind: type[BaseModel]) -> None:
    """Let the serialiser read and write a model, by its name.

    A process that has not stored one yet can't read one; it loads it and has learnt it.
    """
    if kind.__name__ in _kinds:
        return

    async def encode(value: BaseModel, *_: object) -> bytes:
        return value.model_dump_json().encode()

    async def decode(value: bytes, *_: object) -> BaseModel:
        try:
            return kind.model_validate_json(value)
        except ValidationError as error:  # written by another version of the program
            raise DecodeError from error

    register_type(kind, encode, decode)
    _kinds.add(kind.__name__)
