"""What goes wrong at a provider, how often it is asked again, and what a person is told."""

import time

import pytest

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from tests.agents.conftest import ANTHROPIC_KEY, OPENAI_KEY, MakeClient
from tests.support.upstream import FakeUpstream

Kind = LLMErrorKind
PROVIDERS = ("openai", "anthropic", "ollama")
# Mode, kind, requests, and words of the sentence.
BEFORE_ANY_TEXT = [
    ("400", Kind.REJECTED, 1, "check"),
    ("401", Kind.AUTH, 1, "refused"),
    ("402", Kind.QUOTA, 1, "top it up"),
    ("403", Kind.AUTH, 1, "refused"),
    ("404", Kind.MODEL_MISSING, 1, "fake"),
    ("408", Kind.TIMEOUT, 3, "try again"),
    ("409", Kind.SERVER, 3, "try again"),
    ("413", Kind.CONTEXT, 1, "clear the channel"),
    ("422", Kind.REJECTED, 1, "check"),
    ("429", Kind.RATE_LIMIT, 3, "try again"),
    ("500", Kind.SERVER, 3, "try again"),
    ("502", Kind.SERVER, 3, "try again"),
    ("503", Kind.OVERLOADED, 3, "try again"),
    ("504", Kind.SERVER, 3, "try again"),
    ("529", Kind.OVERLOADED, 3, "try again"),
    ("quota", Kind.QUOTA, 1, "top it up"),
    ("context", Kind.CONTEXT, 1, "clear the channel"),
    ("html", Kind.REJECTED, 1, "address is probably wrong"),
    ("reset", Kind.CONNECTION, 3, "http://"),
    ("close", Kind.CONNECTION, 3, "http://"),
]
AFTER_SOME_TEXT = [
    ("reset_mid", Kind.CONNECTION),
    ("close_mid", Kind.CONNECTION),
    ("malformed", Kind.SERVER),
    ("badutf8", Kind.SERVER),
]


async def failure(client: LLMClient, ref: ModelRef) -> LLMError:
    async with client.stream("hello", model=ref) as stream:
        with pytest.raises(LLMError) as caught:
            async for _ in stream:
                pass
    assert stream.calls[-1].error == caught.value.kind
    return caught.value


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("mode", "kind", "requests", "words"), BEFORE_ANY_TEXT)
async def test_failure_before_any_text(
    client: LLMClient,
    upstream: FakeUpstream,
    provider: str,
    mode: str,
    kind: Kind,
    requests: int,
    words: str,
) -> None:
    error = await failure(client, ModelRef(provider, f"fake;fail={mode}"))
    assert error.kind is kind
    assert words in error.message
    assert error.partial == ""
    stats = upstream.stats()
    assert stats["requests"] == requests
    assert all(
        r["headers"].get("x-stainless-retry-count", "0") == "0" for r in upstream.requests()
    )


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("mode", "kind"), AFTER_SOME_TEXT)
async def test_failure_after_some_text_keeps_it_and_is_not_retried(
    client: LLMClient, upstream: FakeUpstream, provider: str, mode: str, kind: Kind
) -> None:
    error = await failure(client, ModelRef(provider, f"fake;n=12;fail={mode};at=4"))
    assert error.kind is kind
    assert error.partial == "alpha beta gamma delta"
    assert upstream.stats()["requests"] == 1
    assert "Could not reach" not in error.message


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_error_event_in_the_stream(client: LLMClient, provider: str) -> None:
    error = await failure(client, ModelRef(provider, "fake;n=12;fail=error_mid;at=3"))
    assert error.kind in {Kind.OVERLOADED, Kind.SERVER}
    assert error.partial == "alpha beta gamma"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("mode", ["hang", "hang_first"])
