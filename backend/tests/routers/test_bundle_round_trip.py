"""Whatever agents there are: out, in and out again is the same file."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.app import settings_for
from tests.support.databases import Server
from tests.support.served import served

EXAMPLES = 30
PROSE = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)
MODELS = st.sampled_from(["gpt-5-mini", "llama3.2:3b", "org/model@2;x=1", 'a{"b"}'])
PROVIDERS = st.sampled_from(["anthropic", "openai", "ollama", "local"])
NAMES = st.from_regex(
    r"[A-Za-z\u00c0-\u00d6\u4e00-\u4e20][a-z0-9]{2,10}( [a-z0-9]{1,8})?", fullmatch=True
)


def visible(least: int, most: int) -> st.SearchStrategy[str]:
    return PROSE.map(lambda text: f"a{text}{'b' * least}"[:most])


AGENTS = st.fixed_dictionaries(
    {"name": NAMES, "role": visible(3, 100)},
    optional={
        "goal": st.none() | PROSE,
        "backstory": PROSE,
        "capabilities": st.lists(visible(1, 100), max_size=3),
        "prompt": st.none() | visible(10, 200),
        "provider": st.none() | PROVIDERS,
        "model": st.none() | MODELS,
        "temperature": st.floats(0, 2),
        "max_tokens": st.integers(1, 200_000),
        "color": st.none() | st.from_regex(r"#[0-9A-Fa-f]{6}", fullmatch=True),
        "fallbacks": st.lists(st.fixed_dictionaries({"provider": PROVIDERS, "model": MODELS}), max_size=5),
        "memory": st.fixed_dictionaries(
            {},
            optional={
                "recall": st.booleans(),
                "remember": st.sampled_from(["facts", "turns", "off"]),
                "expire_after_days": st.none() | st.integers(1, 36_500),
                "half_life_days": st.none() | st.integers(1, 36_500),
            },
        ),
        "is_active": st.booleans(),
    },
)  # fmt: skip
TEAMS = st.lists(AGENTS, min_size=1, max_size=4, unique_by=lambda a: a["name"].casefold())


@pytest.fixture(scope="module")
def http(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = settings_for("", tmp_path_factory.mktemp("round-trip"))
    with (
        server.clone() as url,
        served(settings.model_copy(update={"database_url": url})) as address,
        httpx.Client(base_url=f"{address}/api", timeout=30) as client,
    ):
        yield client


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(team=TEAMS)
def test_export_import_export_is_the_same_file(
    http: httpx.Client, team: list[dict[str, Any]]
) -> None:
    forget_all(http)
    for agent in team:
        made = http.post("/agents", json=agent)
        # Names that only some scripts take for equal, and reserved ones.
        assert made.status_code in {201, 400, 409}, made.text
    first = http.get("/agents/export", params={"custom": True})
    forget_all(http)
    report = taken(http, first.content)
    assert len(report["created"]) == len(first.json()["agents"])
    assert http.get("/agents/export", params={"custom": True}).content == first.content
    again = taken(http, first.content)
    assert {row["reason"] for row in again["skipped"]} <= {"identical"}
    assert again["created"] == again["replaced"] == []


def taken(http: httpx.Client, content: bytes) -> dict[str, Any]:
    response = http.post(
        "/agents/import", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200, response.text
    return response.json()


def forget_all(http: httpx.Client) -> None:
    for agent in http.get("/agents", params={"custom": True, "limit": 200}).json():
        http.delete(f"/agents/{agent['id']}").raise_for_status()
