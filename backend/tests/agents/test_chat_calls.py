"""Answers that we read by ourselves come to the same text, end, counts and errors as those the library reads."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, ModelRef, Turn
from reznet.agents.local_model import LocalModel
from reznet.agents.measures import Reported
from reznet.agents.questions import Call
from reznet.agents.wire.calls import Place, StreamedCall
from reznet.agents.wire.chat_calls import ChatCall
from reznet.agents.wire.chat_events import LONGEST_EVENT, ChatEvents
from reznet.agents.wire.connections import Connections
from tests.agents.conftest import OPENAI_KEY, MakeSettings
from tests.agents.test_llm_wire import HEAD, chunked, openai_chunk, openai_events, raw_server

USAGE = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [],
    "usage": {
        "prompt_tokens": 70,
        "completion_tokens": 5,
        "total_tokens": 75,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 2},
    },
}


def said(*contents: object) -> list[dict[str, object]]:
    return [openai_chunk(delta={"content": c}, finish_reason=None) for c in contents]


def ended(reason: object = "stop") -> dict[str, object]:
    return openai_chunk(delta={}, finish_reason=reason)


def thought(**delta: object) -> dict[str, object]:
    return openai_chunk(delta=delta, finish_reason=None)


HELLO = [*said("Hel", "lo ", "👩‍💻"), ended(), USAGE]
STREAMS: dict[str, bytes] = {
    "plain": openai_events(*HELLO),
    "CRLF": openai_events(*HELLO, newline=b"\r\n"),
    "CR": openai_events(*HELLO, newline=b"\r"),
    "comments": openai_events(*HELLO, between=b": keep-alive\n\n:\n"),
    "other fields": openai_events(*HELLO, between=b"event: message\nid: 7\nretry: 10\nodd\n"),
    "no blank after data": openai_events(*HELLO).replace(b"data: ", b"data:"),
    "data in several lines": openai_events(*HELLO).replace(b'{"index"', b'\ndata: {"index"'),
    "no DONE": openai_events(*HELLO).replace(b"data: [DONE]\n\n", b""),
    "more after DONE": openai_events(*HELLO) + openai_events(*said("no")),
    "empty and null": openai_events(*said("", None, "Hi", None, ""), ended(), USAGE),
    "no choices": openai_events({"id": "", "choices": []}, {"choices": None}, *HELLO),
    "null delta": openai_events(openai_chunk(delta=None, finish_reason=None), *HELLO),
    "parts": openai_events(*said([{"type": "text", "text": "Hi"}, {"type": "ref"}, "!"]), ended()),
    "refusal": openai_events(*said("Hm"), thought(refusal="I can't"), ended()),
    "reasoning": openai_events(thought(reasoning="hm"), thought(reasoning_content="m"), *HELLO),
    "thoughts in tags": openai_events(
        *said("<think>", "a", "b", "</think>", "\n\n", "Hi"), ended()
    ),
    "tags within text": openai_events(*said("<think>a", "</think>", "Hi <think>"), ended()),
    "thoughts within text": openai_events(*said("A", "<think>", "b", "</think>", "C"), ended()),
    "thoughts alone": openai_events(*said("<think>", "a", "b"), ended()),
    "leading space": openai_events(*said("\n\n", " ", "Hi", "\n", "!"), ended()),
    "half a pair": openai_events(*said("ab"), ended()).replace(b"ab", b"a\\ud83d"),
    "length": openai_events(*said("Hi"), ended("length"), USAGE),
    "filter": openai_events(*said("Hi"), ended("content_filter"), USAGE),
    "calls": openai_events(*said("Hi"), ended("tool_calls"), USAGE),
    "a reason of its own": openai_events(*said("Hi"), ended("guardrail"), USAGE),
    "no reason": openai_events(*said("Hi"), USAGE),
    "no usage": openai_events(*said("Hi"), ended()),
    "usage of nothing": openai_events(
        *said("Hi"), ended(), {**USAGE, "usage": {"prompt_tokens": 0, "completion_tokens": 0}}
    ),
    "nothing": b"data: [DONE]\n\n",
    "nothing at all": b"",
    "no events": b'{"choices": [{"message": {"content": "Hi"}}]}',
    "cut in an event": openai_events(*said("Hi", "there"))[:-60],
    "bad JSON": openai_events(*said("Hi")).replace(b"[DONE]", b'{"choices": [') + b"\n",
    "bad UTF-8": openai_events(*said("Hi", "XX"), ended()).replace(b"XX", b"\xff\xfe"),
    "error": openai_events(*said("Hi"), {"error": {"message": "Overloaded", "code": 503}}),
    "error of quota": openai_events({"error": {"message": "no", "type": "insufficient_quota"}}),
    "error of context": openai_events({"error": {"code": "context_length_exceeded"}}),
    "error of the rate": openai_events({"error": {"message": "slow", "code": "429"}}),
    "error in words": openai_events(*said("Hi"), {"error": "it broke"}),
    "error of a key": openai_events({"error": {"message": f"bad {OPENAI_KEY}", "code": "x"}}),
}


@dataclass(frozen=True)
class Outcome:
    """What a call came to."""

    text: str
    finish: str
    counts: tuple[Reported, int] | None
    error: tuple[str, str, float | None] | None


async def outcome(call: Call) -> Outcome:
    text, error = "", None
    try:
        async for piece in call.pieces():
            text += piece
        if call.finish() == "truncated" and not text.strip():
            raise EOFError
    except (EOFError, *call.failures) as failure:
        told: LLMError = call.explain(failure)
        error = (told.kind.value, told.message, told.retry_after)
    return Outcome(text, "" if error else call.finish(), call.reported(), error)


@pytest.fixture
async def both_ways(make_settings: MakeSettings) -> AsyncIterator[Any]:
    """Return what asks at an address, once as the library does and once as we do."""
    opened: list[Connections] = []

    async def ask(url: str, provider: str, model: str) -> tuple[Outcome, Outcome]:
        settings = make_settings(url)
        explainer = Explainer(settings)
        connections = Connections(settings, explainer, LocalModel(settings, explainer))
        opened.append(connections)
        ref, asked = (
            ModelRef(provider, model),
            {"system": "be kind", "turns": [Turn("user", "hi")]},
        )
        known = await connections.model(ref)
        assert known.line is not None
        theirs = StreamedCall(known.model, ref, explainer, Place(None), **asked)
        ours = ChatCall(known.line, ref, explainer, Place(None), **asked)
        return await outcome(theirs), await outcome(ours)

    yield ask
    for connections in opened:
        await connections.aclose()


@pytest.mark.parametrize("name", STREAMS)
async def test_streams_are_read_as_the_library_reads_them(both_ways: Any, name: str) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunked(STREAMS[name], 61))

    async with raw_server(answer) as (url, _):
        # Qwen's leading space is no text.
        for provider, model in [("openai", "m"), ("ollama", "qwen3:8b")]:
            theirs, ours = await both_ways(url, provider, model)
            assert ours == theirs
            assert OPENAI_KEY not in str(ours)


REFUSALS: dict[str, tuple[str, dict[str, str], object]] = {
    **{
        f"{status}": (f"{status} No", {}, {"error": {"message": "No such luck", "code": None}})
        for status in (400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529)
    },
    "later": ("429 No", {"retry-after": "7"}, {"error": {"message": "slow down"}}),
    "quota": ("429 No", {}, {"error": {"message": "no", "code": "insufficient_quota"}}),
    "context": ("400 No", {}, {"error": {"message": "the context length is exceeded"}}),
    "no model": ("404 No", {}, {"error": {"message": "no model m", "code": "model_not_found"}}),
    "not JSON": ("502 Bad", {}, "<html>Bad gateway</html>"),
    "no body": ("500 Bad", {}, ""),
    "a list": ("400 Bad", {}, [1]),
    "detail": ("422 Bad", {}, {"detail": "messages: too short"}),
    "a key": ("401 No", {}, {"error": {"message": f"{OPENAI_KEY} is wrong"}}),
    "sign in": ("302 Found", {"location": "/login"}, ""),
    "page": ("200 OK", {"content-type": "text/html"}, "<html>"),
    "not modified": ("304 No", {}, ""),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refusals_are_told_as_the_library_tells_them(both_ways: Any, name: str) -> None:
    status, headers, body = REFUSALS[name]
    sent = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = {"content-type": "application/json", "content-length": str(len(sent))} | headers

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        writer.write(f"HTTP/1.1 {status}\r\nconnection: close\r\n{head}\r\n".encode() + sent)

    async with raw_server(answer) as (url, _):
        theirs, ours = await both_ways(url, "openai", "m")
        assert ours == theirs
        assert ours.error is not None
        assert OPENAI_KEY not in str(ours)


async def test_nobody_there_is_told_as_the_library_tells_it(both_ways: Any) -> None:
    theirs, ours = await both_ways("http://127.0.0.1:9", "openai", "m")
    assert ours == theirs
    assert ours.error is not None


async def test_what_openrouter_took_is_told(make_settings: MakeSettings) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        counted = {**USAGE, "usage": {**cast("dict[str, object]", USAGE["usage"]), "cost": 0.25}}
        sent = openai_events(*said("Hi"), ended(), counted)
        return httpx2.Response(200, stream=httpx2.ByteStream(sent))

    settings = make_settings("http://127.0.0.1:9")
    explainer = Explainer(settings)
    connections = Connections(settings, explainer, LocalModel(settings, explainer))
    ref, costs = ModelRef("openai", "m"), list[Decimal | None]()
    line = (await connections.model(ref)).line
    assert line is not None
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        for host in ("openrouter.ai", "service.example"):
            url = httpx2.URL(f"https://{host}/api/v1/chat/completions")
            there = replace(line, url=url, http=http)
            turns = [Turn("user", "hi")]
            call = ChatCall(there, ref, explainer, Place(None), system="", turns=turns)
            counts = (await outcome(call)).counts
            assert counts is not None
            costs.append(counts[0].cost_usd)
    assert costs == [Decimal("0.25"), None]
    await connections.aclose()


RECORDED = openai_events(
    *said("Grüße ", "<think>", "hm", "</think>", "你好 👩‍💻"),
    thought(reasoning="x"),
    *said(" مرحبا", [{"type": "text", "text": "!"}]),
    ended("length"),
    USAGE,
    between=b": ping\n\n",
    newline=b"\r\n",
).replace(b'{"index"', b'\r\ndata: {"index"')


@given(st.sets(st.integers(1, len(RECORDED) - 1), max_size=40))
def test_a_stream_may_be_cut_anywhere(cuts: set[int]) -> None:
    events = ChatEvents(thinking_tags=("<think>", "</think>"))
    edges = [0, *sorted(cuts), len(RECORDED)]
    text = "".join(events.feed(RECORDED[a:b]) or "" for a, b in pairwise(edges))
    assert text == "Grüße 你好 👩‍💻 مرحبا!"
    assert (events.finish, events.failure, events.is_done) == ("length", None, True)
    assert events.usage == USAGE


@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"data: ", b"{}", b"\n\n", b"[[[[", b"\r"]))
)
def test_no_bytes_break_the_reading(reads: list[bytes]) -> None:
    events = ChatEvents()
    for data in reads:
        events.feed(data)
    assert events.failure is None or isinstance(events.failure, ValueError)


@pytest.mark.parametrize("unit", [b"data: x", b": x", b"data: 1\n"])
def test_an_event_without_an_end_is_given_up(unit: bytes) -> None:
    events, fed = ChatEvents(), 0
    while events.failure is None and fed < 4 * LONGEST_EVENT:
        events.feed(unit * 1000)
        fed += len(unit) * 1000
    assert isinstance(events.failure, ValueError)
    assert fed < 2 * LONGEST_EVENT


@pytest.mark.parametrize(
    "chunk", ["null", "1", '"x"', "[]", '{"choices": {}}', '{"choices": [1]}', "[" * 99_999]
)
def test_chunks_of_other_types_do_no_harm(chunk: str) -> None:
    events = ChatEvents()
    assert not events.feed(f"data: {chunk}\n\n".encode())
    assert events.failure is None or isinstance(events.failure, ValueError)


def test_a_model_that_does_nothing_gives_no_sign_of_life() -> None:
    events = ChatEvents()
    assert events.feed(b": ping\n\n" + openai_events(*said(""))[:-14]) is None
    assert events.feed(openai_events(thought(reasoning="hm"))[:-14]) == ""
    assert events.feed(openai_events(*said("Hi"))) == "Hi"
