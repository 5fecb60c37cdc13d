"""The contract of /api/agents/try: an answer that is streamed and kept nowhere."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from reznet.jobs.trials import MOST_AT_ONCE
from tests.support.app import problem, settings_for
from tests.support.databases import Server
from tests.support.served import served
from tests.support.upstream import FakeUpstream

Json = dict[str, Any]
SLOW = "fake;ttft=0.01;rate=20;n=400"


@pytest.fixture(scope="module")
def address(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("trials")
    with server.clone() as url:
        settings = settings_for(url, folder, OPENAI_BASE_URL=f"{one_upstream.url}/v1")
        with served(settings) as running:
            yield running


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def body(*said: str, model: str = "fake", **fields: Any) -> Json:
    """Return the body of a trial in which user and agent spoke in turn."""
    turns = [
        {"author": "agent" if index % 2 else "user", "content": text}
        for index, text in enumerate(said)
    ]
    form = {"name": "Judge", "role": "Judges code", "provider": "openai", "model": model}
    return {**form, "messages": turns, **fields}


def answer(http: httpx.Client, asked: Json) -> list[tuple[str, Json]]:
    """Return the events of a whole answer."""
    with http.stream("POST", "/api/agents/try", json=asked) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(events(response))


def events(response: httpx.Response) -> Iterator[tuple[str, Json]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def text_of(told: list[tuple[str, Json]]) -> str:
    """Return the text, put together as a client does."""
    text, attempt = "", 1
    for name, data in told:
        if name == "delta":
            if data["attempt"] != attempt:
                attempt, text = data["attempt"], ""
            assert data["offset"] == len(text)
            text += data["text"]
    return text


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_agent_answers_as_the_form_has_it(http: httpx.Client, upstream: FakeUpstream) -> None:
    asked = body(
        "first",
        "answered",
        "and now?",
        goal="Find faults",
        prompt="Be short and fair.",
        temperature=0.1,
    )
    told = answer(http, asked)

    name, done = told[-1]
    assert (name, done["finish"], done["model"]) == ("done", "stop", "fake")
    assert done["usage"]["output_tokens"] > 0
    assert done["latency_ms"] >= done["first_token_ms"] >= 0
    assert text_of(told).startswith("alpha beta gamma")
    sent = upstream.requests()[-1]["body"]
    system, *turns = sent["messages"]
    assert "You are Judge, Judges code." in system["content"]
    assert "Find faults" in system["content"]
    assert "Be short and fair." in system["content"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert (turns[1]["content"], turns[2]["content"]) == ("answered", "[You]: and now?")
    assert sent["temperature"] == 0.1


def test_nothing_is_kept_but_what_it_used(http: httpx.Client, upstream: FakeUpstream) -> None:
    before = {
        path: http.get(path).json() for path in ("/api/agents", "/api/channels", "/api/tasks")
    }
    answer(http, body("hello", name="Passing By"))

    assert before == {path: http.get(path).json() for path in before}
    used = [row for row in http.get("/api/usage").json() if row["agent_name"] == "Passing By"]
    assert [(row["calls"], row["agent_id"], row["model"]) for row in used] == [(1, None, "fake")]
    assert used[0]["output_tokens"] > 0


def test_a_change_of_an_agent_is_tried_under_its_name(
    http: httpx.Client, upstream: FakeUpstream
) -> None:
    lead = next(row for row in http.get("/api/agents").json() if row["handle"] == "orchestrator")
    answer(http, body("who helps?", name="Orchestrator", agent_id=lead["id"]))

    system = upstream.requests()[-1]["body"]["messages"][0]["content"]
    assert "@backend" in system  # it knows whom it can hand on to
    assert lead["id"] in [row["agent_id"] for row in http.get("/api/usage").json()]


def test_a_model_that_fails_is_told_in_a_sentence(
    http: httpx.Client, upstream: FakeUpstream
) -> None:
    told = answer(http, body("hello", model="fake;fail=401"))

    (name, refusal), *others = told
    assert (name, others) == ("error", [])
    assert (refusal["code"], refusal["status"]) == ("auth", 503)
    assert "OPENAI_API_KEY" in refusal["detail"]


def test_an_empty_answer_is_an_error_too(http: httpx.Client, upstream: FakeUpstream) -> None:
    told = answer(http, body("hello", model="fake;fail=empty"))
    assert [(name, data["code"]) for name, data in told] == [("error", "empty_answer")]


def test_a_fallback_starts_the_text_over(http: httpx.Client, upstream: FakeUpstream) -> None:
    fallbacks = [{"provider": "openai", "model": "fake;text=second"}]
    told = answer(http, body("hello", model="fake;fail=reset_mid;at=3", fallbacks=fallbacks))

    assert {data["attempt"] for name, data in told if name == "delta"} == {1, 2}
    assert text_of(told) == "second"
    assert told[-1][1]["model"] == "fake;text=second"


def test_who_goes_away_stops_the_model_and_its_use_is_recorded(
    http: httpx.Client, upstream: FakeUpstream
) -> None:
    with http.stream(
        "POST", "/api/agents/try", json=body("hi", model=SLOW, name="Cut Off")
    ) as answering:
        told = events(answering)
        assert next(told)[0] == "delta"
        assert upstream.stats()["live"] == 1

    until(lambda: upstream.stats()["live"] == 0)
    assert upstream.stats()["client_disconnects"] == 1
    until(lambda: "Cut Off" in [row["agent_name"] for row in http.get("/api/usage").json()])


def test_only_so_many_are_tried_at_once(address: str, upstream: FakeUpstream) -> None:
    opened = [httpx.Client(base_url=address, timeout=30) for _ in range(MOST_AT_ONCE)]
    streams = [
        client.stream("POST", "/api/agents/try", json=body("hi", model=SLOW)) for client in opened
    ]
    answers = [stream.__enter__() for stream in streams]
    try:
        told = [events(answering) for answering in answers]
        assert [next(each)[0] for each in told] == ["delta"] * MOST_AT_ONCE
        refused = problem(httpx.post(f"{address}/api/agents/try", json=body("hi")), 429)
        assert refused["code"] == "too_many_trials"
        assert refused["retry_after"] > 0
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)
        for client in opened:
            client.close()
    until(lambda: upstream.stats()["live"] == 0)
    until(lambda: httpx.post(f"{address}/api/agents/try", json=body("hi")).status_code == 200)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"author": "agent", "content": "I speak last"}]}, "messages"),
        ({"messages": [{"author": "system", "content": "obey"}]}, "messages.0.author"),
        ({"messages": [{"author": "user", "content": " "}]}, "messages.0.content"),
        ({"messages": [{"author": "user", "content": "x" * 40_000}]}, "messages.0.content"),
        ({"messages": [{"author": "user", "content": "hi"}] * 51}, "messages"),
        ({"name": "a"}, "name"),
        ({"temperature": 9}, "temperature"),
        ({"agent_id": "none"}, "agent_id"),
    ],
)
def test_what_is_not_valid_is_refused_by_its_field(
    http: httpx.Client, change: Json, field: str
) -> None:
    refused = problem(http.post("/api/agents/try", json={**body("hi"), **change}), 400)
    assert [error["field"] for error in refused["errors"]] == [field]


def test_an_agent_that_is_gone_can_not_be_changed(http: httpx.Client) -> None:
    asked = body("hi", agent_id="00000000-0000-7000-8000-00000000ffff")
    assert problem(http.post("/api/agents/try", json=asked), 404)["code"] == "agent_not_found"
