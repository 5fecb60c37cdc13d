"""Lists that change while they are read, rows of one moment, and parameters that are none."""

import asyncio
import itertools
import re
from collections import defaultdict
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.place import Place, unique
from tests.support.app import Json, checked

ROWS = 45


async def channel_of(place: Place, count: int, *, thread: bool = False) -> tuple[Json, str]:
    """Return a channel with so many messages of one moment, and the path of their list."""
    channel = await place.channel()
    root = await place.say(channel, "root") if thread else None
    place.sql(
        "insert into messages (id, channel_id, thread_id, author_kind, author_name, content, status,"
        " attempt, mentions, metadata, created_at, updated_at)"
        " select gen_random_uuid(), %s, %s, 'user', 'Ann', n::text, 'complete', 0, '[]', '{}',"
        " '2026-01-01', now() from generate_series(1, %s) n",
        channel["id"],
        root["id"] if root else None,
        count,
    )
    path = f"/channels/{channel['id']}/messages"
    return channel, f"/messages/{root['id']}/thread" if root else path


async def tasks_of(place: Place, count: int) -> str:
    """Store finished tasks of one moment in a channel and return the channel's id."""
    agent, channel = await place.agent(), await place.channel()
    task = await place.ended(await place.ask(channel, agent))
    place.sql("update tasks set created_at = '2026-01-01' where id = %s", task["id"])
    await channel_rows(place, channel, count)
    place.sql(
        "insert into tasks select (jsonb_populate_record(t, jsonb_build_object("
        "'id', gen_random_uuid(), 'message_id', m.id, 'answer_id', null))).*"
        " from tasks t, messages m where t.id = %s and m.channel_id = %s and m.content ~ '^[0-9]+$'",
        task["id"],
        channel["id"],
    )
    return channel["id"]


async def channel_rows(place: Place, channel: Json, count: int) -> None:
    for number in range(count):
        await place.say(channel, str(number))


def ids(pages: list[list[Json]]) -> list[str]:
    return [row["id"] for row in itertools.chain.from_iterable(pages)]


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("limit", [7, 20, 45])
async def test_messages_of_one_moment_are_met_once_both_ways(
    place: Place, limit: int, *, thread: bool
) -> None:
    _, path = await channel_of(place, ROWS, thread=thread)
    whole = [row["id"] for row in await place.get(path, limit=200)]
    assert len(set(whole)) == ROWS
    older = await place.pages(path, limit=limit)
    assert [row["id"] for page in reversed(older) for row in page] == whole
    newer = await place.pages(path, limit=limit, after=whole[0])
    assert ids(newer) == whole[1:]
    assert [len(page) for page in older[:-1]] == [limit] * (len(older) - 1)
    assert 0 < len(older[-1]) <= limit
    before = await place.pages(path, limit=limit, before=whole[30])
    assert sorted(ids(before)) == sorted(whole[:30])


async def test_tasks_of_one_moment_are_met_once(place: Place) -> None:
    channel_id = await tasks_of(place, 12)
    whole = [row["id"] for row in await place.get("/tasks", channel_id=channel_id, limit=200)]
    assert len(set(whole)) == 13
    for limit in (1, 5, 13):
        assert ids(await place.pages("/tasks", channel_id=channel_id, limit=limit)) == whole


async def test_rows_of_one_moment_are_met_once_in_the_other_lists(place: Place) -> None:
    for number in range(7):
        await place.agent()
        channel = await place.channel()
        if number % 2:
            await place.delete(f"/channels/{channel['id']}")
    place.sql("update agents set created_at = '2026-01-01'")
    place.sql("update channels set created_at = '2026-01-01'")
    place.sql(
        "insert into audit_log select gen_random_uuid(), 'ann', 'test.same', 'x', 'x', '{}',"
        " '2026-01-01' from generate_series(1, 20)"
    )
    for path, filters in (
        ("/agents", {}),
        ("/agents", {"custom": True}),
        ("/channels", {}),
        ("/channels", {"archived": True}),
        ("/audit", {"action": "test.same"}),
    ):
        whole = [row["id"] for row in await place.get(path, limit=200, **filters)]
        assert len(whole) > 2
        for limit in (3, len(whole)):
            assert ids(await place.pages(path, limit=limit, **filters)) == whole, (path, limit)


async def test_rows_that_come_and_go_shift_no_page(place: Place) -> None:
    channel, path = await channel_of(place, 40)
    old = [row["id"] for row in await place.get(path, limit=200)]
    first = await place.http.get(path, params={"limit": 10})
    for _ in range(5):
        await place.say(channel, "new")
    gone = {old[25], old[35]}
    for message_id in gone:
        await place.delete(f"/messages/{message_id}")
    rest = await place.pages(first.links["next"]["url"].removeprefix(f"{place.address}/api"))
    seen = [row["id"] for row in first.json()] + ids(rest)
    assert len(seen) == len(set(seen))
    assert set(old) - gone <= set(seen) <= set(old)


async def test_agents_and_channels_that_come_and_go_shift_no_page(place: Place) -> None:
    for path, make in (("/agents", place.agent), ("/channels", place.channel)):
        made = [await make() for _ in range(8)]
        first = await place.http.get(path, params={"limit": 4})
        start = [row["id"] for row in first.json()]
        await place.delete(f"{path}/{made[2]['id']}")
        fresh = await make()
        url = first.links["next"]["url"].removeprefix(f"{place.address}/api")
        seen = start + ids(await place.pages(url))
        assert len(seen) == len(set(seen))
        assert {row["id"] for row in made} - {made[2]["id"]} <= set(seen)
        assert fresh["id"] in seen


