import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from reznet.core.bus import Bus, LocalBus, Topic
from reznet.core.cache import Cache
from reznet.core.redis_bus import RedisBus
from tests.support.sockets import eventually
from tests.support.valkey import ValkeyServer, valkey


class Thing(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str


class Source:
    """Stands for the database: counts loads, and can be made slow."""

    def __init__(self, name: str | None = "old") -> None:
        self.name = name
        self.loads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self) -> Thing | None:
        self.loads += 1
        seen = self.name
        await self.gate.wait()
        return Thing(name=seen) if seen is not None else None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey(tmp_path) as running:
        yield running


type Make = Callable[[], Awaitable[tuple[Cache, Bus]]]


@pytest.fixture
async def process(server: ValkeyServer) -> AsyncIterator[Make]:
    """Return what makes the cache and bus of one more process."""
    async with AsyncExitStack() as stack:

        async def make() -> tuple[Cache, Bus]:
            bus = RedisBus(server.url)
            cache = Cache(server.url, bus)
            await bus.start()
            stack.push_async_callback(bus.aclose)
            stack.push_async_callback(cache.aclose)
            return cache, bus

        yield make


async def name_of(cache: Cache, source: Source, key: str = "thing") -> str | None:
    thing = await cache.get_or_load(key, source.load)
    return thing.name if thing else None


@asynccontextmanager
async def alone() -> AsyncIterator[tuple[Cache, Bus]]:
    bus = LocalBus()
    cache = Cache(None, bus)
    yield cache, bus
    await cache.aclose()


async def test_value_is_loaded_once() -> None:
    async with alone() as (cache, _):
        source = Source()
        assert [await name_of(cache, source) for _ in range(3)] == ["old"] * 3
        assert source.loads == 1


async def test_missing_value_is_not_kept() -> None:
    async with alone() as (cache, _):
        source = Source(None)
        assert await name_of(cache, source) is None
        source.name = "there now"
        assert await name_of(cache, source) == "there now"


async def test_edit_is_seen_at_once_in_its_process() -> None:
    async with alone() as (cache, bus):
        source = Source()
        await name_of(cache, source)
        source.name = "new"
        bus.publish(Topic.FORGET, {"keys": ["thing"]})
        assert await name_of(cache, source) == "new"


async def test_reader_that_loaded_before_an_edit_does_not_keep_the_old_value() -> None:
    async with alone() as (cache, _):
        source = Source()
        source.gate.clear()
        reader = asyncio.create_task(name_of(cache, source))
        await eventually(lambda: source.loads)
        source.name = "new"
        await cache.forget("thing")
        source.gate.set()

        assert await reader == "old"
        assert await name_of(cache, source) == "new"


async def test_second_process_reads_what_the_first_stored(process: Make) -> None:
    (one, _), (two, _) = await process(), await process()
    source = Source()
    await name_of(one, source)
    # This process has learnt the model; a real second one loads its first and reads the next.
    assert await name_of(two, source) == "old"
    assert source.loads == 1


async def test_edit_is_seen_at_once_here_and_soon_elsewhere(process: Make) -> None:
    (one, bus), (two, _) = await process(), await process()
    source = Source()
    for cache in (one, two):
        await name_of(cache, source)

    source.name = "new"
    bus.publish(Topic.FORGET, {"keys": ["thing"]})
    assert await name_of(one, source) == "new"

    async with asyncio.timeout(1):
        while await name_of(two, source) != "new":
            await asyncio.sleep(0.001)
    for _ in range(20):
        assert await name_of(one, source) == "new"
        assert await name_of(two, source) == "new"
        await asyncio.sleep(0.01)


async def test_redis_tells_near_copies_of_a_change_without_the_bus(server: ValkeyServer) -> None:
    """Client-side caching works by itself: over RESP3 it silently would not."""
    one, two = Cache(server.url), Cache(server.url)
    source = Source()
    try:
        for _ in range(2):
            for cache in (one, two):
                await name_of(cache, source)
        loads = source.loads
        source.name = "new"
        await one.forget("thing")

        async with asyncio.timeout(5):
            while await name_of(two, source) != "new":
                await asyncio.sleep(0.01)
        assert loads == 1
    finally:
        await one.aclose()
        await two.aclose()


