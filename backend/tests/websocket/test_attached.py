"""What hangs on messages, live: reactions, threads, and how far people have read."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageCreate, MessageOut, MessageStatus
from reznet.schemas.reads import ReadUpdate
from reznet.services import messages, reactions, reads
from reznet.services.ports import LOCAL_USER
from tests.support.sockets import Client, Workspace, workspace


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


async def react(space: Workspace, message: MessageOut, emoji: str) -> None:
    async with space.database.write() as session:
        await reactions.add(session, space.ports, LOCAL_USER, message.id, emoji)


async def reply(space: Workspace, root: MessageOut, text: str) -> MessageOut:
    async with space.database.write() as session:
        body = MessageCreate.model_validate({"content": text, "thread_id": root.id})
        posted = await messages.post(session, space.ports, LOCAL_USER, root.channel_id, body)
    return posted.message


async def delete(space: Workspace, message: MessageOut) -> None:
    async with space.database.write() as session:
        await messages.delete(session, space.ports, LOCAL_USER, message.id)


async def read(space: Workspace, channel: ChannelOut, message: MessageOut) -> None:
    async with space.database.write() as session:
        body = ReadUpdate(message_id=message.id)
        await reads.move(session, space.ports, LOCAL_USER, channel.id, body)


def summaries(client: Client) -> list[int | None]:
    """Return the numbers of replies, in the order told."""
    return [
        data["thread"] and data["thread"]["reply_count"]
        for event, data in client.heard
        if event in {"message_sent", "message_deleted"}
    ]


class Reader:
    """Puts an answer's text together as the reference tells clients to."""

    def __init__(self, client: Client) -> None:
        self.attempt, self.text, self.gaps = 0, "", 0
        for event, data in client.heard:
            if event in {"message_sent", "message_updated"}:
                self._take(data["message"]["attempt"], 0, data["message"]["content"])
            elif event == "message_delta":
                self._take(data["attempt"], data["offset"], data["text"])

    def _take(self, attempt: int, offset: int, text: str) -> None:
        if attempt < self.attempt:
            return
        if attempt > self.attempt:
            self.attempt, self.text = attempt, ""
        self.gaps += offset > len(self.text)
        self.text += text[len(self.text) - offset :]


async def test_a_reaction_is_told_once_with_the_message_as_it_is(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    message = await space.post(channel, "hello")
    await react(space, message, "🎉")
    await react(space, message, "🎉")
    await space.post(channel, "end")

    await ann.until(lambda: ann.texts() == ["hello", "end"])
    (told,) = ann.of("message_updated")
    assert told["message"]["reactions"] == [
        {
            "emoji": "🎉",
            "count": 1,
            "users": [{"id": str(LOCAL_USER.user_id), "name": "You"}],
        }
    ]
    assert (told["message"]["content"], told["message"]["edited_at"]) == ("hello", None)


async def test_reactions_do_not_disturb_an_answer_that_streams(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    answer = await space.answer(channel)
    words = [f"wörd{number}🙂 " for number in range(60)]
    offset = 0
    async with asyncio.TaskGroup() as group:
        for number, word in enumerate(words):
            space.stream(answer, offset, word)
            offset += len(word)
            if number % 20 == 10:
                group.create_task(react(space, answer, "👍👀🎉"[number // 20]))
            await asyncio.sleep(0.002)
    await ann.until(lambda: len(ann.of("message_updated")) == 3)
    await ann.until(lambda: len(Reader(ann).text) == offset)
    reader = Reader(ann)
    assert (reader.text, reader.gaps) == ("".join(words), 0)
    told = ann.of("message_updated")[-1]["message"]
    assert told["status"] == MessageStatus.STREAMING
    assert {reaction["emoji"] for reaction in told["reactions"]} == set("👍👀🎉")

    # Begun anew, the answer keeps them.
    await space.change(answer, content="", attempt=2)
    space.stream(answer, 0, "again", attempt=2)
    await ann.until(lambda: Reader(ann).text == "again")
    assert len(ann.of("message_updated")[-1]["message"]["reactions"]) == 3


async def test_replies_tell_how_their_thread_is(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    joined = await ann.join(channel)
    root = await space.post(channel, "root")
    await ann.until(lambda: ann.texts() == ["root"])
    replies = await asyncio.gather(*(reply(space, root, str(number)) for number in range(5)))
    await ann.until(lambda: len(ann.of("message_sent")) == 6)
    assert summaries(ann)[0] is None
    assert summaries(ann)[-1] == 5
    await delete(space, replies[0])
    await ann.until(lambda: ann.of("message_deleted"))
    (gone,) = ann.of("message_deleted")
    assert gone["id"] == str(replies[0].id)
    assert (gone["thread"]["id"], gone["thread"]["reply_count"]) == (str(root.id), 4)

    back = await space.connect()
    await back.join(channel, joined["event_id"])
    assert summaries(back)[-1] == 4
    await delete(space, root)
    await ann.until(lambda: len(ann.of("message_deleted")) == 2)
    assert ann.of("message_deleted")[-1]["thread"] is None


async def test_what_is_read_in_one_window_is_told_to_the_others(space: Workspace) -> None:
    channel = await space.channel()
    ann, ben = await space.connect(), await space.connect()
    message = await space.answer(channel)
    await read(space, channel, message)
    await read(space, channel, message)
    newer = await space.answer(channel)
    await read(space, channel, message)
    await read(space, channel, newer)

    for client in (ann, ben):
        await client.until(lambda c=client: len(c.of("channel_read")) == 2)
        assert [told["last_read"]["message_id"] for told in client.of("channel_read")] == [
            str(message.id),
            str(newer.id),
        ]
        assert client.of("channel_read")[-1]["unread_count"] == 0
        assert client.of("channel_read")[-1]["user_id"] == str(LOCAL_USER.user_id)
