"""The short way of posting answers as the long one does, whatever is sent."""

import json
from collections.abc import AsyncIterator
from unittest.mock import ANY

import httpx
import pytest
import pytest_asyncio

from reznet.routers import api
from reznet.routers.dependencies import Workspace
from reznet.routers.posting import ShortWay
from tests.support.app import App, Json

pytestmark = pytest.mark.asyncio(loop_scope="module")
_JSON = {"content-type": "application/json"}
_OF_ITS_OWN = ("id", "created_at", "updated_at", "request_id")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(shared_app: App) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient, str]]:
    """Return a client of each way, and the id of a channel."""
    runtime = shared_app.runtime
    workspace = Workspace(
        settings=runtime.settings,
        database=runtime.database,
        ports=runtime.ports,
        live=runtime.live,
        watch=runtime.watch,
        providers=runtime.models,
        trials=runtime.trials,
        checks=runtime.checks,
    )
    long_way = api.build(workspace)
    channel = await shared_app.channel("two-ways")

    def client(app: object) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")

    async with client(ShortWay(long_way, workspace)) as short, client(long_way) as long:
        yield short, long, channel["id"]


def _without_its_own(body: Json) -> Json:
    return {name: value for name, value in body.items() if name not in _OF_ITS_OWN}


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b'{"content": "Good morning"}', _JSON),
        (b'{"content": "@Backend, @qa: please"}', _JSON),
        (b'{"content": "a\\u0000b \\ud800"}', _JSON),
        (
            '{"content": "é\u2028 \U0001f642 </script> \\u0007 \\\\ \\" \\ud83d\\ude42"}'.encode(),
            _JSON,
        ),
        (b'\xef\xbb\xbf{"content": "with a mark"}', _JSON),
        (b'{"content": "with a key"}', {**_JSON, "idempotency-key": "{way}"}),
        (b'{"content": "bad key"}', {**_JSON, "idempotency-key": "\xe4"}),
        (b'{"content": "empty key"}', {**_JSON, "idempotency-key": " "}),
        (b'{"content": "vendor"}', {"content-type": "application/vnd.x+json; charset=utf-8"}),
        (b'{"content": "plain"}', {"content-type": "text/plain"}),
        (b'{"content": "none"}', {}),
        (b'{"content": "   "}', _JSON),
        (b'{"content": 1}', _JSON),
        (b'{"content": "x", "other": 1}', _JSON),
        (b'{"content": "x", "content": "y"}', _JSON),
        (b'{"content": "x", "thread_id": "00000000-0000-7000-8000-00000000dead"}', _JSON),
        (b'{"content": "x", "thread_id": "no"}', _JSON),
        (b'{"content": "x", "file_ids": ["00000000-0000-7000-8000-00000000dead"]}', _JSON),
        (b'{"content": NaN}', _JSON),
        (b'{"content": "\xff"}', _JSON),
        (b"[]", _JSON),
        (b"null", _JSON),
        (b"", _JSON),
        (b"{", _JSON),
        (b"[" * 100_000, _JSON),
        (json.dumps({"content": "x" * 40_000}).encode(), _JSON),
    ],
)
async def test_both_ways_answer_the_same(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient, str], content: bytes, headers: dict[str, str]
) -> None:
    *clients, channel_id = ways
    answers: list[httpx.Response] = []
    for name, client in zip(("short", "long"), clients, strict=True):
        sent = [(key, value.replace("{way}", name)) for key, value in headers.items()]
        path = f"/api/channels/{channel_id}/messages"
        sent_as = httpx.Headers(sent, encoding="latin-1")
        answers.append(await client.post(path, content=content, headers=sent_as))
        if answers[-1].status_code == 201:
            stored = await client.get(answers[-1].headers["location"])
            assert stored.json() | {"tasks": ANY} == answers[-1].json()
    short, long = answers
    assert list(short.json()) == list(long.json())
    assert short.status_code == long.status_code
    assert short.headers["content-type"] == long.headers["content-type"]
    assert ("location" in short.headers) == ("location" in long.headers)
    shown = [_without_its_own(answer.json()) for answer in answers]
    for body in shown:
        tasks = body.pop("tasks", [])
        body["started"] = [task["agent_name"] for task in tasks]
        body["has_key"] = body.pop("client_id", None) is not None
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    "channel_id",
    [
        "00000000-0000-7000-8000-00000000dead",
        "{0000000-0000-7000-8000-000000000100",
        "urn:uuid:00000000000070008000000000",
        "not-an-id",
        "%00",
    ],
)
async def test_both_ways_refuse_the_same_addresses(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient, str], channel_id: str
) -> None:
    short, long, _ = ways
    path = f"/api/channels/{channel_id}/messages"
    first = await short.post(path, json={"content": "x"})
    second = await long.post(path, json={"content": "x"})
    assert first.status_code == second.status_code
    assert _without_its_own(first.json()) == _without_its_own(second.json())


async def test_the_same_key_is_the_same_message_by_either_way(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient, str],
) -> None:
    short, long, channel_id = ways
    path, headers = f"/api/channels/{channel_id}/messages", {"idempotency-key": "either"}
    first = await short.post(path, json={"content": "once"}, headers=headers)
    second = await long.post(path, json={"content": "once"}, headers=headers)
    third = await short.post(path, json={"content": "once"}, headers=headers)
    assert [answer.status_code for answer in (first, second, third)] == [201, 200, 200]
    assert first.json() == second.json() == third.json()
    assert first.headers["location"] == third.headers["location"]


async def test_a_body_in_many_pieces_is_taken(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient, str],
) -> None:
    short, _, channel_id = ways

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"con', b'tent": ', b'"in pieces"}'):
            yield piece

    path = f"/api/channels/{channel_id}/messages"
    answer = await short.post(path, content=pieces(), headers=_JSON)
    assert answer.status_code == 201
    assert answer.json()["content"] == "in pieces"
