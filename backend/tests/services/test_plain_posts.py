"""Plain messages that come at the same moment: stored together, each as if it were alone."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.core.database import Database
from reznet.core.errors import Conflict
from reznet.schemas.channels import ChannelCreate, ChannelUpdate
from reznet.schemas.messages import MessageCreate
from reznet.services import channels, messages
from reznet.services.messages import Posted
from reznet.services.ports import LOCAL_USER, Actor, Ports

type Post = Callable[..., Awaitable[Posted]]


@pytest.fixture
async def rooms(database: Database, ports: Ports) -> list[UUID]:
    made: list[UUID] = []
    for name in ("one", "two"):
        async with database.write() as session:
            channel, _ = await channels.create(
                session, ports, LOCAL_USER, ChannelCreate(name=name)
            )
        made.append(channel.id)
    return made


@pytest.fixture
def post(database: Database, ports: Ports, rooms: list[UUID]) -> Post:
    async def post(
        content: str, room: UUID = rooms[0], actor: Actor = LOCAL_USER, **more: object
    ) -> Posted:
        body = MessageCreate.model_validate({"content": content, **more})
        async with database.write() as session:
            return await messages.post(session, ports, actor, room, body)

    return post


async def _rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.read() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]


@asynccontextmanager
async def _locked(database: Database, room: UUID) -> AsyncIterator[None]:
    """Keep everybody from posting to a channel, as whoever archives it does for a moment."""
    async with database.write() as session:
        await session.execute(
            text("select id from channels where id = :id for update"), {"id": room}
        )
        yield


async def _someone_waits(database: Database) -> None:
    async with asyncio.timeout(10):
        while not await _rows(database, "select 1 from pg_locks where not granted"):
            await asyncio.sleep(0.01)


async def test_many_at_once_are_stored_in_their_order_by_few_statements(
    database: Database, post: Post
) -> None:
    texts = [f"{number} 'quoted' {{braces}} \\N 🙂" for number in range(120)]
    posted = await asyncio.gather(*map(post, texts))

    assert [one.message.content for one in posted] == texts
    assert all(one.created for one in posted)
    told = await _rows(
        database,
        "select messages.id, content, messages.xmin::text from events"
        " join messages on messages.id = message_id order by events.id",
    )
    assert [row[:2] for row in told] == [(one.message.id, one.message.content) for one in posted]
    ids = [one.message.id for one in posted]
    assert all(a < b for a, b in itertools.pairwise(ids))
    assert len({row[2] for row in told}) < 10


async def test_one_key_at_one_moment_is_one_message(database: Database, post: Post) -> None:
    keys = ["a", "b", "a", "a", "b", "c"]
    posted = await asyncio.gather(*(post(f"as {key}", client_id=key) for key in keys))

    assert [one.message.content for one in posted] == [f"as {key}" for key in keys]
    assert [one.created for one in posted] == [True, True, False, False, False, True]
    assert len({one.message.id for one in posted}) == 3
    assert await _rows(database, "select count(*) from events where message_id is not null") == [
        (3,)
    ]


async def test_one_that_cannot_be_stored_keeps_no_other_out(
    database: Database, post: Post
) -> None:
    nobody = Actor("nobody", UUID(int=1), "Nobody")
    outcomes = await asyncio.gather(
        *(post(str(number), actor=nobody if number == 2 else LOCAL_USER) for number in range(5)),
        return_exceptions=True,
    )
    assert [isinstance(outcome, BaseException) for outcome in outcomes] == [
        number == 2 for number in range(5)
    ]
    stored = await _rows(database, "select content from messages order by id")
    assert stored == [("0",), ("1",), ("3",), ("4",)]
    assert (await post("5")).created


async def test_an_archived_channel_refuses_each_of_many(
    database: Database, ports: Ports, rooms: list[UUID], post: Post
) -> None:
    async with database.write() as session:
        await channels.update(
            session, ports, LOCAL_USER, rooms[0], ChannelUpdate.model_validate({"archived": True})
        )
    refused = await asyncio.gather(*(post(str(n)) for n in range(4)), return_exceptions=True)
    assert all(isinstance(one, Conflict) for one in refused)
    assert await _rows(database, "select 1 from messages") == []


async def test_who_gives_up_in_line_holds_up_nobody_and_no_other_channel(
    database: Database, rooms: list[UUID], post: Post
) -> None:
    async with _locked(database, rooms[0]):
        first, second, third = [asyncio.ensure_future(post(name)) for name in ("1", "2", "3")]
        await _someone_waits(database)
        assert (await post("elsewhere", rooms[1])).created
        for given_up in (second, first):  # one that waits for its turn, and the one that stores
            given_up.cancel()
        await asyncio.wait([first, second])
        assert first.cancelled()
        assert second.cancelled()
    assert (await third).message.content == "3"
    stored = await _rows(database, "select content from messages where content <> 'elsewhere'")
    assert stored == [("3",)]


async def test_who_is_called_and_gone_passes_its_turn_on(
    database: Database, rooms: list[UUID], post: Post
) -> None:
    async def post_and_cancel_the_next() -> Posted:
        posted = await post("1")
        second.cancel()  # it has been called, and the loop has not come to it yet
        return posted

    async with _locked(database, rooms[0]):
        first = asyncio.ensure_future(post_and_cancel_the_next())
        second, third = [asyncio.ensure_future(post(name)) for name in ("2", "3")]
        await _someone_waits(database)
    assert (await first).created
    assert (await third).created
    assert (await post("4")).created
    stored = await _rows(database, "select content from messages order by id")
    assert stored == [("1",), ("3",), ("4",)]
