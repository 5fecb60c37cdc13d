"""Which providers can be used, and which one stands in."""

import asyncio
from pathlib import Path

import pytest

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, ModelRef
from reznet.agents.local_model import TRIAL_MODEL
from reznet.agents.providers import ProviderDirectory
from reznet.schemas.providers import ProviderOut
from tests.agents.conftest import MakeSettings
from tests.agents.test_llm_wire import raw_server
from tests.support.upstream import FakeUpstream

NOBODY = "http://127.0.0.1:9"


async def states(make_settings: MakeSettings, **variables: str) -> dict[str, ProviderOut]:
    directory = ProviderDirectory(make_settings(**{"OLLAMA_HOST": NOBODY} | variables))
    return {state.name: state for state in await directory.states()}


def http_answer(status: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def state_when_answered(
    make_settings: MakeSettings, provider: str, answer: bytes
) -> ProviderOut:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with raw_server(serve) as (url, _):
        found = await states(
            make_settings,
            OPENAI_BASE_URL=f"{url}/v1",
            ANTHROPIC_BASE_URL=url,
            ANTHROPIC_API_KEY="sk-test",
            OLLAMA_HOST=url,
        )
    return found[provider]


async def test_all_answer(make_settings: MakeSettings, upstream: FakeUpstream) -> None:
    directory = ProviderDirectory(make_settings(upstream.url))
    found = {state.name: state for state in await directory.states()}
    assert list(found) == ["anthropic", "openai", "ollama", "local"]
    for name in ("anthropic", "openai", "ollama"):
        assert (found[name].state, found[name].models) == ("ready", ("fake",))
        assert found[name].configured
        assert found[name].default_model == "fake"
    assert [s.name for s in found.values() if s.is_default] == ["anthropic"]


async def test_nothing_is_set_up(make_settings: MakeSettings) -> None:
    found = await states(make_settings)
    assert found["anthropic"].state == found["openai"].state == "not_configured"
    assert "ANTHROPIC_API_KEY" in found["anthropic"].detail
    assert "OPENAI_API_KEY" in found["openai"].detail
    assert found["ollama"].state == "unreachable"
    assert "`ollama serve`" in found["ollama"].detail
    assert found["local"].is_default
    assert found["local"].state == "trial"
    assert "tiny trial model" in found["local"].detail
    assert found["local"].default_model == TRIAL_MODEL


@pytest.mark.parametrize("provider", ["anthropic", "openai", "ollama"])
@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        ("401 No", b"{}", "refused", "refused"),
        ("403 No", b"{}", "refused", "refused"),
        ("404 No", b"{}", "unreachable", "address is probably wrong"),
        ("503 No", b"{}", "unreachable", "503"),
        ("302 Go", b"", "unreachable", "address is probably wrong"),
        ("200 OK", b"<html>sign in</html>", "unreachable", "address is probably wrong"),
        ("200 OK", b'{"data": 1, "models": 1}', "unreachable", "address is probably wrong"),
        ("200 OK", b"\xff\xfe", "unreachable", "address is probably wrong"),
    ],
)
async def test_odd_answers(
    make_settings: MakeSettings, provider: str, status: str, body: bytes, state: str, words: str
) -> None:
    found = await state_when_answered(make_settings, provider, http_answer(status, body))
    assert found.state == state
    assert words in found.detail
    assert found.models == ()


async def test_ollama_without_models_does_not_stand_in(make_settings: MakeSettings) -> None:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer("200 OK", b'{"models": []}'))

    async with raw_server(serve) as (url, _):
        found = await states(make_settings, OLLAMA_HOST=url)
    assert "`ollama pull" in found["ollama"].detail
    assert found["local"].is_default


async def test_ollamas_latest_model_comes_first(make_settings: MakeSettings) -> None:
    body = (
        b'{"models": [{"name": "old", "modified_at": "2024-01-01T00:00:00Z"},'
        b' {"name": "new", "modified_at": "2026-01-01T00:00:00Z"}]}'
    )
    found = await state_when_answered(make_settings, "ollama", http_answer("200 OK", body))
    assert found.models == ("new", "old")
    assert found.default_model == "new"


