"""Reading the outbox while transactions commit in any order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.core.database import Database, ReadSession, WriteSession
from reznet.repositories import channels, events
from reznet.repositories import outbox as stored
from reznet.schemas.channels import ChannelKind
from reznet.services import outbox


@pytest.fixture
async def channel_id(database: Database) -> UUID:
    async with database.write() as session:
        channel = await channels.insert_channel(
            session,
            channels.NewChannel(ChannelKind.CHANNEL, "Room", "room", "", None, "local-user"),
        )
    return channel.id


@pytest.fixture
async def tail(database: Database) -> outbox.Tail:
    reader = outbox.Tail()
    async with database.read() as session:
        await reader.start(session)
    return reader


async def append(session: WriteSession, channel_id: UUID) -> int:
    new = events.NewEvent("channel_updated", channel_id, None, None)
    await events.insert_events(session, [new])
    return (await session.execute(text("select lastval()"))).scalar_one()


async def committed(database: Database, channel_id: UUID) -> int:
    async with database.write() as session:
        return await append(session, channel_id)


async def rolled_back(database: Database, channel_id: UUID) -> None:
    async with database.write() as session:
        await append(session, channel_id)
        await session.rollback()


@asynccontextmanager
async def uncommitted(
    database: Database, channel_id: UUID
) -> AsyncIterator[tuple[int, Callable[[], None]]]:
    """Give the id of an event whose transaction is open, and what makes it commit."""
    drawn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    go = asyncio.Event()

    async def hold() -> None:
        async with database.write() as session:
            drawn.set_result(await append(session, channel_id))
            await go.wait()

    async with asyncio.TaskGroup() as group:
        holder = group.create_task(hold())

        async def commit() -> None:
            go.set()
            await holder

        yield await drawn, commit
        go.set()


async def read(database: Database, tail: outbox.Tail) -> list[int]:
    async with database.read() as session:
        return [row.id for row in await tail.read(session)]


async def test_event_that_commits_late_is_read_before_the_one_that_overtook_it(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    async with uncommitted(database, channel_id) as (first, commit):
        second = await committed(database, channel_id)
        third = await committed(database, channel_id)

        assert await read(database, tail) == []
        assert tail.waits
        await commit()
        assert await read(database, tail) == [first, second, third]
    assert not tail.waits
    assert await read(database, tail) == []


async def test_rolled_back_event_holds_nothing_up(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    await rolled_back(database, channel_id)
    after = await committed(database, channel_id)

    assert await read(database, tail) == [after]


async def test_transaction_that_is_about_something_else_holds_nothing_up(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    async with database.write() as session:
        await session.execute(text("update agents set updated_at = updated_at"))
        await rolled_back(database, channel_id)
        after = await committed(database, channel_id)

        assert await read(database, tail) == [after]


async def test_event_kept_back_for_too_long_is_told_later_with_a_new_id(
    database: Database, tail: outbox.Tail, channel_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_GAP_SECONDS", 0.1)
    async with uncommitted(database, channel_id) as (first, commit):
        second = await committed(database, channel_id)
        got: list[int] = []
        async with asyncio.timeout(5):
            while not got:
                got = await read(database, tail)
        assert got == [second]
        await tail.recover(database)
        assert tail.watches
        await commit()

        await tail.recover(database)

    (late,) = await read(database, tail)
    assert late > second > first
    assert not tail.watches
    async with database.read() as session:
        assert await stored.ids_among(session, [first]) == set()


async def test_event_in_flight_when_the_reader_starts_is_not_lost(
    database: Database, channel_id: UUID
) -> None:
    async with uncommitted(database, channel_id) as (first, commit):
        newest = await committed(database, channel_id)
        tail = outbox.Tail()
        async with database.read() as session:
            await tail.start(session)
        assert tail.cursor == newest
        await commit()
        await tail.recover(database)

    (late,) = await read(database, tail)
    assert late > newest > first
    async with database.read() as session:
        rows = await stored.select_after(session, newest, 10)
    assert [row.channel_id for row in rows] == [channel_id]


async def test_many_writers_and_a_reader(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    got: list[int] = []
    done = asyncio.Event()

    async def write(seed: int) -> None:
        for number in range(25):
            try:
                async with database.write() as session:
                    await append(session, channel_id)
                    await asyncio.sleep((seed * 7 + number * 3) % 5 / 1000)
                    if (seed + number) % 6 == 0:
                        raise RuntimeError
            except RuntimeError:
                continue

    async def follow() -> None:
        while True:
            finished = done.is_set()
            rows = await read(database, tail)
            got.extend(rows)
            if finished and not rows and not tail.waits:
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(follow())
        async with asyncio.TaskGroup() as writers:
            for seed in range(6):
                writers.create_task(write(seed))
        done.set()

    async with database.read() as session:
        everything = [row.id for row in await stored.select_after(session, 0, 1000)]
    assert got == [number for number in everything if number > got[0] - 1]
    assert len(got) == sum((seed + number) % 6 != 0 for seed in range(6) for number in range(25))


async def test_old_events_are_pruned_and_returning_clients_told_to_refetch(
    database: Database, channel_id: UUID
) -> None:
    ids = [await committed(database, channel_id) for _ in range(5)]
    async with database.write() as session:
        await session.execute(
            text(
                "update events set created_at = created_at - interval '8 days' where id <= :upto"
            ),
            {"upto": ids[2]},
        )

    assert await outbox.prune(database, timedelta(days=7)) == 3

    async with database.read() as session:
        assert (await since(session, channel_id, ids[0], ids[4])) is None
        assert (await since(session, channel_id, ids[2], ids[4])) == ids[3:]
    # The newest stays whatever its age: it tells how far events have come.
    assert await outbox.prune(database, timedelta(days=-1)) == 1
    async with database.read() as session:
        assert await stored.newest(session) == ids[4]


async def since(session: ReadSession, channel_id: UUID, after: int, upto: int) -> list[int] | None:
    missed = await outbox.since(session, channel_id, after, upto)
    return None if missed.refetch else [event.payload.event_id for event in missed.events]


async def test_ids_that_come_in_the_middle_of_a_gap_are_not_passed_over(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    async with uncommitted(database, channel_id) as (first, commit_first):
        async with uncommitted(database, channel_id) as (second, commit_second):
            third = await committed(database, channel_id)
            assert await read(database, tail) == []
            await commit_second()
            assert await read(database, tail) == []
        await commit_first()

    assert await read(database, tail) == [first, second, third]


async def test_abandoned_id_before_one_that_came_in_a_gap(
    database: Database, tail: outbox.Tail, channel_id: UUID
) -> None:
    go = asyncio.Event()
    drawn = asyncio.Event()

    async def give_up_later() -> None:
        async with database.write() as session:
            await append(session, channel_id)
            drawn.set()
            await go.wait()
            await session.rollback()

    async with asyncio.TaskGroup() as group:
        group.create_task(give_up_later())
        await drawn.wait()
        async with uncommitted(database, channel_id) as (second, commit):
            third = await committed(database, channel_id)
            assert await read(database, tail) == []
            await commit()
            assert await read(database, tail) == []
        go.set()

    assert await read(database, tail) == [second, third]