async def test_reader_elsewhere_that_loaded_before_the_edit_does_not_keep_the_old_value(
    process: Make,
) -> None:
    (_, bus), (two, _) = await process(), await process()
    source = Source()
    source.gate.clear()
    reader = asyncio.create_task(name_of(two, source))
    await eventually(lambda: source.loads)
    source.name = "new"
    bus.publish(Topic.FORGET, {"keys": ["thing"]})
    await eventually(lambda: not two._loads)
    source.gate.set()

    assert await reader == "old"
    assert await name_of(two, source) == "new"


async def test_many_edits_and_readers_end_with_the_newest_everywhere(process: Make) -> None:
    processes = [await process() for _ in range(3)]
    source = Source("0")
    done = asyncio.Event()

    async def read(cache: Cache) -> None:
        while not done.is_set():
            await name_of(cache, source)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for cache, _ in processes:
            group.create_task(read(cache))
        for number in range(1, 101):
            source.name = str(number)
            cache, bus = processes[number % 3]
            bus.publish(Topic.FORGET, {"keys": ["thing"]})
            assert await name_of(cache, source) == str(number)
        done.set()

    await eventually(lambda: not any(cache._deleting for cache, _ in processes))
    for cache, _ in processes:
        async with asyncio.timeout(1):
            while await name_of(cache, source) != "100":
                await asyncio.sleep(0.001)


async def test_redis_away_means_the_database_and_no_error(
    process: Make, server: ValkeyServer
) -> None:
    (one, bus), (two, other) = await process(), await process()
    source = Source()
    for cache in (one, two):
        await name_of(cache, source)
    server.stop()
    await eventually(lambda: not bus.healthy and not other.healthy)
    source.name = "new"
    bus.publish(Topic.FORGET, {"keys": ["thing"]})

    assert [await name_of(one, source), await name_of(two, source)] == ["new", "new"]
    source.name = "newer"
    assert [await name_of(one, source), await name_of(two, source)] == ["newer", "newer"]

    server.start()
    await eventually(lambda: bus.healthy and other.healthy and not one._deleting)
    assert [await name_of(one, source), await name_of(two, source)] == ["newer", "newer"]


async def test_missed_forget_is_made_good_when_the_subscription_is_back(
    process: Make, server: ValkeyServer
) -> None:
    (one, _), (two, _) = await process(), await process()
    source = Source()
    for cache in (one, two):
        await name_of(cache, source)
    server.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    source.name = "new"
    await one.forget("thing")

    async with asyncio.timeout(5):
        while await name_of(two, source) != "new":
            await asyncio.sleep(0.005)


async def test_cache_starts_without_redis(server: ValkeyServer) -> None:
    server.stop()
    cache = Cache(server.url)
    source = Source()
    try:
        assert await name_of(cache, source) == "old"
        source.name = "new"
        assert await name_of(cache, source) == "new"
    finally:
        await cache.aclose()


async def test_values_of_another_program_version_are_loaded_anew(
    process: Make, server: ValkeyServer
) -> None:
    one, _ = await process()
    source = Source()
    await name_of(one, source)
    (key,) = server.client().keys("reznet:cache:*")
    server.client().set(key, b'Thing:{"title":"?"}')

    async with asyncio.timeout(5):
        while source.loads == 1:
            assert await name_of(one, source) == "old"
            await asyncio.sleep(0.01)


async def test_nothing_in_redis_can_run_code(process: Make, server: ValkeyServer) -> None:
    one, _ = await process()
    source = Source()
    await name_of(one, source)
    (key,) = server.client().keys("reznet:cache:*")
    server.client().set(key, b"cposix\nsystem\n(S'exit 1'\ntR.")

    async with asyncio.timeout(5):
        while source.loads == 1:
            assert await name_of(one, source) == "old"
            await asyncio.sleep(0.01)
