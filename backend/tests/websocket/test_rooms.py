import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from reznet.core.config import Settings
from reznet.core.database import Database
from tests.support.sockets import Workspace, eventually, rising, workspace


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


async def test_message_sent_by_socket_reaches_the_others_in_the_room(space: Workspace) -> None:
    channel = await space.channel()
    ann, ben = await space.connect(), await space.connect()
    await ann.join(channel)
    await ben.join(channel)

    ack = await ann.call("send_message", {"channel_id": str(channel.id), "content": "Hello"})

    assert ack["ok"] is True
    assert ack["message"]["content"] == "Hello"
    await ben.until(lambda: ben.texts() == ["Hello"])
    await ann.until(lambda: ann.texts() == ["Hello"])
    (sent,) = ben.of("message_sent")
    assert sent["channel_id"] == str(channel.id)
    assert sent["message"]["id"] == ack["message"]["id"]


async def test_room_hears_only_its_own_channel(space: Workspace) -> None:
    one, two = await space.channel("One"), await space.channel("Two")
    ann, ben = await space.connect(), await space.connect()
    await ann.join(one)
    await ben.join(two)

    await space.post(one, "for one")
    await space.post(two, "for two")

    await ann.until(lambda: ann.texts())
    await ben.until(lambda: ben.texts())
    await space.post(one, "again")
    await ann.until(lambda: len(ann.texts()) == 2)
    assert ann.texts() == ["for one", "again"]
    assert ben.texts() == ["for two"]


async def test_socket_that_left_hears_no_more(space: Workspace) -> None:
    channel = await space.channel()
    ann, ben = await space.connect(), await space.connect()
    await ann.join(channel)
    await ben.join(channel)

    assert (await ann.call("leave_channel", {"channel_id": str(channel.id)}))["ok"]
    await space.post(channel, "after")

    await ben.until(lambda: ben.texts() == ["after"])
    assert ann.texts() == []


async def test_every_socket_hears_of_a_new_channel(space: Workspace) -> None:
    ann = await space.connect()

    channel = await space.channel("Fresh")

    await ann.until(lambda: ann.of("channel_updated"))
    assert ann.of("channel_updated")[0]["channel"]["id"] == str(channel.id)


async def test_channel_that_does_not_exist_can_not_be_joined(space: Workspace) -> None:
    ann = await space.connect()

    ack = await ann.call("join_channel", {"channel_id": str(uuid4())})

    assert ack["ok"] is False
    assert (ack["error"]["status"], ack["error"]["code"]) == (404, "channel_not_found")


async def test_returning_client_gets_what_it_missed_once_and_in_order(space: Workspace) -> None:
    channel, other = await space.channel(), await space.channel("Other")
    await eventually(lambda: space.sockets.projector.cursor >= 2)  # the channels have been told
    ann = await space.connect()
    joined = await ann.join(channel)
    await ann.sio.disconnect()
    for number in range(3):
        await space.post(channel, f"missed {number}")
        await space.post(other, "elsewhere")
    # What is told only after the return comes live.
    await eventually(lambda: space.sockets.projector.cursor >= 2 + 2 * 3)

    back = await space.connect()
    ack = await back.join(channel, joined["event_id"])
    await space.post(channel, "live")

    await back.until(lambda: "live" in back.texts())
    assert back.texts() == ["missed 0", "missed 1", "missed 2", "live"]
    assert (ack["refetch"], ack["replayed"]) == (False, 3)
    assert ack["event_id"] >= max(back.event_ids()[:3])


async def test_catch_up_while_others_post_misses_nothing_and_doubles_nothing(
    space: Workspace,
) -> None:
    channel = await space.channel()
    ann = await space.connect()
    joined = await ann.join(channel)
    await ann.sio.disconnect()
    expected = 120

    async def post(author: int) -> None:
        for number in range(expected // 4):
            await space.post(channel, f"{author}-{number}")

    async with asyncio.TaskGroup() as group:
        for author in range(4):
            group.create_task(post(author))
        clients = []
        for _ in range(6):
            client = await space.connect()
            await client.join(channel, joined["event_id"])
            clients.append(client)

    for client in clients:
        await client.until(lambda c=client: len(c.texts()) >= expected)
        assert len(set(client.texts())) == len(client.texts()) == expected
        assert rising(client.event_ids())
    assert all(client.texts() == clients[0].texts() for client in clients)


async def test_client_that_missed_too_much_is_told_to_refetch(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    joined = await ann.join(channel)
    for number in range(501):
        await space.post(channel, str(number))
    await ann.until(lambda: len(ann.texts()) == 501)

    back = await space.connect()
    ack = await back.join(channel, joined["event_id"])

    assert (ack["refetch"], ack["replayed"]) == (True, 0)
    assert back.texts() == []
    assert ack["event_id"] == max(ann.event_ids())


@pytest.mark.parametrize("event_id", [2**63 - 1, 10_000])
async def test_event_id_from_another_workspace_means_refetch(
    space: Workspace, event_id: int
) -> None:
    channel = await space.channel()
    ann = await space.connect()

    ack = await ann.join(channel, event_id)

    assert ack["refetch"] is True


async def test_typing_reaches_the_others_once_a_second_and_not_the_typist(
    space: Workspace,
) -> None:
    channel = await space.channel()
    ann, ben = await space.connect(), await space.connect()
    await ann.join(channel)
    await ben.join(channel)

    for _ in range(5):
        assert (await ann.call("typing", {"channel_id": str(channel.id)}))["ok"]
    await space.post(channel, "end")

    await ben.until(lambda: ben.texts() == ["end"])
    await ann.until(lambda: ann.texts() == ["end"])
    assert ben.of("user_typing") == [{"channel_id": str(channel.id), "user": "You"}]
    assert ann.of("user_typing") == []


async def test_typing_needs_a_joined_channel(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()

    ack = await ann.call("typing", {"channel_id": str(channel.id)})

    assert ack["error"]["code"] == "not_joined"
