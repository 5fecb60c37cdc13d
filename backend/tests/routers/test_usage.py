"""What was used, page by page: every row once, whatever stands beside it, and nothing taken for a cursor."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from reznet.core.pagination import encode_cursor
from reznet.models import USAGE
from tests.support.app import App, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEWEST = datetime(2026, 3, 1, tzinfo=UTC)
# The days beside each other, those apart by years, and those between must all be walked over.
DAYS_AGO = (0, 1, 2, 9, 40, 41, 400, 1500)
NAMES = ("Ann", "ann", "Äne", "Zoë Writer", "Zoë-Writer")
LONG_MODEL = "org/" + "m" * 196


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


def call(moment: datetime, name: str, model: str, agent_id: UUID | str | None) -> dict[str, Any]:
    return {
        **dict.fromkeys(("attempt", "input_tokens", "output_tokens"), 1),
        **dict.fromkeys(("cache_read_tokens", "cache_write_tokens", "latency_ms"), 0),
        "id": uuid4(),
        "agent_id": agent_id,
        "agent_name": name,
        "provider": "openai",
        "model": model,
        "estimated": False,
        "created_at": moment,
    }


async def store(app: App, calls: list[dict[str, Any]]) -> None:
    async with app.runtime.database.write() as session:
        await session.execute(insert(USAGE), calls)


async def pages(app: App, limit: int, **only: str) -> list[list[dict[str, Any]]]:
    """Return the rows of each page, following the links."""
    address, found = "/api/usage", list[list[dict[str, Any]]]()
    params: dict[str, str | int] | None = {"limit": limit, **only}
    while True:
        response = await app.http.get(address, params=params)
        assert response.status_code == 200, response.text
        found.append(response.json())
        if "next" not in response.links:
            return found
        address, params = response.links["next"]["url"], None


def key(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["day"][:10], row["agent_name"], row["model"], str(row["agent_id"]))


async def test_pages_of_any_size_show_each_row_once_newest_first(app: App) -> None:
    chance = random.Random(7)
    agents = [(await app.agent(f"Used {n}"))["id"] for n in ("one", "two")]
    calls = [
        call(
            NEWEST - timedelta(days=chance.choice(DAYS_AGO), seconds=chance.randrange(86_400)),
            chance.choice(NAMES),
            chance.choice(("small", LONG_MODEL)),
            chance.choice((*agents, None)),
        )
        for _ in range(150)
    ]
    await store(app, calls)
    expected = Counter(key({**one, "day": one["created_at"].isoformat()}) for one in calls)
    (whole,) = await pages(app, 200)
    assert {key(row): row["calls"] for row in whole} == expected
    assert all(one["day"] >= other["day"] for one, other in pairwise(whole))
    for limit in (3, 7, len(whole) - 1, len(whole)):
        found = await pages(app, limit)
        assert [row for page in found for row in page] == whole
        assert {len(page) for page in found[:-1]} <= {limit}
        assert found[-1]

    until, since = "2026-02-28T12:00:00Z", "2025-01-01T00:00:00Z"
    (part,) = await pages(app, 200, since=since, until=until, agent_id=agents[0])
    assert 0 < len(part) < len(whole)
    assert {row["agent_id"] for row in part} == {agents[0]}
    split = await pages(app, 1, since=since, until=until, agent_id=agents[0])
    assert [row for page in split for row in page] == part


async def test_what_is_used_meanwhile_moves_no_row_to_another_page(app: App) -> None:
    at = NEWEST + timedelta(days=10)
    await store(app, [call(at, name, "small", None) for name in ("B", "D")])
    since = at.isoformat()
    first = await app.http.get("/api/usage", params={"limit": 1, "since": since})
    await store(
        app,
        [call(at, "A", "small", None), call(at + timedelta(days=1), "C", "small", None)],
    )
    second = await app.http.get(first.links["next"]["url"])
    assert [row["agent_name"] for row in first.json() + second.json()] == ["B", "D"]
    assert "next" not in second.links


DAY = "2026-03-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "parts",
    [
        (DAY, str(uuid4())),
        ("2026-03-01", "Ann", "openai", "small", ""),
        ("yesterday", "Ann", "openai", "small", ""),
        ("9999-12-31T23:59:59-14:00", "Ann", "openai", "small", ""),
        (DAY, "Ann", "openai", "small", "someone"),
        (DAY, "Ann\x00", "openai", "small", ""),
    ],
)
async def test_a_cursor_of_another_list_is_refused(app: App, parts: tuple[str, ...]) -> None:
    response = await app.http.get("/api/usage", params={"cursor": encode_cursor(*parts)})
    assert problem(response, 400)["code"] == "invalid_cursor"


async def test_the_ends_of_the_calendar_are_places_like_any_other(app: App) -> None:
    for day in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        await app.get("/api/usage", cursor=encode_cursor(day, "", "", "", ""))
        await app.get("/api/usage", since=day)
        await app.get("/api/usage", until=day)
