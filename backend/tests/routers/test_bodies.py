"""Bodies that no client should send, and what becomes of the next request."""

import json
import uuid

import pytest

from tests.support.app import App, problem

JSON = {"Content-Type": "application/json"}
AGENT = {"name": "Reviewer", "role": "Reviews code"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


def fresh() -> dict[str, str]:
    return {**AGENT, "name": f"Agent {uuid.uuid4().hex[:12]}"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": "x",}',
        b"nonsense",
        b'{"name": NaN}',
        b'{"temperature": Infinity}',
        b'{"temperature": -Infinity}',
        b'{"temperature": 1e999}',
        b'{"max_tokens": ' + b"9" * 10_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"name": "Twice", "name": "Twice Again", "role": "abc"}',
        b'{"name": "\xff\xfe"}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        '{"name": "x"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_what_is_not_json_is_refused(app: App, body: bytes) -> None:
    response = await app.http.post("/api/agents", content=body, headers=JSON)
    found = problem(response, 400)
    assert found["code"] == "invalid_json"
    assert found["errors"][0]["field"] == "body"
    assert (await app.http.post("/api/agents", json=fresh())).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "junk"])
async def test_other_content_types_are_refused(app: App, kind: str) -> None:
    body = json.dumps(fresh()).encode()
    response = await app.http.post("/api/agents", content=body, headers={"Content-Type": kind})
    assert problem(response, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_taken_under_its_names(app: App, kind: str) -> None:
    body = json.dumps(fresh()).encode()
    response = await app.http.post("/api/agents", content=body, headers={"Content-Type": kind})
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "ab"}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": "a\nb c"}, "name"),
        ({"name": "admin\u202egpj"}, "name"),
        ({"name": "abc\x00"}, "name"),
        ({"role": "ab"}, "role"),
        ({"role": None}, "role"),
        ({"goal": "x" * 501}, "goal"),
        ({"backstory": "x" * 2001}, "backstory"),
        ({"prompt": "short"}, "prompt"),
        ({"prompt": "x" * 4001}, "prompt"),
        ({"provider": "skynet"}, "provider"),
        ({"model": "bad model\n"}, "model"),
        ({"temperature": "NaN"}, "temperature"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"max_tokens": 10**30}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"color": "red"}, "color"),
        ({"capabilities": "code"}, "capabilities"),
        ({"fallbacks": [{"provider": "openai"}]}, "fallbacks.0.model"),
        ({"memory": {"recall": "perhaps"}}, "memory.recall"),
        ({"memory": {"remember": "all"}}, "memory.remember"),
        ({"memory": {"expire_after_days": 0}}, "memory.expire_after_days"),
        ({"memory": {"half_life_days": 10**30}}, "memory.half_life_days"),
        ({"memory": {"forget": True}}, "memory.forget"),
        ({"memory": None}, "memory"),
        ({"nmae": "x"}, "nmae"),
        ({"id": "x"}, "id"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_refused_field_is_named(app: App, fields: dict[str, object], field: str) -> None:
    body = json.dumps({**AGENT, **fields}).encode()
    response = await app.http.post("/api/agents", content=body, headers=JSON)
    assert field in [error["field"] for error in problem(response, 400)["errors"]]
    assert (await app.http.get("/api/agents")).status_code == 200


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"1", b"{}"])
async def test_a_body_of_the_wrong_shape_is_refused(app: App, body: bytes) -> None:
    problem(await app.http.post("/api/agents", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"alpha\u0000beta", "alphabeta"),
        (rb"hi \ud83d there", "hi \ufffd there"),
        (rb"\udc00\ud800", "\ufffd\ufffd"),
        (rb"\ud83d\ude00", "\U0001f600"),
        ("\u202e\ufeffé\u0301".encode(), "\u202e\ufeffé\u0301"),
    ],
)
async def test_odd_text_is_stored_readable_and_the_next_message_works(
    app: App, sent: bytes, kept: str
) -> None:
    channel = await app.channel(uuid.uuid4().hex)
    address = f"/api/channels/{channel['id']}/messages"
    body = b'{"content": "' + sent + b'"}'
    posted = await app.http.post(address, content=body, headers=JSON)
    assert posted.status_code == 201
    await app.say(channel, "still there?")
    assert [row["content"] for row in await app.get(address)] == [kept, "still there?"]


@pytest.mark.parametrize("name", ["\ud83d", "a\udc00b"])
async def test_a_field_name_with_a_lone_surrogate_is_refused(app: App, name: str) -> None:
    body = json.dumps({**AGENT, name: 1}).encode()
    problem(await app.http.post("/api/agents", content=body, headers=JSON), 400)


@pytest.mark.parametrize("content", ["", "  \n ", "x" * 32_769, "é" * 16_385, 7, None, ["x"]])
async def test_a_message_needs_text_within_the_limit(app: App, content: object) -> None:
    channel = await app.channel(uuid.uuid4().hex)
    response = await app.http.post(
        f"/api/channels/{channel['id']}/messages", json={"content": content}
    )
    (error,) = problem(response, 400)["errors"]
    assert error["field"] == "content"
    if isinstance(content, str) and len(content) > 1000:
        assert "32 KiB" in error["message"]
