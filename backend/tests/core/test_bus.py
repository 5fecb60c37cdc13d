import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reznet.core.bus import LocalBus, Topic
from reznet.core.redis_bus import MAX_BYTES, RedisBus
from tests.support.sockets import eventually
from tests.support.valkey import ValkeyServer, valkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey(tmp_path) as running:
        yield running


@asynccontextmanager
async def bus_of(
    server: ValkeyServer, url: str | None = None
) -> AsyncIterator[tuple[RedisBus, dict[Topic, list[Any]]]]:
    bus = RedisBus(url or server.url)
    heard: dict[Topic, list[Any]] = {topic: [] for topic in Topic}
    for topic in Topic:
        bus.subscribe(topic, heard[topic].append)
    await bus.start()
    try:
        yield bus, heard
    finally:
        await bus.aclose()


def test_local_signal_is_handled_before_publish_returns() -> None:
    bus = LocalBus()
    heard: list[Any] = []
    bus.subscribe(Topic.CANCEL, heard.append)

    bus.publish(Topic.CANCEL, {"task_id": "1"})
    bus.publish(Topic.EVENTS, {})

    assert heard == [{"task_id": "1"}]


async def test_signal_reaches_every_process_once_and_in_order(server: ValkeyServer) -> None:
    async with bus_of(server) as (one, at_one), bus_of(server) as (_, at_two):
        task_id = uuid4()
        one.publish(Topic.CANCEL, {"task_id": task_id})
        for number in range(1000):
            one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": number})
        assert at_one[Topic.CANCEL] == [{"task_id": task_id}]

        await eventually(lambda: len(at_two[Topic.LIVE]) == 1000)

        assert at_two[Topic.CANCEL] == [{"task_id": str(task_id)}]
        assert [payload["data"] for payload in at_two[Topic.LIVE]] == list(range(1000))
        assert len(at_one[Topic.LIVE]) == 1000


async def test_workspaces_in_different_redis_databases_do_not_hear_each_other(
    server: ValkeyServer,
) -> None:
    other = server.url.removesuffix("0") + "1"
    async with (
        bus_of(server) as (one, _),
        bus_of(server, other) as (_, there),
        bus_of(server) as (_, here),
    ):
        one.publish(Topic.CANCEL, {"task_id": "1"})
        await eventually(lambda: here[Topic.CANCEL])
        assert there[Topic.CANCEL] == []


async def test_killed_subscription_comes_back_and_says_to_look(server: ValkeyServer) -> None:
    async with bus_of(server) as (one, _), bus_of(server) as (two, at_two):
        assert server.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub") >= 2
        await eventually(lambda: at_two[Topic.FORGET] and two.healthy and one.healthy)

        assert at_two[Topic.FORGET] == [{"keys": None}]
        assert at_two[Topic.EVENTS] == [{}]
        one.publish(Topic.CANCEL, {"task_id": "after"})
        await eventually(lambda: at_two[Topic.CANCEL])


async def test_redis_gone_and_back(server: ValkeyServer) -> None:
    async with bus_of(server) as (one, at_one), bus_of(server) as (two, at_two):
        server.stop()
        await eventually(lambda: not one.healthy and not two.healthy)
        one.publish(Topic.CANCEL, {"task_id": "while away"})
        for _ in range(20_000):
            one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": "x" * 1000})
        assert len(one._waiting) < 100
        assert len(at_one[Topic.CANCEL]) == 1

        server.start()
        await eventually(lambda: one.healthy and two.healthy, timeout=20)

        await eventually(lambda: at_two[Topic.EVENTS])
        one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": "back"})
        await eventually(lambda: at_two[Topic.LIVE])
        assert at_two[Topic.LIVE][-1]["data"] == "back"


async def test_bus_starts_without_redis_and_finds_it_later(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet.core.redis_bus._SOCKET_SECONDS", 0.2)
    server.stop()
    async with bus_of(server) as (one, at_one):
        assert not one.healthy
        one.publish(Topic.EVENTS, {})
        assert at_one[Topic.EVENTS] == [{}]
        server.start()
        await eventually(lambda: one.healthy)


async def test_huge_signal_is_handled_here_and_kept_from_the_others(server: ValkeyServer) -> None:
    async with bus_of(server) as (one, at_one), bus_of(server) as (_, at_two):
        one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": "x" * 33_000_000})
        one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": "x" * (MAX_BYTES // 2)})
        one.publish(Topic.CANCEL, {"task_id": "1"})
        await eventually(lambda: at_two[Topic.CANCEL])

        assert len(at_one[Topic.LIVE]) == 2
        assert [len(payload["data"]) for payload in at_two[Topic.LIVE]] == [MAX_BYTES // 2]
        assert one.healthy


async def test_queue_is_bounded_while_redis_does_not_take_it(server: ValkeyServer) -> None:
    async with bus_of(server) as (one, _):
        for number in range(50_000):  # without a pause in which the publisher could run
            one.publish(Topic.LIVE, {"room": "r", "event": "e", "data": number})
            if number % 10 == 0:
                one.publish(Topic.CANCEL, {"task_id": str(number)})

        assert len(one._waiting) <= 5_001


@pytest.mark.parametrize(
    "garbage", [b"", b"null", b"[1]", b'["o","nope",{}]', b"\xff\xfe", b'["o","live",{}]']
)
async def test_garbage_in_the_channel_does_not_make_deaf(
    server: ValkeyServer, garbage: bytes
) -> None:
    async with bus_of(server) as (one, _), bus_of(server) as (two, at_two):
        two.subscribe(Topic.LIVE, lambda payload: payload["room"])
        server.client().publish("reznet:bus:0", garbage)
        one.publish(Topic.CANCEL, {"task_id": "1"})

        await eventually(lambda: at_two[Topic.CANCEL])


async def test_idle_bus_keeps_its_connection(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet.core.redis_bus._HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("reznet.core.redis_bus._SILENCE_SECONDS", 0.3)
    async with bus_of(server) as (one, at_one):
        await asyncio.sleep(0.8)  # silence is what is tested
        assert one.healthy
        assert at_one[Topic.FORGET] == []


async def test_silent_redis_is_noticed(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet.core.redis_bus._HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("reznet.core.redis_bus._SILENCE_SECONDS", 0.2)
    async with bus_of(server) as (one, at_one):
        server.freeze()
        await eventually(lambda: not one.healthy)
        server.thaw()
        await eventually(lambda: one.healthy)
        assert at_one[Topic.EVENTS]
