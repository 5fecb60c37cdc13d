"""Files and the messages that take them."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Conflict, Invalid, NotFound
from reznet.core.spool import PIECE_BYTES
from reznet.repositories import messages as message_rows
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.files import FileOut
from reznet.schemas.messages import MessageCreate, MessageOut, MessageUpdate
from reznet.services import channels, files, messages, runs
from reznet.services.ports import LOCAL_USER, Actor, Ports
from tests.support.files import store_file
from tests.support.statements import statements_of

OTHER = Actor("ada", UUID("00000000-0000-7000-8000-0000000000ad"), "Ada")


@pytest.fixture
async def channel(database: Database, ports: Ports) -> ChannelOut:
    return await make_channel(database, ports)


async def make_channel(database: Database, ports: Ports) -> ChannelOut:
    async with database.write() as session:
        body = ChannelCreate(name=uuid.uuid4().hex)
        return (await channels.create(session, ports, LOCAL_USER, body))[0]


async def upload(
    database: Database, ports: Ports, channel: ChannelOut, content: bytes = b"hello", **more: Any
) -> FileOut:
    return await store_file(database, ports.settings.data_path, channel.id, content, **more)


async def post(
    database: Database,
    ports: Ports,
    channel: ChannelOut,
    content: str = "",
    *given: UUID,
    **more: str,
) -> MessageOut:
    async with database.write() as session:
        body = MessageCreate(content=content, file_ids=given, **more)
        posted = await messages.post(session, ports, LOCAL_USER, channel.id, body)
    return posted.message


async def count(database: Database, table: str = "files") -> int:
    async with database.read() as session:
        return (await session.execute(text(f"select count(*) from {table}"))).scalar_one()


async def test_two_messages_can_not_take_the_same_file(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    one, other = [await upload(database, ports, channel) for _ in range(2)]
    results = await asyncio.gather(
        *(
            post(database, ports, channel, "mine", *ids)
            for ids in [(one.id, other.id), (other.id, one.id), (one.id,), (other.id,)]
        ),
        return_exceptions=True,
    )
    taken = [file.id for found in results if isinstance(found, MessageOut) for file in found.files]
    assert sorted(taken) == sorted([one.id, other.id])
    refusals = [found for found in results if not isinstance(found, MessageOut)]
    assert refusals
    assert all(isinstance(found, Conflict) for found in refusals), refusals
    # What was refused left no message.
    assert await count(database, "messages") == 4 - len(refusals)


async def test_only_own_files_of_the_channel_can_be_taken(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    async with database.write() as session:
        await session.execute(
            text(
                "insert into users (id, handle, name, created_at) values (:id, 'ada', 'Ada', now())"
            ),
            {"id": OTHER.user_id},
        )
    elsewhere = await upload(database, ports, await make_channel(database, ports))
    foreign = await upload(database, ports, channel, actor=OTHER)
    mine = await upload(database, ports, channel)
    for file_id in (elsewhere.id, foreign.id, uuid.uuid4()):
        with pytest.raises(Invalid) as refused:
            await post(database, ports, channel, "x", mine.id, file_id)
        assert refused.value.errors[0].field == "file_ids.1"
    # Another's file can't be seen either, before it is sent.
    async with database.read() as session:
        with pytest.raises(NotFound):
            await files.get(session, LOCAL_USER, foreign.id)
    assert (await post(database, ports, channel, "x", mine.id)).files == (mine,)


async def test_the_same_post_again_takes_nothing_more(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    file, later = [await upload(database, ports, channel) for _ in range(2)]
    first = await post(database, ports, channel, "x", file.id, client_id="k")
    again = await post(database, ports, channel, "x", file.id, client_id="k")
    other = await post(database, ports, channel, "x", later.id, client_id="k")
    assert (again.id, again.files) == (other.id, other.files) == (first.id, (file,))
    assert (await post(database, ports, channel, "y", later.id)).files == (later,)


async def test_the_same_post_twice_at_once_takes_its_files_once(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    file = await upload(database, ports, channel)
    posted = await asyncio.gather(
        *(post(database, ports, channel, "x", file.id, client_id="k") for _ in range(5))
    )
    assert len({message.id for message in posted}) == 1
    assert all(message.files == (file,) for message in posted)


async def test_files_go_with_their_message(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    kept = await upload(database, ports, channel, bytes(PIECE_BYTES + 1))
    file = await upload(database, ports, channel, bytes(PIECE_BYTES + 1))
    message = await post(database, ports, channel, "x", file.id)
    async with database.write() as session:
        with pytest.raises(Conflict):
            await files.delete(session, LOCAL_USER, file.id)
    async with database.write() as session:
        await messages.delete(session, ports, LOCAL_USER, message.id)
    assert await count(database) == 1
    assert await count(database, "file_chunks") == 2
    async with database.read() as session:
        assert (await files.get(session, LOCAL_USER, kept.id)).shown == kept
        gone = await message_rows.get(session, message.id)
    assert gone is not None
    assert gone.files == ()


async def test_only_a_message_with_files_may_be_edited_to_say_nothing(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    file = await upload(database, ports, channel)
    bare = await post(database, ports, channel, "x")
    full = await post(database, ports, channel, "x", file.id)
    async with database.write() as session:
        blank = MessageUpdate(content="")
        edited = await messages.update(session, ports, LOCAL_USER, full.id, blank)
        assert (edited.content, edited.files) == ("", (file,))
        with pytest.raises(Invalid) as refused:
            await messages.update(session, ports, LOCAL_USER, bare.id, blank)
    assert refused.value.errors[0].field == "content"


async def test_what_was_never_sent_is_cleared_away(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    fresh = await upload(database, ports, channel)
    sent = await upload(database, ports, channel)
    await post(database, ports, channel, "x", sent.id)
    old = [(await upload(database, ports, channel)).id for _ in range(45)]
    async with database.write() as session:
        await session.execute(
            text("update files set created_at = :then where id <> :fresh"),
            {"then": now() - timedelta(days=1, minutes=1), "fresh": fresh.id},
        )
    assert await files.clear_unattached(database) == len(old)
    assert await files.clear_unattached(database) == 0
    async with database.read() as session:
        for file in (fresh, sent):
            assert (await files.get(session, LOCAL_USER, file.id)).shown.id == file.id
    assert await count(database, "file_chunks") == 2


async def test_a_file_that_is_being_sent_is_not_cleared_away(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    file = await upload(database, ports, channel)
    async with database.write() as session:
        await session.execute(
            text("update files set created_at = :then"), {"then": now() - timedelta(days=2)}
        )
    async with database.write() as session:
        body = MessageCreate(content="", file_ids=(file.id,))
        posted = await messages.post(session, ports, LOCAL_USER, channel.id, body)
        assert await files.clear_unattached(database) == 0
    assert posted.message.files[0].id == file.id
    assert await files.clear_unattached(database) == 0


async def test_who_has_no_files_pays_for_none(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    with statements_of(database) as statements:
        async with database.write() as session:
            body = MessageCreate(content="@backend hello")
            (task,) = (await messages.post(session, ports, LOCAL_USER, channel.id, body)).tasks
        async with database.write() as session:
            begun = await runs.claim(session, ports, task.id, task.run, "one")
            assert begun is not None
            run = await runs.load(session, begun)
    assert run is not None
    assert run.file_texts == {}
    assert any("insert into messages" in one.lower() for one in statements)
    ours = ("file_chunks", "update files", "delete from files", "files.sha256")
    assert not [one for one in statements if any(part in one.lower() for part in ours)]


async def test_a_run_is_given_the_texts_that_it_can_use(
    database: Database, ports: Ports, channel: ChannelOut
) -> None:
    contents = {
        "note.txt": "grün".encode(),
        "old.txt": "grün".encode("latin-1"),
        "long.txt": b"x" * (PIECE_BYTES + 5),
        "data.bin": bytes(100),
    }
    uploaded = {
        name: await upload(database, ports, channel, content, name=name)
        for name, content in contents.items()
    }
    before = await post(database, ports, channel, "", uploaded.pop("note.txt").id)
    ids = [file.id for file in uploaded.values()]
    request = await post(database, ports, channel, "@backend look", *ids)
    async with database.read() as session:
        found = await files.texts_of(session, (request, before))
    texts = {file.name: found.get(file.id) for file in (*request.files, *before.files)}
    assert texts["data.bin"] is None
    note, old, long = texts["note.txt"], texts["old.txt"], texts["long.txt"]
    assert note is not None
    assert old is not None
    assert long is not None
    assert (note.text, note.is_whole, note.is_guess) == ("grün", True, False)
    assert (old.text, old.is_whole, old.is_guess) == ("grün", True, True)
    assert (len(long.text), long.is_whole) == (PIECE_BYTES, False)