async def test_a_silent_provider_does_not_hold_up_the_others(
    make_settings: MakeSettings, upstream: FakeUpstream
) -> None:
    looked = asyncio.Event()

    async def silent(_: bytes, writer: asyncio.StreamWriter) -> None:
        await looked.wait()

    async with raw_server(silent) as (url, _), asyncio.timeout(10):
        found = await states(make_settings, OPENAI_BASE_URL=url, OLLAMA_HOST=upstream.url)
        looked.set()
    assert found["openai"].state == "unreachable"
    assert found["ollama"].state == "ready"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ANTHROPIC_API_KEY": "k1234", "OPENAI_API_KEY": "k1234"}, ("anthropic", "claude-")),
        ({"OPENAI_API_KEY": "k1234"}, ("openai", "gpt-")),
        ({"OPENAI_BASE_URL": "FAKE/v1"}, ("openai", "fake")),
        ({"OLLAMA_HOST": "FAKE"}, ("ollama", "fake")),
        ({}, ("local", TRIAL_MODEL)),
        ({"REZNET_DEFAULT_PROVIDER": "local", "OPENAI_API_KEY": "k1234"}, ("local", TRIAL_MODEL)),
        ({"REZNET_DEFAULT_PROVIDER": "ollama", "OLLAMA_HOST": "FAKE"}, ("ollama", "fake")),
        (
            {"OPENAI_API_KEY": "k1234", "REZNET_DEFAULT_MODEL": "gpt-mine"},
            ("openai", "gpt-mine"),
        ),
        ({"REZNET_DEFAULT_PROVIDER": "ollama", "REZNET_DEFAULT_MODEL": "m"}, ("ollama", "m")),
    ],
)
async def test_who_stands_in(
    make_settings: MakeSettings,
    upstream: FakeUpstream,
    variables: dict[str, str],
    expected: tuple[str, str],
) -> None:
    told = {name: value.replace("FAKE", upstream.url) for name, value in variables.items()}
    directory = ProviderDirectory(make_settings(**{"OLLAMA_HOST": NOBODY} | told))
    provider, model = await directory.default()
    assert provider == expected[0]
    assert model.startswith(expected[1])


async def test_a_look_is_remembered(make_settings: MakeSettings) -> None:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer("200 OK", b'{"data": [{"id": "m"}]}'))

    async with raw_server(serve) as (url, paths):
        directory = ProviderDirectory(
            make_settings(OPENAI_BASE_URL=f"{url}/v1", OLLAMA_HOST=NOBODY)
        )
        for _ in range(3):
            assert await directory.default() == ("openai", "m")
            await directory.states()
        assert paths == ["/v1/models"]


async def test_a_model_that_is_not_named_is_the_providers_usual_one(
    make_settings: MakeSettings, upstream: FakeUpstream
) -> None:
    client = LLMClient(make_settings(upstream.url))
    result = await client.generate("hello", model=ModelRef("ollama", ""))
    await client.aclose()
    assert result.model == result.calls[0].model == "fake"


@pytest.mark.parametrize("path", ["/v1", "/v1/", "", "/wrong"])
async def test_check_and_call_agree_about_an_address(
    make_settings: MakeSettings, upstream: FakeUpstream, path: str
) -> None:
    settings = make_settings(OPENAI_BASE_URL=f"{upstream.url}{path}", OLLAMA_HOST=NOBODY)
    state = next(s for s in await ProviderDirectory(settings).states() if s.name == "openai")
    client = LLMClient(settings, backoff_seconds=0.01)
    said = ""
    try:
        await client.generate("hello", model=ModelRef("openai", "fake"))
    except LLMError as error:
        said = error.message
    await client.aclose()
    works = not said
    assert works or ("OPENAI_BASE_URL" in said and "OPENAI_BASE_URL" in state.detail)
    assert (state.state == "ready") is works is path.startswith("/v1")


async def test_own_file_makes_the_local_model_ready(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    file = tmp_path / "mine-7b.gguf"
    file.write_bytes(b"GGUF rest")
    found = await states(make_settings, REZNET_LOCAL_MODEL=str(file))
    assert (found["local"].state, found["local"].models) == ("ready", ("mine-7b",))
    file.write_bytes(b"<html>")
    found = await states(make_settings, REZNET_LOCAL_MODEL=str(file))
    assert found["local"].state == "not_configured"
    assert "not a GGUF file" in found["local"].detail
