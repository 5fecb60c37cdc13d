"""Sessions: what they commit, what they undo, and which connections they give back."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Integer, Text, Uuid, any_, bindparam, column, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession, WriteSession
from reznet.core.errors import Unavailable
from reznet.core.statements import Statement
from reznet.models import EVENTS

_ECHO = Statement(
    select(
        bindparam("number", type_=Integer).label("number"),
        bindparam("open", type_=JSONB).label("open"),
    )
)
_COUNT = Statement(select(func.count().label("number")).select_from(EVENTS))
_NEW = ("kind", "channel_id", "payload", "created_at")
_INSERT = Statement(insert(EVENTS).returning(EVENTS.c.id), columns=_NEW)


class _Undo(Exception):
    pass


async def _insert_event(session: WriteSession) -> None:
    moment = (await session.execute(text("select now()"))).scalar_one()
    await session.fetch(
        _INSERT, {"kind": "test", "channel_id": None, "payload": {}, "created_at": moment}
    )


async def _number_of_events(database: Database) -> int:
    async with database.read() as session:
        row = await session.fetch_one(_COUNT, {})
    assert row is not None
    return row.number


@pytest.mark.parametrize(
    "value",
    [
        {"ä": [1, None, "x"]},
        [],
        "text",
        0,
        True,
        [2**80 + 1, -(10**19)],
        {"n": "12345678901234567890"},
    ],
)
async def test_json_is_the_same_by_both_ways(database: Database, value: object) -> None:
    async with database.read() as session:
        row = await session.fetch_one(_ECHO, {"number": 1, "open": value})
        statement = select(bindparam("open", value, type_=JSONB))
        through_core = (await session.execute(statement)).scalar_one()
    assert row is not None
    assert row.open == through_core == value


async def test_a_column_that_is_not_there_is_no_attribute(database: Database) -> None:
    async with database.read() as session:
        row = await session.fetch_one(_ECHO, {"number": 1, "open": {}})
    assert not hasattr(row, "other")


async def test_a_missing_parameter_is_not_null(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(KeyError, match="open"):
            await session.fetch(_ECHO, {"number": 1})


def test_values_of_the_statement_itself_are_kept() -> None:
    statement = Statement(select(column("a")).where(column("a", Text) == "fixed"))
    assert statement.arguments({}) == ["fixed"]


def test_lists_are_one_argument() -> None:
    ids = [uuid4(), uuid4()]
    wanted = column("id", Uuid) == any_(bindparam("ids", type_=ARRAY(Uuid)))
    assert Statement(select(column("id")).where(wanted)).arguments({"ids": ids}) == [ids]


async def test_both_ways_are_one_transaction(database: Database) -> None:
    before = await _number_of_events(database)
    with suppress(_Undo):
        async with database.write() as session:
            await _insert_event(session)
            await session.execute(text("select 1"))
            raise _Undo
    assert await _number_of_events(database) == before
    async with database.write() as session:
        await _insert_event(session)
    assert await _number_of_events(database) == before + 1


async def test_after_a_rollback_the_next_statement_is_in_a_transaction_too(
    database: Database,
) -> None:
    before = await _number_of_events(database)
    with suppress(_Undo):
        async with database.write() as session:
            await _insert_event(session)
            await session.rollback()
            await session.fetch(
                _INSERT, {"kind": "test", "channel_id": None, "payload": {}, "created_at": now()}
            )
            raise _Undo
    assert await _number_of_events(database) == before


async def test_a_savepoint_undoes_its_block_alone(database: Database) -> None:
    before = await _number_of_events(database)
    async with database.write() as session:
        await _insert_event(session)
        with suppress(_Undo):
            async with session.begin_nested():
                await _insert_event(session)
                raise _Undo
    assert await _number_of_events(database) == before + 1


async def test_what_was_broken_off_does_not_reach_the_next_user(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    sleep = Statement(select(func.pg_sleep(bindparam("seconds", type_=Integer))))
    asked = asyncio.Event()

    async def slow() -> None:
        async with database.write() as session:
            await _insert_event(session)
            asked.set()
            await session.fetch(sleep, {"seconds": 60})

    try:
        before = await _number_of_events(database)
        task = asyncio.create_task(slow())
        await asked.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await _number_of_events(database) == before
        assert database.pool_in_use == 0
    finally:
        await database.aclose()


_PID = Statement(select(func.pg_backend_pid().label("pid")))


async def _pid_of(session: ReadSession) -> int:
    row = await session.fetch_one(_PID, {})
    assert row is not None
    return row.pid


async def _end_session(database_url: str, pid: int) -> None:
    other = Database(database_url, pool_size=1)
    try:
        async with other.read() as session:
            await session.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    finally:
        await other.aclose()


async def test_a_connection_that_was_lost_unused_is_replaced_unseen(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    try:
        async with database.read() as session:
            first = await _pid_of(session)
        await _end_session(database_url, first)
        async with database.write() as session:
            assert await _pid_of(session) != first
    finally:
        await database.aclose()


@pytest.mark.parametrize("is_core", [True, False])
async def test_a_connection_that_is_lost_in_use_fails_once(
    database_url: str, *, is_core: bool
) -> None:
    database = Database(database_url, pool_size=1)

    async def lose() -> None:
        async with database.write() as session:
            await _end_session(database_url, await _pid_of(session))
            await (session.execute(text("select 1")) if is_core else _pid_of(session))

    try:
        with pytest.raises(Unavailable):
            await lose()
        async with database.read() as session:
            assert await _pid_of(session)
    finally:
        await database.aclose()


async def test_a_lost_race_can_be_tried_again(database: Database) -> None:
    """Two transactions that wait for one another: one of them is told to try again."""
    one, two = UUID(int=1), UUID(int=2)
    lock = Statement(select(func.pg_advisory_xact_lock(bindparam("key", type_=Integer))))
    both_hold = asyncio.Barrier(2)

    async def hold(first: UUID, then: UUID) -> None:
        async with database.write() as session:
            await session.fetch(lock, {"key": first.int})
            await both_hold.wait()
            await session.fetch(lock, {"key": then.int})

    results = await asyncio.gather(hold(one, two), hold(two, one), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Unavailable"]