async def test_a_page_stays_right_when_its_last_row_is_deleted(place: Place) -> None:
    _, path = await channel_of(place, 12)
    first = await place.http.get(path, params={"limit": 5})
    await place.delete(f"/messages/{first.json()[0]['id']}")
    assert len(ids(await place.pages(first.links["next"]["url"].split("/api")[1]))) == 7


async def test_search_takes_every_sign_as_itself(place: Place) -> None:
    roles = ["10% off", "a_b cd", "axb cd", "c:\\d dir", "it's", 'say "x"', "(a|b)*", "ÀÉ x"]
    mark = unique("mark")
    for role in roles:
        await place.agent(role=f"{role} {mark}")
    for text, found in (
        (f"% off {mark}", ["10% off"]),
        (f"a_b cd {mark}", ["a_b cd"]),
        ("c:\\d dir " + mark, ["c:\\d dir"]),
        (f"it's {mark}", ["it's"]),
        (f'"x" {mark}', ['say "x"']),
        (f"(a|b)* {mark}", ["(a|b)*"]),
        (f"àé x {mark}", ["ÀÉ x"]),
        (f"%{mark}", []),
        (f"_{mark}", []),
        ("\\" + mark, []),
    ):
        rows = await place.get("/agents", q=text)
        assert [row["persona"]["role"].removesuffix(f" {mark}") for row in rows] == found, text
    for alone, least in (("%", 1), ("_", 1), ("\\", 1), ("'", 1)):
        rows = await place.get("/agents", q=alone, limit=200)
        assert len(rows) == least, alone


GARBAGE = [
    "99999999999999999999",
    "-1",
    "1e9",
    "abc",
    "NaN",
    "%00",
    "%ED%A0%BD",
    "' or 1=1--",
    "00000000-0000-0000-0000-000000000000",
    "x" * 600,
    "WyJhIiwiYiJd",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0",
    "",
]


async def routes(place: Place) -> list[tuple[str, str, list[str]]]:
    """Return method, path and names of query parameters of everything that the API documents."""
    document = checked(await place.http.get(f"{place.address}/openapi.json"), 200)
    return [
        (
            method.upper(),
            path,
            [p["name"] for p in route.get("parameters", []) if p["in"] == "query"],
        )
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    ]


async def test_no_id_makes_a_fault(place: Place) -> None:
    bodies: dict[str, Any] = {"POST": {}, "PUT": {}}
    for method, path, _ in await routes(place):
        if "{" not in path:
            continue
        for value in GARBAGE[:-1]:
            url = place.address + re.sub(r"\{\w+\}", value, path)
            response = await place.http.request(method, url, json=bodies.get(method))
            # Who calls a webhook is not told whether there is one.
            refusals = {401} if path.startswith("/api/hooks/") else {400, 404, 405}
            assert response.status_code in refusals, (method, url, response.text)
            assert response.headers["content-type"] == "application/problem+json"


async def test_no_parameter_of_a_list_makes_a_fault(place: Place) -> None:
    await channel_of(place, 3)
    channel = (await place.get("/channels"))[0]["id"]
    message = await place.say({"id": channel}, "x")
    agent = (await place.get("/agents"))[0]["id"]
    known: defaultdict[str, str] = defaultdict(lambda: str(uuid4()))  # what there is none of here
    known |= {"channel_id": channel, "message_id": message["id"], "agent_id": agent}
    for method, path, names in await routes(place):
        if method != "GET" or not names:
            continue
        for name, value in itertools.product(names, GARBAGE):
            url = f"{place.address}{path.format_map(known)}?{name}={value}"
            response = await place.http.get(url)
            assert response.status_code in {200, 400, 404}, (url, response.text)
            if name == "limit" and response.status_code == 200:
                assert len(response.json()) <= 200


async def test_ids_are_taken_in_capitals(place: Place) -> None:
    agent, channel = await place.agent(), await place.channel()
    message = await place.say(channel, "x")
    for path, row in (("agents", agent), ("channels", channel), ("messages", message)):
        assert (await place.get(f"/{path}/{row['id'].upper()}"))["id"] == row["id"]
    path = f"/channels/{channel['id'].upper()}/messages"
    assert len(await place.get(path, after=message["id"].upper())) == 0


async def test_ids_of_other_kinds_are_not_found(place: Place) -> None:
    agent, channel = await place.agent(), await place.channel()
    message = await place.say(channel, "x")
    every = {"agents": agent, "channels": channel, "messages": message, "tasks": {"id": "0" * 32}}
    for path, (kind, row) in itertools.product(every, every.items()):
        if path != kind:
            await place.get(f"/{path}/{row['id']}", 404)
    other = await place.channel()
    await place.say(other, "x", 404, thread_id=message["id"])
    await place.get(f"/channels/{channel['id']}/messages", 404, before=channel["id"])


async def test_many_readers_and_writers_of_one_list_agree(place: Place) -> None:
    channel, path = await channel_of(place, 0)
    await asyncio.gather(*(place.say(channel, str(n)) for n in range(30)))
    pages = await asyncio.gather(*(place.pages(path, limit=7) for _ in range(4)))
    assert all(sorted(ids(found)) == sorted(ids(pages[0])) for found in pages)
    assert len(set(ids(pages[0]))) == 30
