"""Answers as they stream: text, ends, usage, stopping."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from reznet.agents.answers import AnswerStream
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import Finished, ModelCalled, ModelRef, TextDelta, Turn, Usage
from tests.support.upstream import FakeUpstream

PROVIDERS = ("openai", "anthropic", "ollama")


async def read(stream: AnswerStream) -> tuple[str, list[ModelCalled], Finished]:
    text, calls, finished = "", [], None
    async with stream:
        async for event in stream:
            match event:
                case TextDelta(piece):
                    text += piece
                case ModelCalled():
                    calls.append(event)
                case Finished():
                    finished = event
                case _:
                    pytest.fail(f"{event} was not expected")
    assert finished is not None
    assert stream.text == text
    return text, calls, finished


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_answer(client: LLMClient, upstream: FakeUpstream, provider: str) -> None:
    model = ModelRef(provider, "fake;n=5", temperature=1.5, max_tokens=77)
    turns = [Turn("user", "one"), Turn("assistant", "two"), Turn("user", "three")]
    text, calls, finished = await read(client.stream(turns, system="be kind", model=model))
    assert text == "alpha beta gamma delta epsilon"
    assert (finished.finish, finished.provider, finished.model) == ("stop", provider, model.name)
    assert len(calls) == 1
    call = calls[0]
    assert (call.attempt, call.error, call.usage.output_tokens) == (1, None, 5)
    assert call.usage.input_tokens > 0
    assert not call.usage.estimated
    assert call.first_token_ms is not None
    assert call.first_token_ms <= call.latency_ms
    body = upstream.requests()[0]["body"]
    assert [m["role"] for m in body["messages"] if m["role"] != "system"] == [
        "user",
        "assistant",
        "user",
    ]
    assert "be kind" in str(body)
    assert body["temperature"] == (1.0 if provider == "anthropic" else 1.5)
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("mode", "finish", "text"),
    [
        ("empty", "empty", ""),
        ("length", "length", "alpha beta gamma"),
        ("filter", "filter", "alpha beta gamma"),
        ("truncate;at=2", "truncated", "alpha beta"),
    ],
)
async def test_ends_are_told_apart(
    client: LLMClient, provider: str, mode: str, finish: str, text: str
) -> None:
    model = ModelRef(provider, f"fake;n=3;fail={mode}")
    read_text, calls, finished = await read(client.stream("hello", model=model))
    assert (finished.finish, read_text) == (finish, text)
    assert calls[0].usage.estimated is (finish == "truncated")


async def test_blank_turns_make_no_block(client: LLMClient, upstream: FakeUpstream) -> None:
    turns = [Turn("user", "a"), Turn("assistant", " \n"), Turn("user", "b")]
    for provider in PROVIDERS:
        await read(client.stream(turns, system="", model=ModelRef(provider, "fake")))
    for request in upstream.requests():
        contents = [message["content"] for message in request["body"]["messages"]]
        assert len(contents) >= 1
        assert '""' not in str(contents).replace("'", '"')
        assert "\\n" not in str(contents)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_without_counts_the_usage_is_estimated(client: LLMClient, provider: str) -> None:
    model = ModelRef(provider, "fake;n=40;fail=nousage")
    _, calls, _ = await read(client.stream("hello " * 50, model=model))
    usage = calls[0].usage
    if provider == "anthropic":  # it always counts
        assert not usage.estimated
    else:
        assert usage.estimated
        assert usage.input_tokens > 50
    assert usage.output_tokens >= 40


async def test_cost_is_unknown_nothing_or_the_price(client: LLMClient) -> None:
    async def cost(provider: str) -> Decimal | None:
        _, calls, _ = await read(client.stream("hello", model=ModelRef(provider, "fake")))
        return calls[0].usage.cost_usd

    assert await cost("openai") is None
    assert await cost("anthropic") is None
    assert await cost("ollama") == Decimal(0)


def test_a_sum_with_an_unknown_cost_is_unknown() -> None:
    known, unknown = Usage(1, 1, cost_usd=Decimal(1)), Usage(1, 1, cost_usd=None)
    assert (known + known).cost_usd == Decimal(2)
    assert (known + unknown).cost_usd is None


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_cancel_keeps_the_text_and_closes_the_socket(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    events: list[object] = []
    model = ModelRef(provider, "fake;n=1000;rate=20")
    async with client.stream("hello", model=model) as stream:
        async for event in stream:
            events.append(event)
            if len(events) == 3:
                asyncio.get_running_loop().call_later(0.01, stream.cancel)
    assert stream.text.startswith("alpha beta gamma")
    finished, call = events[-1], events[-2]
    assert isinstance(finished, Finished)
    assert finished.finish == "cancelled"
    assert isinstance(call, ModelCalled)
    assert call.usage.estimated
    assert call.usage.output_tokens > 0
    await until(lambda: upstream.stats()["live"] == 0, 1)
    assert upstream.stats()["client_disconnects"] == 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("mode", ["n=1000;rate=20", "fail=hang", "fail=hang_first"])
async def test_cancelled_task_closes_the_socket(
    client: LLMClient, upstream: FakeUpstream, provider: str, mode: str
) -> None:
    await client.warm()
    stream = client.stream("hello", model=ModelRef(provider, f"fake;{mode}"))
    task = asyncio.create_task(read(stream))
    await until(lambda: upstream.stats().get("requests", 0) == 1, 5)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: upstream.stats().get("client_disconnects", 0) == 1, 1)
    assert upstream.stats()["live"] == 0
    assert time.monotonic() - started < 1
    assert len(stream.calls) == 1


async def test_leaving_the_block_closes_the_socket(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    async with client.stream("hello", model=ModelRef("openai", "fake;n=1000;rate=20")) as stream:
        await anext(stream)
    await until(lambda: upstream.stats()["live"] == 0, 1)


async def test_cancel_while_waiting_to_try_again(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    await client.warm()
    model = ModelRef("openai", "fake;fail=429;retry_after=30")
    async with client.stream("hello", model=model) as stream:
        assert isinstance(await anext(stream), ModelCalled)
        asyncio.get_running_loop().call_later(0.05, stream.cancel)
        async with asyncio.timeout(1):
            finished = await anext(stream)
    assert isinstance(finished, Finished)
    assert finished.finish == "cancelled"
    assert upstream.stats()["requests"] == 1


async def test_a_hundred_streams_at_once(client: LLMClient, upstream: FakeUpstream) -> None:
    async def one(number: int) -> str:
        model = ModelRef(PROVIDERS[number % 3], "fake;n=20;rate=100")
        return (await read(client.stream("hello", model=model)))[0]

    await client.warm()
    answers = await asyncio.gather(*(one(number) for number in range(100)))
    assert len(set(answers)) == 1
    stats = upstream.stats()
    assert (stats["completed"], stats["live"]) == (100, 0)
    assert stats["peak"] > 50
