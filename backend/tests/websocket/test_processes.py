"""Two processes that share a database and Redis; here side by side, with nothing else in common."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.redis_bus import RedisBus
from tests.support.sockets import Workspace, eventually, rising, workspace
from tests.support.valkey import ValkeyServer, valkey


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey(tmp_path) as running:
        yield running


@dataclass
class Pair:
    one: Workspace
    two: Workspace

    @property
    def healthy(self) -> bool:
        return self.one.ports.bus.healthy and self.two.ports.bus.healthy


@pytest.fixture
async def pair(
    settings: Settings, database: Database, database_url: str, redis_server: ValkeyServer
) -> AsyncIterator[Pair]:
    other = Database(database_url, pool_size=5)
    async with (
        workspace(settings, database, RedisBus(redis_server.url)) as one,
        workspace(settings, other, RedisBus(redis_server.url)) as two,
    ):
        yield Pair(one, two)
    await other.aclose()


async def test_room_spans_processes(pair: Pair) -> None:
    channel = await pair.one.channel()
    ann, ben = await pair.one.connect(), await pair.two.connect()
    await ann.join(channel)
    await ben.join(channel)

    await ann.call("send_message", {"channel_id": str(channel.id), "content": "from one"})
    await ben.call("send_message", {"channel_id": str(channel.id), "content": "from two"})
    await ann.call("typing", {"channel_id": str(channel.id)})
    answer = await pair.one.answer(channel)
    pair.one.stream(answer, 0, "Hello")

    for client in (ann, ben):
        await client.until(lambda c=client: c.of("message_delta"))
        assert client.texts() == ["from one", "from two", ""]
        assert client.of("message_delta")[0]["text"] == "Hello"
        assert rising(client.event_ids())
    assert (len(ben.of("user_typing")), len(ann.of("user_typing"))) == (1, 0)
    assert pair.two.live.text(answer.id, 1, "") == "Hello"


async def test_killed_subscriptions_do_not_make_clients_deaf(
    pair: Pair, redis_server: ValkeyServer
) -> None:
    channel = await pair.one.channel()
    ann, ben = await pair.one.connect(), await pair.two.connect()
    await ann.join(channel)
    await ben.join(channel)

    redis_server.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await pair.one.post(channel, "during")
    await ben.until(lambda: "during" in ben.texts())

    await eventually(lambda: pair.healthy)
    answer = await pair.one.answer(channel)
    pair.one.stream(answer, 0, "live again")
    await ben.until(lambda: ben.of("message_delta"))


async def test_messages_arrive_while_redis_is_away(pair: Pair, redis_server: ValkeyServer) -> None:
    channel = await pair.one.channel()
    ann, ben = await pair.one.connect(), await pair.two.connect()
    await ann.join(channel)
    await ben.join(channel)

    redis_server.stop()
    await eventually(lambda: not pair.one.ports.bus.healthy and not pair.two.ports.bus.healthy)
    await pair.one.post(channel, "away")
    await ann.until(lambda: ann.texts() == ["away"])
    await ben.until(lambda: ben.texts() == ["away"])

    redis_server.start()
    await eventually(lambda: pair.healthy, timeout=20)
    await pair.one.post(channel, "back")
    await ben.until(lambda: ben.texts() == ["away", "back"])


async def test_huge_live_event_hurts_nobody(pair: Pair) -> None:
    channel = await pair.one.channel()
    ann, ben = await pair.one.connect(), await pair.two.connect()
    await ann.join(channel)
    await ben.join(channel)
    answer = await pair.one.answer(channel)

    pair.one.stream(answer, 0, "x" * 33_000_000)
    await pair.one.post(channel, "after")

    await ben.until(lambda: "after" in ben.texts())
    assert pair.healthy