async def test_silence_before_the_first_token(
    make_client: MakeClient, upstream: FakeUpstream, provider: str, mode: str
) -> None:
    client = make_client(upstream.url, REZNET_FIRST_TOKEN_SECONDS="0.2", REZNET_MODEL_ATTEMPTS="2")
    error = await failure(client, ModelRef(provider, f"fake;fail={mode}"))
    assert error.kind is Kind.TIMEOUT
    assert "REZNET_FIRST_TOKEN_SECONDS" in error.message
    assert upstream.stats()["requests"] == 2


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_silence_between_tokens(
    make_client: MakeClient, upstream: FakeUpstream, provider: str
) -> None:
    client = make_client(upstream.url, REZNET_TOKEN_SECONDS="0.2")
    error = await failure(client, ModelRef(provider, "fake;n=12;fail=hang_mid;at=4"))
    assert error.kind is Kind.TIMEOUT
    assert error.partial == "alpha beta gamma delta"
    assert "REZNET_TOKEN_SECONDS" in error.message


async def test_time_for_the_whole_answer(make_client: MakeClient, upstream: FakeUpstream) -> None:
    client = make_client(upstream.url, REZNET_ANSWER_SECONDS="0.4")
    await client.warm()
    error = await failure(client, ModelRef("openai", "fake;n=1000;rate=50"))
    assert error.kind is Kind.TIMEOUT
    assert error.partial.startswith("alpha")
    assert "REZNET_ANSWER_SECONDS" in error.message


async def test_thinking_is_a_sign_of_life(make_client: MakeClient, upstream: FakeUpstream) -> None:
    client = make_client(upstream.url, REZNET_FIRST_TOKEN_SECONDS="0.3")
    await client.warm()
    for provider in PROVIDERS:
        model = ModelRef(provider, "fake;think=20;n=2;rate=40")
        result = await client.generate("hello", model=model)
        assert result.output == "alpha beta"


@pytest.mark.parametrize(
    ("provider", "variable", "words"),
    [
        (
            "ollama",
            "OLLAMA_HOST",
            "Ollama is not running at http://127.0.0.1:9: start it with `ollama serve`",
        ),
        ("openai", "OPENAI_BASE_URL", "OPENAI_BASE_URL"),
        ("anthropic", "ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL"),
    ],
)
async def test_nothing_listens(
    make_client: MakeClient, provider: str, variable: str, words: str
) -> None:
    client = make_client(
        OPENAI_API_KEY=OPENAI_KEY,
        ANTHROPIC_API_KEY=ANTHROPIC_KEY,
        **{variable: "http://127.0.0.1:9"},
    )
    error = await failure(client, ModelRef(provider, "m"))
    assert error.kind is Kind.CONNECTION
    assert words in error.message


async def test_missing_ollama_model_names_the_command(client: LLMClient) -> None:
    error = await failure(client, ModelRef("ollama", "llama9;fail=404"))
    assert "`ollama pull llama9;fail=404`" in error.message


@pytest.mark.parametrize(
    ("provider", "variable"),
    [("anthropic", "ANTHROPIC_API_KEY"), ("openai", "OPENAI_API_KEY")],
)
async def test_no_key(make_client: MakeClient, provider: str, variable: str) -> None:
    error = await failure(make_client(), ModelRef(provider, "m"))
    assert error.kind is Kind.NOT_CONFIGURED
    assert variable in error.message


async def test_unknown_provider(client: LLMClient) -> None:
    error = await failure(client, ModelRef("acme", "m"))
    assert error.kind is Kind.NOT_CONFIGURED
    assert "acme" in error.message


async def test_embeddings_fail_in_the_same_words(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    with pytest.raises(LLMError, match="no embeddings"):
        await client.embed(["a"], model=ModelRef("anthropic", "m"), kind="query")
    for provider in ("openai", "ollama"):
        vectors = await client.embed(["a b", "c"], model=ModelRef(provider, "e"), kind="query")
        assert [len(vector) for vector in vectors] == [64, 64]


async def test_waiting_ends_with_the_answers_time(
    make_client: MakeClient, upstream: FakeUpstream
) -> None:
    client = make_client(upstream.url, REZNET_ANSWER_SECONDS="2")
    await client.warm()
    started = time.monotonic()
    error = await failure(client, ModelRef("openai", "fake;fail=429;retry_after=30"))
    assert error.kind is Kind.RATE_LIMIT
    assert error.retry_after == 30
    assert time.monotonic() - started < 2
