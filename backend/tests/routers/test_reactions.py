"""Reactions: one of a kind for each person, live, and gone with their message."""

import asyncio
from urllib.parse import quote
from uuid import NAMESPACE_DNS, UUID, uuid5

import httpx
import pytest
from sqlalchemy import text

from reznet.core.database import Database
from tests.support.app import App, Json, checked, problem

SMALL = [
    "👍",
    "✅",
    "👀",
    "🎉",
    "❤️",
    "😄",
    "🙏",
    "👎",
    "🔥",
    "💡",
    "🚀",
    "⚡️",
    "🐛",
    "🤔",
    "😅",
    "😢",
    "🥳",
    "👏",
    "💯",
    "🙌",
]


@pytest.fixture
async def message(app: App) -> Json:
    return await app.say(await app.channel(), "hello")


def at(message: Json, emoji: str) -> str:
    return f"/api/messages/{message['id']}/reactions/{quote(emoji, safe='')}"


async def react(app: App, message: Json, emoji: str) -> Json:
    return checked(await app.http.put(at(message, emoji)), 200)


def shown(message: Json) -> list[tuple[str, int, list[str]]]:
    return [
        (found["emoji"], found["count"], [user["name"] for user in found["users"]])
        for found in message["reactions"]
    ]


async def other_person(app: App, name: str = "Ada") -> UUID:
    """Store another person; nobody else can sign in yet."""
    user_id = uuid5(NAMESPACE_DNS, name)
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "insert into users (id, handle, name, created_at) values (:id, :name, :name, now())"
            ),
            {"id": user_id, "name": name},
        )
    return user_id


async def react_as(database: Database, user_id: UUID, message: Json, emoji: str) -> None:
    async with database.write() as session:
        await session.execute(
            text("insert into reactions values (:message, :emoji, :user, now())"),
            {"message": UUID(message["id"]), "emoji": emoji, "user": user_id},
        )


async def test_a_reaction_is_given_once_and_taken_back(app: App, message: Json) -> None:
    for _ in range(2):
        assert shown(await react(app, message, "🎉")) == [("🎉", 1, ["You"])]
    read = await app.get(f"/api/messages/{message['id']}")
    assert shown(read) == [("🎉", 1, ["You"])]
    (listed,) = await app.get(f"/api/channels/{message['channel_id']}/messages")
    assert listed == read
    for _ in range(2):
        answer = checked(await app.http.delete(at(message, "🎉")), 200)
        assert answer["reactions"] == []
        assert (answer["content"], answer["edited_at"]) == ("hello", None)


async def test_people_who_give_the_same_are_counted_together(app: App, message: Json) -> None:
    ada = await other_person(app)
    await react_as(app.runtime.database, ada, message, "👀")
    await react(app, message, "🎉")
    assert shown(await react(app, message, "👀")) == [
        ("👀", 2, ["Ada", "You"]),
        ("🎉", 1, ["You"]),
    ]
    answer = checked(await app.http.delete(at(message, "👀")), 200)
    assert shown(answer) == [("👀", 1, ["Ada"]), ("🎉", 1, ["You"])]


@pytest.mark.parametrize(
    "forms",
    [("❤", "❤️", "❤\ufe0e"), ("🏳️‍🌈", "🏳‍🌈"), ("1⃣", "1️⃣"), ("☝🏽", "☝️🏽"), ("👁️‍🗨️", "👁‍🗨")],
)
async def test_forms_of_one_emoji_are_one(app: App, message: Json, forms: tuple[str, ...]) -> None:
    answers = [shown(await react(app, message, form)) for form in forms]
    ((emoji, count, _),) = answers[-1]
    assert count == 1
    assert emoji in forms
    gone = checked(await app.http.delete(at(message, forms[0])), 200)
    assert gone["reactions"] == []


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇯🇵", "👩🏽‍❤️‍💋‍👩🏿", "#️⃣", "🫶🏾", "🫩"])
async def test_emoji_of_every_kind_are_taken_as_they_are(
    app: App, message: Json, emoji: str
) -> None:
    assert shown(await react(app, message, emoji)) == [(emoji, 1, ["You"])]


@pytest.mark.parametrize(
    "text",
    [
        "a", "1", "#", "👍👍", "👍a", " 👍", "🇯", "🇯🇵🇯", "👍‍", "‍👍", "\ufe0f", "\u200d", "\x00", "👍\x00", "\u202e👍",
        ":thumbsup:", "<img src=x>", "../..", "a/b", "💬" * 40, "👍" + "\ufe0f" * 60, "é", "\ufffd", "🏴\U000e0067",
        "👍\U000e0067\U000e007f", "%",
    ],
)  # fmt: skip
async def test_what_is_not_one_emoji_is_refused(app: App, message: Json, text: str) -> None:
    for method in ("PUT", "DELETE"):
        found = problem(await app.http.request(method, at(message, text)), 400)
        assert found["code"] == "not_an_emoji"
        assert found["errors"][0]["field"] == "emoji"


