"""Telling events while things break."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from sqlalchemy import text

from reznet.core.bus import LocalBus
from reznet.core.config import Settings
from reznet.core.database import Database
from tests.support.sockets import Client, Workspace, eventually, rising, workspace


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


async def test_events_are_told_in_the_order_of_ids_whatever_the_order_of_commits(
    space: Workspace,
) -> None:
    channel = await space.channel()
    await eventually(lambda: space.sockets.projector.cursor > 0)
    ann = await space.connect()
    await ann.join(channel)

    async def post_slowly(number: int) -> None:
        async with space.database.write() as session:
            await session.execute(text("select 1"))
            await outbox_event(session, channel.id)
            await asyncio.sleep(0.03 if number % 3 == 0 else 0)

    await asyncio.gather(*(post_slowly(number) for number in range(30)))
    await space.post(channel, "end")

    await ann.until(lambda: "end" in ann.texts())
    assert len(ann.of("channel_updated")) == 30
    assert rising(ann.event_ids())


async def test_events_of_a_process_that_does_not_signal_are_found(
    space: Workspace, database_url: str
) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    other = Database(database_url, pool_size=1)
    async with other.write() as session:
        await outbox_event(session, channel.id)
    await other.aclose()

    await ann.until(lambda: ann.of("channel_updated"), timeout=3)


async def test_what_is_said_here_waits_for_what_comes_before_it_elsewhere(
    space: Workspace, database_url: str
) -> None:
    channel = await space.channel()
    await eventually(lambda: space.sockets.projector.cursor > 0)
    ann = await space.connect()
    await ann.join(channel)
    await space.post(channel, "before")
    other = Database(database_url, pool_size=1)
    async with other.write() as session:
        await outbox_event(session, channel.id)
        for number in range(3):
            await space.post(channel, str(number))
        assert ann.texts() in ([], ["before"])
    await space.post(channel, "after")
    await other.aclose()

    await ann.until(lambda: "after" in ann.texts())
    assert ann.texts() == ["before", "0", "1", "2", "after"]
    assert len(ann.of("channel_updated")) == 1
    assert rising(ann.event_ids())


async def test_many_posts_at_once_are_told_once_each_in_the_order_of_their_ids(
    space: Workspace,
) -> None:
    channel = await space.channel()
    await eventually(lambda: space.sockets.projector.cursor > 0)
    ann = await space.connect()
    await ann.join(channel)

    async def post(number: int) -> None:
        if number % 7:
            await space.post(channel, str(number))
            return
        async with space.database.write() as session:
            await outbox_event(session, channel.id)

    await asyncio.gather(*map(post, range(100)))
    await space.post(channel, "end")

    await ann.until(lambda: "end" in ann.texts())
    assert sorted(ann.texts()[:-1], key=int) == [str(n) for n in range(100) if n % 7]
    assert len(ann.of("channel_updated")) == 15
    assert rising(ann.event_ids())
    read = await ann.join(channel, last_event_id=min(ann.event_ids()))
    assert read["ok"]


async def test_database_that_goes_away_is_waited_for_and_nothing_lost(
    settings: Settings, database: Database
) -> None:
    async with workspace(settings, database) as space:
        channel = await space.channel()
        ann = await space.connect()
        await ann.join(channel)
        with structlog.testing.capture_logs() as logs:
            for number in range(3):
                async with database.read() as session:
                    await session.execute(text("select 1"))
                await kill_connections(database)
                await _post_with_patience(space, channel, str(number))
                await ann.until(lambda n=number: str(n) in ann.texts(), timeout=15)

        assert ann.texts() == ["0", "1", "2"]
        told = [entry for entry in logs if entry["event"] == "events can't be read; trying again"]
        assert len(told) <= 3


async def test_event_about_what_is_gone_stops_nobody(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    async with space.database.write() as session:
        await session.execute(
            text(
                "insert into events (kind, channel_id, message_id, payload, created_at)"
                " values ('message_sent', :channel, gen_random_uuid(), '{}', now()),"
                " ('of_the_future', :channel, null, '{}', now()),"
                " ('task_updated', :channel, null, '{}', now())"
            ),
            {"channel": channel.id},
        )
    await space.post(channel, "after")

    await ann.until(lambda: ann.texts() == ["after"])


async def test_client_that_polls_gets_everything_too(space: Workspace) -> None:
    channel = await space.channel()
    polling = Client()
    await polling.sio.connect(space.url, transports=["polling"])
    space.clients.append(polling)
    await polling.join(channel)

    for number in range(10):
        await space.post(channel, str(number))

    await polling.until(lambda: len(polling.texts()) == 10)
    assert polling.texts() == [str(number) for number in range(10)]


async def test_client_that_begins_with_polling_goes_on_with_a_websocket(space: Workspace) -> None:
    channel = await space.channel()
    client = Client()
    await client.sio.connect(space.url)
    space.clients.append(client)
    await client.join(channel)

    await space.post(channel, "hello")

    await client.until(lambda: client.texts() == ["hello"])
    assert client.sio.transport() == "websocket"


async def test_sockets_that_left_leave_nothing_behind(space: Workspace) -> None:
    channel = await space.channel()
    clients = [await space.connect() for _ in range(5)]
    for client in clients:
        await client.join(channel)
    for client in clients:
        await client.sio.disconnect()
    async with asyncio.timeout(5):
        while space.sockets.connections:
            await asyncio.sleep(0.01)

    assert space.sockets.rooms._members == {}
    assert space.sockets.rooms._of == {}
    assert space.sockets._clients == {}


async def test_closing_with_nobody_connected_is_fine(
    settings: Settings, database: Database
) -> None:
    async with workspace(settings, database, LocalBus()):
        pass


async def outbox_event(session: object, channel_id: object) -> None:
    await session.execute(  # type: ignore[attr-defined]
        text(
            "insert into events (kind, channel_id, payload, created_at)"
            " values ('channel_updated', :channel, '{}', now())"
        ),
        {"channel": channel_id},
    )


async def kill_connections(database: Database) -> None:
    """End every connection of the database but the one that does it."""
    import psycopg

    url = database.url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


async def _post_with_patience(space: Workspace, channel: object, words: str) -> None:
    from reznet.core.errors import Unavailable

    async with asyncio.timeout(10):
        while True:
            try:
                await space.post(channel, words)  # type: ignore[arg-type]
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return
