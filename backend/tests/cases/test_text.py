"""Text that no store, no encoder and no reader likes, in every field that takes text."""

import asyncio
import json
from typing import Any

import pytest

from tests.cases.place import QUICK, Place, unique
from tests.support.app import checked
from tests.support.upstream import FakeUpstream

JSON = {"Content-Type": "application/json"}

# JSON as it is on the wire, and what a text field may make of it.
ODD = {
    "nul": r"alpha\u0000beta",
    "nul alone": r"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
    "nul around blanks": r"\u0000            \u0000",
    "half of an emoji": r"hi \ud83d there, friend",
    "halves in the wrong order": r"hi \ude00\ud83d there",
    "override": r"admin\u202egpj and more",
    "isolate": r"admin\u2066gpj and more",
    "line separator": r"one\u2028two and more",
    "escape": r"one\u001b[31mtwo and more",
    "noncharacter": r"one\uffffand more",
    "byte order": r"\ufeffone and more text",
    "zero width": r"\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b",
}
AGENT_TEXTS = ["name", "role", "goal", "backstory", "prompt", "model", "color"]


async def send(place: Place, method: str, path: str, body: str) -> tuple[int, Any]:
    """Send a body as it is, and return status and JSON; what is told must be valid UTF-8."""
    response = await place.http.request(method, path, content=body.encode(), headers=JSON)
    response.content.decode()
    assert "\\ud83d\\u" not in response.text
    return response.status_code, response.json() if response.content else None


def body_with(values: dict[str, object], field: str, raw: str) -> str:
    """Return JSON with one field given as it stands on the wire."""
    marked = json.dumps({**values, field: "<here>"})
    return marked.replace('"<here>"', raw)


def is_clean(value: object) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return "\\u0000" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


@pytest.mark.parametrize("field", AGENT_TEXTS)
async def test_odd_text_in_an_agent_is_refused_or_stored_readable(
    place: Place, field: str
) -> None:
    agent = await place.agent()
    for odd in ODD.values():
        body = body_with({"name": unique(), "role": "Helps"}, field, f'"{odd}"')
        status, created = await send(place, "POST", "/agents", body)
        assert status in {201, 400}
        if status == 400:
            assert field in [error["field"] for error in created["errors"]]
        change = body_with({}, field, f'"{odd}"')
        status, _ = await send(place, "PUT", f"/agents/{agent['id']}", change)
        assert status in {200, 400}
    for kept in await place.get("/agents", custom=True, limit=200):
        assert is_clean(kept)
        assert kept["persona"]["role"].strip()


async def test_odd_text_in_messages_disturbs_neither_lists_nor_the_next_answer(
    place: Place, upstream: FakeUpstream
) -> None:
    agent, channel = await place.agent(), await place.channel()
    path = f"/channels/{channel['id']}/messages"
    for odd in ODD.values():
        body = f'{{"content": "@{agent["handle"]} {odd}"}}'
        status, posted = await send(place, "POST", path, body)
        assert status == 201
        assert (await place.ended(posted["tasks"][0]))["status"] == "completed"
    for odd in ODD.values():
        change = f'{{"content":"{odd}"}}'
        assert (await send(place, "PUT", f"/messages/{posted['id']}", change))[0] in {200, 400}
    task = await place.ask(channel, agent, "still there?")
    assert (await place.ended(task))["status"] == "completed"
    assert is_clean(await place.messages(channel))
    assert is_clean([request["body"] for request in upstream.requests()])


@pytest.mark.parametrize(("field", "statuses"), [("name", {400}), ("topic", {200, 201})])
async def test_odd_text_in_a_channel_is_refused_or_stored_readable(
    place: Place, field: str, statuses: set[int]
) -> None:
    channel = await place.channel()
    for odd in ODD.values():
        body = body_with({"name": unique()}, field, f'"{odd}"')
        assert (await send(place, "POST", "/channels", body))[0] in statuses
        change = body_with({}, field, f'"{odd}"')
        assert (await send(place, "PUT", f"/channels/{channel['id']}", change))[0] in statuses
    assert is_clean(await place.get("/channels", limit=200))


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("send_message", "content"),
        ("send_message", "client_id"),
        ("send_message", "thread_id"),
        ("send_message", "channel_id"),
        ("invoke_agent", "content"),
        ("invoke_agent", "client_id"),
        ("invoke_agent", "agent_id"),
        ("join_channel", "channel_id"),
        ("typing", "channel_id"),
        ("cancel_task", "task_id"),
        ("retry_task", "task_id"),
    ],
)
async def test_odd_text_by_socket_is_refused_or_stored_readable(
    place: Place, event: str, field: str
) -> None:
    agent, channel = await place.agent(), await place.channel()
    ann = await place.listener(channel)
    whole = {
        "send_message": {"channel_id": channel["id"], "content": "hi"},
        "invoke_agent": {"channel_id": channel["id"], "agent_id": agent["id"], "content": "hi"},
    }.get(event, {})
    # The client sends no lone surrogates; tests of raw frames do.
    values: list[object] = [json.loads(f'"{o}"') for o in ODD.values() if "\\ud" not in o]
    values += [{"$ne": None}, ["x"], 7, True, 2**63 - 1, "x" * 40_000]
    for value in values:
        ack = await ann.call(event, {**whole, field: value})
        assert ack["ok"] or ack["error"]["status"] == 400, (value, ack)
        assert field == "content" or not ack["ok"]
    await place.say(channel, "next")
    await ann.until(lambda: "next" in ann.texts())
    assert is_clean(ann.heard)
    await place.idle(channel)


