"""How far people have read: never back but on purpose, and counted right."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.support.app import App, Json, checked, problem


async def hear(app: App, channel: Json, words: str, **more: str) -> Json:
    """Store a message of somebody else in the channel, and return it."""
    message = await app.say(channel, words, **more)
    async with app.runtime.database.write() as session:
        await session.execute(
            text("update messages set user_id = null, author_kind = 'agent' where id = :id"),
            {"id": UUID(message["id"])},
        )
    return message


async def answer(app: App, request: Json) -> None:
    """Make the newest message an answer to a request."""
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "update messages set reply_to_id = :asked where id ="
                " (select id from messages order by created_at desc, id desc limit 1)"
            ),
            {"asked": UUID(request["id"])},
        )


async def state(app: App, channel: Json) -> Json:
    return await app.get(f"/api/channels/{channel['id']}/read")


async def read(app: App, channel: Json, message: Json | None = None, **more: bool) -> Json:
    body = more | ({} if message is None else {"message_id": message["id"]})
    return checked(await app.http.put(f"/api/channels/{channel['id']}/read", json=body), 200)


@pytest.fixture
async def channel(app: App) -> Json:
    return await app.channel()


async def test_what_others_wrote_is_new_until_it_is_read(app: App, channel: Json) -> None:
    await app.say(channel, "own")
    assert await state(app, channel) == {
        "channel_id": channel["id"],
        "user_id": "00000000-0000-7000-8000-000000000001",
        "last_read": None,
        "unread_count": 0,
        "has_answer": False,
        "newest_at": (await app.get(f"/api/channels/{channel['id']}/messages"))[0]["created_at"],
        "threads": [],
    }
    first, second = await hear(app, channel, "1"), await hear(app, channel, "2")
    assert (await state(app, channel))["unread_count"] == 2
    after = await read(app, channel, first)
    assert after["unread_count"] == 1
    assert after["last_read"] == {"message_id": first["id"], "at": first["created_at"]}
    assert await state(app, channel) == after
    assert (await read(app, channel, second))["unread_count"] == 0


async def test_a_place_never_goes_back_by_itself(app: App, channel: Json) -> None:
    messages = [await hear(app, channel, str(number)) for number in range(6)]
    await asyncio.gather(*(read(app, channel, message) for message in [*messages, messages[2]]))
    after = await state(app, channel)
    assert (after["unread_count"], after["last_read"]["message_id"]) == (0, messages[-1]["id"])


async def test_messages_are_made_unread_on_purpose(app: App, channel: Json) -> None:
    messages = [await hear(app, channel, str(number)) for number in range(3)]
    await read(app, channel, messages[-1])
    after = await read(app, channel, messages[1], unread=True)
    assert (after["unread_count"], after["last_read"]["message_id"]) == (2, messages[0]["id"])
    after = await read(app, channel, messages[0], unread=True)
    assert (after["unread_count"], after["last_read"]) == (3, None)
    assert (await read(app, channel))["unread_count"] == 0


async def test_counting_stops_at_a_hundred(app: App, channel: Json) -> None:
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "insert into messages (id, channel_id, author_kind, author_name, content, status,"
                " attempt, mentions, metadata, created_at, updated_at)"
                " select gen_random_uuid(), :channel, 'agent', 'QA', '', 'complete', 1, '[]', '{}',"
                " now() + n * interval '1 second', now() from generate_series(1, 150) n"
            ),
            {"channel": UUID(channel["id"])},
        )
    assert (await state(app, channel))["unread_count"] == 100
    assert (await read(app, channel))["unread_count"] == 0


async def test_deleted_messages_are_not_new_and_a_place_outlives_its_message(
    app: App, channel: Json
) -> None:
    first, second = await hear(app, channel, "1"), await hear(app, channel, "2")
    await app.http.delete(f"/api/messages/{second['id']}")
    assert (await state(app, channel))["unread_count"] == 1
    await read(app, channel, second)
    await app.http.delete(f"/api/messages/{first['id']}")
    third = await hear(app, channel, "3")
    after = await state(app, channel)
    assert after["last_read"]["message_id"] == second["id"]
    assert (after["unread_count"], after["newest_at"]) == (1, third["created_at"])


async def test_answers_to_oneself_are_told_from_other_talk(app: App, channel: Json) -> None:
    request = await app.say(channel, "what is it?")
    await hear(app, channel, "others talk")
    assert (await state(app, channel))["has_answer"] is False
    await hear(app, channel, "it is this")
    await answer(app, request)
    assert (await state(app, channel))["has_answer"] is True
    assert (await read(app, channel))["has_answer"] is False


async def test_replies_are_new_in_threads_that_one_has_opened(app: App, channel: Json) -> None:
    root, other = await app.say(channel, "root"), await app.say(channel, "other root")
    first = await hear(app, channel, "r1", thread_id=root["id"])
    await hear(app, channel, "elsewhere", thread_id=other["id"])
    before = await state(app, channel)
    assert (before["unread_count"], before["threads"]) == (0, [])
    assert (await read(app, channel, first))["threads"] == []
    second = await hear(app, channel, "r2", thread_id=root["id"])
    await app.say(channel, "own", thread_id=root["id"])
    await hear(app, channel, "r3", thread_id=root["id"])
    thread = {
        "thread_id": root["id"],
        "last_read": {"message_id": first["id"], "at": first["created_at"]},
        "unread_count": 2,
    }
    assert (await state(app, channel))["threads"] == [thread]
    # The end of the channel says nothing of what stands in its threads.
    talk = await hear(app, channel, "in the channel")
    after = await read(app, channel, talk)
    assert (after["unread_count"], after["threads"]) == (0, [thread])
    after = await read(app, channel, second)
    assert [found["unread_count"] for found in after["threads"]] == [1]
    # All at once.
    assert (await read(app, channel))["threads"] == []
    # And new again, from the first reply on.
    after = await read(app, channel, first, unread=True)
    assert [found["unread_count"] for found in after["threads"]] == [3]


async def test_all_channels_are_listed_page_by_page(app: App, channel: Json) -> None:
    others = [await app.channel(f"other-{number}") for number in range(4)]
    await hear(app, others[2], "new")
    await app.http.delete(f"/api/channels/{others[3]['id']}")
    listed = [row["id"] for row in await app.get("/api/channels")]
    found: list[Json] = []
    address = "/api/unread?limit=2"
    while address:
        response = await app.http.get(address)
        found += checked(response, 200)
        address = response.links.get("next", {}).get("url", "")
    assert [row["channel_id"] for row in found] == listed
    assert [row["unread_count"] for row in found] == [0, 0, 0, 0, 1]


async def test_what_can_not_be_read_is_refused(app: App, channel: Json) -> None:
    elsewhere = await app.say(await app.channel("elsewhere"), "x")
    address = f"/api/channels/{channel['id']}/read"
    for message_id in (elsewhere["id"], "00000000-0000-7000-8000-00000000ffff"):
        refused = await app.http.put(address, json={"message_id": message_id})
        assert problem(refused, 404)["code"] == "message_not_found"
    for body in ({"message_id": "junk"}, {"unread": True}, {"upto": 1}, [], "x"):
        problem(await app.http.put(address, json=body), 400)
    nowhere = "/api/channels/00000000-0000-7000-8000-00000000ffff/read"
    assert problem(await app.http.put(nowhere, json={}), 404)["code"] == "channel_not_found"
    assert problem(await app.http.get(nowhere), 404)["code"] == "channel_not_found"
    assert (await read(app, channel))["last_read"] is None  # an empty channel is read
