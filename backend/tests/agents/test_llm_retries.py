"""When a model is asked again, and when another one is asked instead."""

import datetime
import time
from email.utils import format_datetime

import pytest

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import (
    Finished,
    LLMError,
    LLMErrorKind,
    ModelCalled,
    ModelRef,
    Restarted,
    StreamEvent,
    TextDelta,
)
from reznet.agents.retries import Retries, RetryPolicy
from tests.agents.conftest import MakeClient
from tests.support.upstream import FakeUpstream

PROVIDERS = ("openai", "anthropic", "ollama")
SECOND = ModelRef("ollama", "fake;text=the%20second")


async def read(client: LLMClient, model: ModelRef) -> list[StreamEvent]:
    async with client.stream("hello", model=model) as stream:
        return [event async for event in stream]


def limited(retry_after: float | None) -> LLMError:
    return LLMError(LLMErrorKind.RATE_LIMIT, "wait", retry_after=retry_after)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_passing_failures_are_outlived(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    model = ModelRef(provider, "fake;n=3;fail=500;times=2;key=x")
    *calls, finished = [e for e in await read(client, model) if not isinstance(e, TextDelta)]
    assert isinstance(finished, Finished)
    assert finished.finish == "stop"
    assert [(c.attempt, c.error) for c in calls if isinstance(c, ModelCalled)] == [
        (1, LLMErrorKind.SERVER),
        (2, LLMErrorKind.SERVER),
        (3, None),
    ]
    assert finished.usage.requests == 3
    assert upstream.stats()["requests"] == 3


async def test_an_answer_that_breaks_off_before_its_first_word_is_asked_for_again(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    for provider in PROVIDERS:
        model = ModelRef(provider, f"fake;n=3;fail=truncate;at=0;times=1;key={provider}")
        result = await client.generate("hello", model=model)
        assert (result.output, result.finish, len(result.calls)) == ("alpha beta gamma", "stop", 2)


async def test_retry_after_is_obeyed(client: LLMClient, upstream: FakeUpstream) -> None:
    await client.warm()
    started = time.monotonic()
    result = await client.generate(
        "hello", model=ModelRef("openai", "fake;fail=429;retry_after=1;times=1;key=x")
    )
    assert result.finish == "stop"
    assert 1 <= time.monotonic() - started < 5


async def test_nonsense_in_retry_after_is_ignored(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    past = format_datetime(datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1))
    await client.warm()
    for value in ("abc", "-5", "", "nan", "1e999", past):
        upstream.script("nonsense", [{"fail": "429", "retry_after": value}, {"fail": ""}])
        started = time.monotonic()
        result = await client.generate("hello", model=ModelRef("openai", "fake;script=nonsense"))
        assert result.finish == "stop", value
        assert time.monotonic() - started < 2, value


async def test_a_date_in_retry_after_is_understood(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    upstream.script("date", [{"fail": "429", "retry_after": format_datetime(soon)}, {"fail": ""}])
    result = await client.generate("hello", model=ModelRef("openai", "fake;script=date"))
    assert result.finish == "stop"
    # The date has whole seconds only.
    assert datetime.datetime.now(datetime.UTC) >= soon - datetime.timedelta(seconds=1)


async def test_a_burst_is_outlived_as_long_as_the_provider_says_when_to_come_back(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    upstream.script("burst", [{"fail": "429", "retry_after": "0"}] * 8 + [{"fail": ""}])
    result = await client.generate("hello", model=ModelRef("openai", "fake;script=burst"))
    assert result.finish == "stop"
    assert len(result.calls) == 9


async def test_an_endless_burst_ends(make_client: MakeClient, upstream: FakeUpstream) -> None:
    client = make_client(upstream.url, REZNET_RETRY_AFTER_CAP_SECONDS="0.3")
    with pytest.raises(LLMError) as caught:
        await client.generate("hello", model=ModelRef("openai", "fake;fail=429;retry_after=99999"))
    assert caught.value.kind is LLMErrorKind.RATE_LIMIT
    assert upstream.stats()["requests"] == 3


def test_pauses_grow_and_are_capped() -> None:
    retries = Retries(RetryPolicy(10, 60, 0.5), has_fallback=False)
    pauses = [retries.pause(limited(None)) or 0 for _ in range(9)]
    assert 0.25 <= pauses[0] <= 0.5
    assert 1 <= pauses[2] <= 2
    assert max(pauses) <= 8
    assert retries.pause(limited(None)) is None
    assert Retries(RetryPolicy(3, 5), has_fallback=False).pause(limited(99_999)) == 5
    assert Retries(RetryPolicy(3, 5), has_fallback=True).pause(limited(99_999)) is None


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("mode", ["429", "500", "503", "529", "quota", "reset"])
async def test_fallback_before_the_first_token(
    client: LLMClient, provider: str, mode: str
) -> None:
    model = ModelRef(provider, f"fake;fail={mode}", fallbacks=(SECOND,))
    events = await read(client, model)
    assert not any(isinstance(event, Restarted) for event in events)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "the second"
    assert isinstance(events[-1], Finished)
    assert (events[-1].provider, events[-1].model) == (SECOND.provider, SECOND.name)


@pytest.mark.parametrize("mode", ["400", "401", "403", "404", "context", "html"])
async def test_no_fallback_for_what_must_be_mended(
    client: LLMClient, upstream: FakeUpstream, mode: str
) -> None:
    with pytest.raises(LLMError):
        await read(client, ModelRef("openai", f"fake;fail={mode}", fallbacks=(SECOND,)))
    assert upstream.stats()["requests"] == 1


async def test_silence_before_the_first_token_falls_back_at_once(
    make_client: MakeClient, upstream: FakeUpstream
) -> None:
    client = make_client(upstream.url, REZNET_FIRST_TOKEN_SECONDS="0.3")
    model = ModelRef("openai", "fake;fail=hang", fallbacks=(SECOND,))
    result = await client.generate("hello", model=model)
    assert result.output == "the second"
    assert len(result.calls) == 2


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("mode", ["reset_mid", "close_mid", "error_mid", "malformed"])
async def test_failure_after_the_first_token_restarts_openly(
    client: LLMClient, provider: str, mode: str
) -> None:
    model = ModelRef(provider, f"fake;n=9;fail={mode};at=3", fallbacks=(SECOND,))
    events = await read(client, model)
    restart = next(i for i, event in enumerate(events) if isinstance(event, Restarted))
    before = "".join(e.text for e in events[:restart] if isinstance(e, TextDelta))
    after = "".join(e.text for e in events[restart:] if isinstance(e, TextDelta))
    assert (before, after) == ("alpha beta gamma", "the second")
    restarted = events[restart]
    assert isinstance(restarted, Restarted)
    assert (restarted.provider, restarted.model) == (SECOND.provider, SECOND.name)
    calls = [e for e in events if isinstance(e, ModelCalled)]
    assert [c.attempt for c in calls] == [1, 2]
    assert calls[0].usage.estimated
    assert calls[0].usage.output_tokens > 0


async def test_when_all_fail_the_last_ones_error_and_text_are_told(client: LLMClient) -> None:
    last = ModelRef("anthropic", "fake;n=9;fail=reset_mid;at=2")
    model = ModelRef("openai", "fake;n=9;fail=reset_mid;at=4", fallbacks=(last,))
    with pytest.raises(LLMError) as caught:
        await read(client, model)
    assert caught.value.partial == "alpha beta"