MISLEADING = [
    "\u2800\u2800",
    "\ufe0f",
    "\u0301\u0301",
    "\U000e0100",
    "\u17b4",
    "\ufff0",
    "a\ufffe",
    "\U0001d159",
    "a\u200eb",
    "a\u061cb",
    "a\tb",
    "a\x85b",
    "\u3164",
    "\xa0\u3000 ",
]


async def test_names_that_show_nothing_or_mislead_are_refused(place: Place) -> None:
    taken = await place.channel()
    for name in MISLEADING:
        body = {"name": name}
        await place.post("/channels", body, 400)
        await place.put(f"/channels/{taken['id']}", body, 400)
        await place.post("/agents", {**body, "role": "Helps"}, 400)


@pytest.mark.parametrize(
    "other",
    ["{0}\ufe0f", "{0} ", "  {0}", "{1}", "{2}"],
    ids=["variation", "blank after", "blanks before", "capitals", "full width"],
)
async def test_a_copy_that_looks_the_same_is_refused_on_create_and_rename(
    place: Place, other: str
) -> None:
    name = unique("twin").replace(" ", "")
    wide = "".join(chr(ord(char) + 0xFEE0) for char in name)
    copy = other.format(name, name.upper(), wide)
    await place.channel(name)
    second = await place.channel()
    await place.post("/channels", {"name": copy}, 409)
    await place.put(f"/channels/{second['id']}", {"name": copy}, 409)
    await place.agent(name=name)
    third = await place.agent()
    refused = 400 if "\ufe0f" in copy else 409
    await place.post("/agents", {"name": copy, "role": "Helps"}, refused)
    await place.put(f"/agents/{third['id']}", {"name": copy}, refused)
    await place.post(f"/agents/{third['id']}/duplicate", {"name": copy}, refused)


NUMBERS = ["NaN", "-Infinity", "1e999", '"NaN"', '"inf"', "1e400", "{}", "[0.5]", "9" * 400]


@pytest.mark.parametrize("field", ["temperature", "max_tokens", "wait"])
async def test_a_number_that_is_none_is_refused_and_reads_go_on(place: Place, field: str) -> None:
    agent = await place.agent()
    body: dict[str, object] = {"name": unique(), "role": "Helps"}
    requests = [("POST", "/agents", body), ("PUT", f"/agents/{agent['id']}", {})]
    if field == "wait":
        requests = [("POST", f"/agents/{agent['id']}/invoke", {"content": "hi"})]
    for raw in NUMBERS:
        for method, path, base in requests:
            assert (await send(place, method, path, body_with(base, field, raw)))[0] == 400, raw
    assert (await place.get(f"/agents/{agent['id']}"))["config"] == agent["config"]
    await place.get("/agents")


async def test_any_search_text_is_taken_or_refused(place: Place) -> None:
    for value in ("x" * 199, "x" * 20_000, "%", "\u202e", "a\ud83d", "'\"--", "\x1b", "a\x00"):
        raw = value.encode("utf-8", "surrogatepass")
        query = "".join(f"%{byte:02X}" for byte in raw)
        for path in ("/agents?q=", "/audit?action=", "/channels?kind=", "/agents?cursor="):
            response = await place.http.get(path + query)
            assert response.status_code in {200, 400, 414}, (path, value[:20])


async def test_text_of_a_model_that_can_not_be_stored_is_mended_everywhere(
    place: Place, upstream: FakeUpstream
) -> None:
    agent = await place.agent(f"{QUICK};script=odd")
    upstream.script("odd", [{"text": "one\x00 two \u202ethree"}, {"text": "\x00"}, {"text": "ok"}])
    channel = await place.channel()
    ann = await place.listener(channel)
    answer = await place.answer(await place.ask(channel, agent))
    assert answer["content"] == "one two \u202ethree"
    nothing = await place.answer(await place.ask(channel, agent))
    assert (nothing["status"], nothing["error"]["code"]) == ("failed", "empty_answer")
    assert (await place.answer(await place.ask(channel, agent)))["status"] == "complete"
    await ann.until(lambda: len(ann.of("task_updated")) >= 6)
    assert is_clean(ann.heard)
    assert is_clean(await place.messages(channel))
    assert is_clean([request["body"] for request in upstream.requests()])


async def test_raw_bytes_in_an_address_are_refused_or_read(place: Place) -> None:
    host, port = place.address.removeprefix("http://").split(":")
    for target in (b"/api/agents?q=\xff\xfe&limit=1", b"/api/agents/\xff", b"/api/agents?\x00=1"):
        status = await raw_status(host, int(port), target)
        assert status in {b"200", b"400", b"404"}, target
    checked(await place.http.get("/agents"), 200)


async def raw_status(host: str, port: int, target: bytes) -> bytes:
    """Return the status of a GET whose address is sent as it is."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        b"GET " + target + b" HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nconnection: close\r\n\r\n" % port
    )
    line = await reader.readline()
    writer.close()
    return line.split()[1]
