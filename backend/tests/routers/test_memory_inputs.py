"""What clients send as memories and questions: refused by its field, or taken whatever it holds."""

import json

import pytest
import pytest_asyncio

from tests.support.app import App, Json, checked, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_agent(shared_app: App) -> Json:
    return await shared_app.agent("Shared Listener")


def at(agent: Json) -> str:
    return f"/api/agents/{agent['id']}/memories"


BAD: list[tuple[Json, str]] = [
    ({}, "content"),
    ({"content": None}, "content"),
    ({"content": ""}, "content"),
    ({"content": " \n\t\u3000"}, "content"),
    ({"content": "\x00"}, "content"),
    ({"content": "x" * 8001}, "content"),
    ({"content": 7}, "content"),
    ({"content": "x", "kind": "rumour"}, "kind"),
    ({"content": "x", "importance": 1.1}, "importance"),
    ({"content": "x", "importance": -1}, "importance"),
    ({"content": "x", "importance": "high"}, "importance"),
    ({"content": "x", "said_at": "yesterday"}, "said_at"),
    ({"content": "x", "said_at": "2024-01-01T00:00:00"}, "said_at"),
    ({"content": "x", "said_at": "0001-01-01T00:00:00+14:00"}, "said_at"),
    ({"content": "x", "said_at": "9999-12-31T23:59:59-14:00"}, "said_at"),
    ({"content": "x", "said_at": 1e300}, "said_at"),
    ({"content": "x", "channel_id": "lab"}, "channel_id"),
    (
        {"content": "x", "channel_id": "00000000-0000-7000-8000-00000000ffff"},
        "channel_id",
    ),
    ({"content": "x", "source_message_id": 1}, "source_message_id"),
    ({"content": "x", "metadata": []}, "metadata"),
    ({"content": "x", "metadata": {"k": "v" * 9000}}, "metadata"),
    ({"content": "x", "metadata": {"k": 10**30}}, "metadata"),
    ({"content": "x", "embedding": [0.0]}, "embedding"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
async def test_bad_input_is_refused_by_its_field(
    shared_app: App, shared_agent: Json, body: Json, field: str
) -> None:
    response = await shared_app.http.post(at(shared_agent), json=body)
    assert problem(response, 400)["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "content",
    [
        "x" * 8000, "a" * 8000 + " " * 10, "\ud800 lone", "nul\x00l", "' or 1=1; drop table agents; --", "\\ \\\\ %s :q $1",
        "a|b & !c <-> (d):*", "🏴󠁧󠁢󠁳󠁣󠁴󠁿👩🏽‍❤️‍💋‍👩🏿", "検索 数据库 서버", "ความจำ", "\u202e reversed", "e" + "\u0301" * 500, "1e400 NaN [1,2]",
        " ".join(f"w{n}" for n in range(1500)), "https://a.example/b?c=d&e=f#g", "\u200b.\u200b",
    ],
)  # fmt: skip
async def test_any_text_is_remembered_and_can_be_asked_for(
    shared_app: App, shared_agent: Json, content: str
) -> None:
    raw = json.dumps({"content": content})
    headers = {"Content-Type": "application/json"}
    stored = checked(
        await shared_app.http.post(at(shared_agent), content=raw, headers=headers), 201
    )
    q = stored["content"][:1000].strip()
    hits = await shared_app.get(at(shared_agent), q=q, limit=200)
    assert stored["id"] in [hit["id"] for hit in hits]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": ""}, "q"),
        ({"q": " "}, "q"),
        ({"q": "a\x00"}, "q"),
        ({"q": "x" * 1001}, "q"),
        ({"kind": "x"}, "kind"),
        ({"channel_id": "x"}, "channel_id"),
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "junk"}, "cursor"),
        ({"q": "x", "cursor": "junk"}, "cursor"),
    ],
)
async def test_bad_questions_are_refused(
    shared_app: App, shared_agent: Json, params: Json, field: str
) -> None:
    response = await shared_app.http.get(at(shared_agent), params=params)
    assert problem(response, 400)["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"name": "Fine", "description": "x" * 501}, "description"),
        ({"name": "Fine", "channel_id": "lab"}, "channel_id"),
        ({"name": "Fine", "channel_id": "00000000-0000-7000-8000-00000000ffff"}, "channel_id"),
        ({"name": "Fine", "owner": "me"}, "owner"),
    ],
)
async def test_bad_collections_are_refused_by_their_field(
    shared_app: App, body: Json, field: str
) -> None:
    refused = problem(await shared_app.http.post("/api/memory-collections", json=body), 400)
    assert refused["errors"][0]["field"] == field
