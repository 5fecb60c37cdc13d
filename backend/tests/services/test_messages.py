"""Messages: posted once, started once, found once."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.core.database import Database
from reznet.core.errors import Conflict, Forbidden, NotFound
from reznet.repositories import messages as rows
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.messages import AuthorKind, MessageCreate, MessageOut, MessageUpdate
from reznet.services import channels, messages
from reznet.services.messages import Posted
from reznet.services.ports import LOCAL_USER, Ports
from tests.support.ports import RecordingQueue


@pytest.fixture
async def room(database: Database, ports: Ports) -> ChannelOut:
    async with database.write() as session:
        channel, _ = await channels.create(session, ports, LOCAL_USER, ChannelCreate(name="room"))
    return channel


async def post(
    database: Database, ports: Ports, room: ChannelOut, content: str, **more: object
) -> Posted:
    async with database.write() as session:
        body = MessageCreate.model_validate({"content": content, **more})
        return await messages.post(session, ports, LOCAL_USER, room.id, body)


async def agent_id(database: Database, handle: str) -> UUID:
    async with database.read() as session:
        found = await session.execute(
            text("select id from agents where handle = :handle"), {"handle": handle}
        )
        return found.scalar_one()


async def test_one_message_starts_each_mentioned_agent_once(
    database: Database, ports: Ports, room: ChannelOut, queue: RecordingQueue
) -> None:
    posted = await post(
        database,
        ports,
        room,
        "@qa and @Backend, and once more (@QA:) `@devops` nobody@frontend.io @ghost",
    )
    assert [task.agent_name for task in posted.tasks] == ["QA", "Backend"]
    assert queue.runs == [(task.id, task.run) for task in posted.tasks]
    for mention in posted.message.mentions:
        assert posted.message.content[mention.start : mention.end].lower() == f"@{mention.handle}"


async def test_a_repeated_post_is_one_message_and_one_run(
    database: Database, ports: Ports, room: ChannelOut, queue: RecordingQueue
) -> None:
    posts = await asyncio.gather(
        *(post(database, ports, room, "@qa hi", client_id="abc") for _ in range(8))
    )
    assert len({posted.message.id for posted in posts}) == 1
    assert sum(posted.created for posted in posts) == 1
    assert len({posted.tasks[0].id for posted in posts}) == 1
    assert len(queue.runs) == 1


async def test_an_edit_starts_only_who_is_newly_mentioned(
    database: Database, ports: Ports, room: ChannelOut, queue: RecordingQueue
) -> None:
    message = (await post(database, ports, room, "please look")).message
    for content, runs in [
        ("@qa please look", 1),
        ("@qa please look!", 1),
        ("please look", 1),
        ("@qa please look", 1),
        ("@qa @backend please look", 2),
    ]:
        async with database.write() as session:
            await messages.update(
                session, ports, LOCAL_USER, message.id, MessageUpdate(content=content)
            )
        assert len(queue.runs) == runs


async def test_direct_messages_need_no_mention(database: Database, ports: Ports) -> None:
    backend = await agent_id(database, "backend")
    async with database.write() as session:
        direct, is_new = await channels.create(
            session, ports, LOCAL_USER, ChannelCreate(agent_id=backend)
        )
        again, is_new_again = await channels.create(
            session, ports, LOCAL_USER, ChannelCreate(agent_id=backend)
        )
    assert (is_new, is_new_again, again.id) == (True, False, direct.id)
    assert [t.agent_name for t in (await post(database, ports, direct, "hello")).tasks] == [
        "Backend"
    ]
    assert [t.agent_name for t in (await post(database, ports, direct, "@qa hello")).tasks] == [
        "QA"
    ]


async def test_a_reply_in_a_thread_goes_to_whoever_was_asked_there(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    root = (await post(database, ports, room, "@qa hello")).message
    reply = await post(database, ports, room, "and then?", thread_id=root.id)
    assert [task.agent_name for task in reply.tasks] == ["QA"]
    assert [
        t.agent_name
        for t in (await post(database, ports, room, "@backend you?", thread_id=root.id)).tasks
    ] == ["Backend"]
    # A reply to a reply is in the same thread, and goes to who was asked last.
    last = await post(database, ports, room, "go on", thread_id=reply.message.id)
    assert last.message.thread_id == root.id
    assert [task.agent_name for task in last.tasks] == ["Backend"]
    nobody = (await post(database, ports, room, "just a note")).message
    assert (await post(database, ports, room, "me too", thread_id=nobody.id)).tasks == ()


async def test_threads_stay_in_their_channel(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    root = (await post(database, ports, room, "hello")).message
    async with database.write() as session:
        other, _ = await channels.create(session, ports, LOCAL_USER, ChannelCreate(name="other"))
    with pytest.raises(NotFound):
        await post(database, ports, other, "hi", thread_id=root.id)


async def test_an_archived_channel_takes_no_posts_and_can_come_back(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    async with database.write() as session:
        await channels.archive(session, ports, LOCAL_USER, room.id)
    with pytest.raises(Conflict):
        await post(database, ports, room, "hello")


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 7, 20, 45])
async def test_pages_show_each_message_once_with_equal_times(
    database: Database, ports: Ports, room: ChannelOut, limit: int, *, forward: bool
) -> None:
    for number in range(45):
        await post(database, ports, room, f"message {number}")
    async with database.write() as session:
        await session.execute(text("update messages set created_at = '2026-01-01T00:00:00Z'"))
    seen: list[MessageOut] = []
    position: str | None = None
    first = True
    while first or position:
        first = False
        async with database.read() as session:
            page = await messages.list_page(
                session,
                LOCAL_USER,
                room.id,
                limit=limit,
                before=None if forward else position,
                after=(position or _start()) if forward else None,
            )
        seen = seen + list(page.rows) if forward else list(page.rows) + seen
        position = page.next_cursor
    assert len(seen) == 45
    assert [message.id for message in seen] == sorted({message.id for message in seen})


def _start() -> str:
    from datetime import UTC, datetime

    from reznet.core.pagination import encode_cursor

    return encode_cursor(datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))


async def test_older_pages_stay_right_while_messages_come_and_go(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    posted = [(await post(database, ports, room, f"m{number}")).message for number in range(100)]
    async with database.read() as session:
        newest = await messages.list_page(session, LOCAL_USER, room.id, limit=50)
    for number in range(5):
        await post(database, ports, room, f"later {number}")
    async with database.write() as session:
        await messages.delete(session, ports, LOCAL_USER, posted[60].id)
        await messages.delete(session, ports, LOCAL_USER, posted[50].id)
    async with database.read() as session:
        older = await messages.list_page(
            session, LOCAL_USER, room.id, limit=50, before=newest.next_cursor
        )
    assert [m.id for m in older.rows] + [m.id for m in newest.rows] == [m.id for m in posted]
    assert older.next_cursor is None


async def test_a_deleted_message_is_gone_but_keeps_its_thread(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    root = (await post(database, ports, room, "secret")).message
    reply = (await post(database, ports, room, "reply", thread_id=root.id)).message
    async with database.write() as session:
        await messages.delete(session, ports, LOCAL_USER, root.id)
    async with database.read() as session:
        page = await messages.list_page(session, LOCAL_USER, room.id)
        thread = await messages.thread_page(session, LOCAL_USER, root.id)
        with pytest.raises(NotFound):
            await messages.get(session, LOCAL_USER, root.id)
    assert [(m.id, m.content) for m in page.rows] == [(root.id, "")]
    assert [m.id for m in thread.rows] == [reply.id]
    async with database.write() as session:
        await messages.delete(session, ports, LOCAL_USER, reply.id)
    async with database.read() as session:
        assert (await messages.list_page(session, LOCAL_USER, room.id)).rows == []


async def test_only_own_messages_can_be_edited(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    async with database.write() as session:
        answer = await rows.insert_message(
            session,
            rows.NewMessage(
                room.id, AuthorKind.AGENT, "QA", "said", agent_id=await agent_id(database, "qa")
            ),
        )
    assert answer is not None
    with pytest.raises(Forbidden):
        async with database.write() as session:
            await messages.update(
                session, ports, LOCAL_USER, answer.id, MessageUpdate(content="changed")
            )


async def test_inactive_agents_are_not_started_and_the_channel_says_so(
    database: Database, ports: Ports, room: ChannelOut, queue: RecordingQueue
) -> None:
    async with database.write() as session:
        await session.execute(text("update agents set is_active = false where handle = 'qa'"))
    assert (await post(database, ports, room, "@qa hello")).tasks == ()
    assert queue.runs == []
    async with database.read() as session:
        last = (await messages.list_page(session, LOCAL_USER, room.id)).rows[-1]
    assert last.author.kind is AuthorKind.SYSTEM
    assert "@qa" in last.content


async def test_a_failed_post_leaves_nothing_behind(
    database: Database, ports: Ports, room: ChannelOut
) -> None:
    async def post_and_break() -> None:
        async with database.write() as session:
            await messages.post(
                session, ports, LOCAL_USER, room.id, MessageCreate(content="@qa hi")
            )
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await post_and_break()
    async with database.read() as session:
        counts = await session.execute(
            text(
                "select (select count(*) from messages), (select count(*) from tasks), (select count(*) from events where message_id is not null)"
            )
        )
        assert counts.one() == (0, 0, 0)