@pytest.mark.parametrize("raw", ["%ff", "%ed%a0%80", "%F0%9F", ""])
async def test_bytes_that_are_no_text_are_refused(app: App, message: Json, raw: str) -> None:
    address = f"/api/messages/{message['id']}/reactions/{raw}"
    assert problem(await app.http.put(address), 400)["code"] == "not_an_emoji"


async def test_the_number_of_different_emoji_is_bounded(app: App, message: Json) -> None:
    answers = await asyncio.gather(*(app.http.put(at(message, emoji)) for emoji in [*SMALL, "🌍"]))
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [409]
    full = problem(await app.http.put(at(message, "🌎")), 409)
    assert full["code"] == "too_many_reactions"
    there = (await app.get(f"/api/messages/{message['id']}"))["reactions"]
    assert len(there) == 20
    await react(app, message, there[0]["emoji"])
    checked(await app.http.delete(at(message, there[0]["emoji"])), 200)
    await react(app, message, "🌎")


async def test_the_same_reaction_at_the_same_moment_counts_once(app: App, message: Json) -> None:
    answers = await asyncio.gather(*(app.http.put(at(message, "👍")) for _ in range(8)))
    assert [shown(checked(answer, 200)) for answer in answers] == [[("👍", 1, ["You"])]] * 8
    answers = await asyncio.gather(*(app.http.delete(at(message, "👍")) for _ in range(8)))
    assert [checked(answer, 200)["reactions"] for answer in answers] == [[]] * 8


async def test_reactions_go_with_their_message(app: App, message: Json) -> None:
    reply = await app.say({"id": message["channel_id"]}, "reply", thread_id=message["id"])
    await react(app, message, "👍")
    assert (await app.http.delete(f"/api/messages/{message['id']}")).status_code == 204
    (root,) = await app.get(f"/api/channels/{message['channel_id']}/messages")
    assert (root["id"], root["reactions"]) == (message["id"], [])
    for method in ("PUT", "DELETE"):
        refused = problem(await app.http.request(method, at(message, "👍")), 404)
        assert refused["code"] == "message_not_found"
    assert shown(await react(app, reply, "👍")) == [("👍", 1, ["You"])]


async def test_a_reaction_that_races_with_the_deletion_leaves_nothing(app: App) -> None:
    channel = await app.channel()
    for _ in range(5):
        message = await app.say(channel, "short-lived")
        await asyncio.gather(
            app.http.put(at(message, "👍")), app.http.delete(f"/api/messages/{message['id']}")
        )
    async with app.runtime.database.read() as session:
        assert (await session.execute(text("select count(*) from reactions"))).scalar_one() == 0


async def test_there_is_no_reacting_in_an_archived_channel(app: App, message: Json) -> None:
    await react(app, message, "👍")
    await app.http.delete(f"/api/channels/{message['channel_id']}")
    for method in ("PUT", "DELETE"):
        refused = problem(await app.http.request(method, at(message, "👍")), 409)
        assert refused["code"] == "channel_archived"


async def test_there_is_no_reacting_to_nothing(app: App) -> None:
    nothing = {"id": "00000000-0000-7000-8000-00000000ffff"}
    problem(await app.http.put(at(nothing, "👍")), 404)
    problem(await app.http.put(at({"id": "junk"}, "👍")), 400)


async def test_each_change_makes_a_later_form_of_the_message(app: App, message: Json) -> None:
    times = [message["updated_at"]]
    answers: list[httpx.Response] = await asyncio.gather(
        *(app.http.put(at(message, emoji)) for emoji in SMALL)
    )
    times += [checked(answer, 200)["updated_at"] for answer in answers]
    assert len(set(times)) == len(times)
    await react(app, message, SMALL[0])
    assert (await app.get(f"/api/messages/{message['id']}"))["updated_at"] == max(times)


async def test_pages_are_as_long_whatever_hangs_on_the_messages(app: App) -> None:
    channel = await app.channel()
    ada = await other_person(app)
    messages = [await app.say(channel, f"m{number}") for number in range(5)]
    for message in messages:
        await react_as(app.runtime.database, ada, message, "👀")
        for emoji in ("👀", "🎉"):
            await react(app, message, emoji)
        for number in range(2):
            await app.say(channel, f"r{number}", thread_id=message["id"])
    found: list[Json] = []
    address = f"/api/channels/{channel['id']}/messages?limit=2"
    while address:
        response = await app.http.get(address)
        rows = checked(response, 200)
        assert len(rows) <= 2
        found = rows + found
        address = response.links.get("next", {}).get("url", "")
    assert [row["content"] for row in found] == [f"m{number}" for number in range(5)]
    for row in found:
        assert shown(row) == [("👀", 2, ["Ada", "You"]), ("🎉", 1, ["You"])]
        assert row["reply_count"] == 2
