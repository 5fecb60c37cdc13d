"""The contract of messages."""

import asyncio

import httpx
import pytest

from tests.support.app import App, Json, checked, problem


async def pages(app: App, address: str) -> list[list[str]]:
    found: list[list[str]] = []
    while address:
        response = await app.http.get(address)
        found.append([row["content"] for row in checked(response, 200)])
        address = response.links.get("next", {}).get("url", "")
    return found


@pytest.fixture
async def channel(app: App) -> Json:
    return await app.channel()


async def test_a_message_is_posted_read_edited_and_deleted(app: App, channel: Json) -> None:
    response = await app.http.post(
        f"/api/channels/{channel['id']}/messages", json={"content": "  as it is \n"}
    )
    posted = checked(response, 201)
    address = f"/api/messages/{posted['id']}"
    assert response.headers["location"] == address
    assert posted["content"] == "  as it is \n"
    assert posted["author"]["kind"] == "user"
    assert posted["tasks"] == []
    read = await app.get(address)
    assert read == {key: value for key, value in posted.items() if key != "tasks"}
    edited = checked(await app.http.put(address, json={"content": "new"}), 200)
    assert edited["content"] == "new"
    assert edited["edited_at"] is not None
    assert (await app.http.delete(address)).status_code == 204
    assert problem(await app.http.get(address), 404)["code"] == "message_not_found"


async def test_both_ways_of_paging_meet_every_message_once(app: App, channel: Json) -> None:
    texts = [f"m{number}" for number in range(7)]
    ids = [(await app.say(channel, text))["id"] for text in texts]
    address = f"/api/channels/{channel['id']}/messages"
    assert await pages(app, f"{address}?limit=3") == [texts[4:], texts[1:4], texts[:1]]
    forward = await pages(app, f"{address}?limit=3&after={ids[0]}")
    assert forward == [texts[1:4], texts[4:]]
    assert await pages(app, f"{address}?limit=3&before={ids[2]}") == [texts[:2]]
    unknown = "00000000-0000-7000-8000-00000000ffff"
    problem(await app.http.get(f"{address}?before={unknown}"), 404)
    problem(await app.http.get(f"{address}?after=junk"), 400)


async def test_new_and_deleted_messages_do_not_shift_older_pages(app: App, channel: Json) -> None:
    texts = [f"m{number}" for number in range(6)]
    ids = [(await app.say(channel, text))["id"] for text in texts]
    first = await app.http.get(f"/api/channels/{channel['id']}/messages?limit=3")
    for number in range(3):
        await app.say(channel, f"late{number}")
    await app.http.delete(f"/api/messages/{ids[4]}")
    older = await app.http.get(first.links["next"]["url"])
    assert [row["content"] for row in checked(older, 200)] == texts[:3]


async def test_the_same_key_makes_one_message_and_one_run(app: App, channel: Json) -> None:
    address = f"/api/channels/{channel['id']}/messages"
    body = {"content": "@backend hello"}
    headers = {"Idempotency-Key": "key-1"}
    responses = await asyncio.gather(
        *(app.http.post(address, json=body, headers=headers) for _ in range(5))
    )
    assert sorted(r.status_code for r in responses) == [200] * 4 + [201]
    assert len({r.json()["id"] for r in responses}) == 1
    tasks = {task["id"] for r in responses for task in r.json()["tasks"]}
    assert len(tasks) == 1
    other = await app.http.post(
        address, json={"content": "x", "client_id": "key-2"}, headers=headers
    )
    assert (other.status_code, other.json()["client_id"]) == (201, "key-2")


@pytest.mark.parametrize("key", ["x" * 201, "é", "a\tb"])
async def test_keys_are_short_and_printable(app: App, channel: Json, key: str) -> None:
    response = await app.http.post(
        f"/api/channels/{channel['id']}/messages",
        json={"content": "x"},
        headers=httpx.Headers({"Idempotency-Key": key}, encoding="utf-8"),
    )
    problem(response, 400)


async def test_replies_are_listed_in_their_thread_alone(app: App, channel: Json) -> None:
    root = await app.say(channel, "root")
    first = await app.say(channel, "one", thread_id=root["id"])
    await app.say(channel, "two", thread_id=first["id"])
    assert [
        row["content"] for row in await app.get(f"/api/channels/{channel['id']}/messages")
    ] == ["root"]
    for message in (root, first):
        rows = await app.get(f"/api/messages/{message['id']}/thread")
        assert [row["content"] for row in rows] == ["one", "two"]
    elsewhere = await app.channel("other")
    response = await app.http.post(
        f"/api/channels/{elsewhere['id']}/messages",
        json={"content": "x", "thread_id": root["id"]},
    )
    assert problem(response, 404)["code"] == "thread_not_found"


async def test_there_is_no_posting_where_there_is_no_channel(app: App) -> None:
    response = await app.http.post(
        "/api/channels/00000000-0000-7000-8000-00000000ffff/messages", json={"content": "x"}
    )
    assert problem(response, 404)["code"] == "channel_not_found"


async def test_messages_written_at_the_same_moment_are_all_there(app: App, channel: Json) -> None:
    await asyncio.gather(*(app.say(channel, f"m{number}") for number in range(45)))
    found = await pages(app, f"/api/channels/{channel['id']}/messages?limit=20")
    assert sorted(text for page in found for text in page) == sorted(f"m{n}" for n in range(45))
    assert [len(page) for page in found] == [20, 20, 5]
