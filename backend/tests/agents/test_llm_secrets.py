"""Keys go to their provider and nowhere else."""

import io
import logging
import traceback

import pytest
from pydantic import SecretStr

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.providers import ProviderDirectory
from tests.agents.conftest import ANTHROPIC_KEY, OPENAI_KEY, MakeClient, MakeSettings
from tests.agents.test_llm_wire import raw_server
from tests.support.upstream import FakeUpstream

KEYS = {"openai": OPENAI_KEY, "anthropic": ANTHROPIC_KEY}
FAILS = ["400", "401", "429", "500", "html", "reset", "reset_mid", "malformed", "error_mid"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_failures_never_show_the_key(
    client: LLMClient, provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fail in FAILS:
        with pytest.raises(LLMError) as caught:
            await client.generate("hello", model=ModelRef(provider, f"fake;fail={fail};at=1"))
        shown = "".join(traceback.format_exception(caught.value))
        assert KEYS[provider] not in shown + caplog.text


async def test_a_key_that_the_provider_echoes_is_hidden(make_client: MakeClient) -> None:
    async def echo(_: bytes, writer: object) -> None:
        body = b'{"error": {"message": "Incorrect API key provided: %s"}}' % OPENAI_KEY.encode()
        writer.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )

    async with raw_server(echo) as (url, _):
        with pytest.raises(LLMError) as caught:
            await make_client(url).generate("hi", model=ModelRef("openai", "m"))
    assert OPENAI_KEY not in caught.value.message
    assert "Incorrect API key" in caught.value.message


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_key_that_cannot_be_sent_is_refused_here(
    make_settings: MakeSettings,
    upstream: FakeUpstream,
    provider: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = "sk-live-ABC\tDEF"
    settings = make_settings(upstream.url).model_copy(
        update={f"{provider}_api_key": SecretStr(broken)}
    )
    client = LLMClient(settings)
    with pytest.raises(LLMError) as caught:
        await client.generate("hello", model=ModelRef(provider, "fake"))
    await client.aclose()
    assert caught.value.kind is LLMErrorKind.AUTH
    assert f"{provider.upper()}_API_KEY" in caught.value.message
    assert upstream.stats().get("requests", 0) == 0
    states = {state.name: state for state in await ProviderDirectory(settings).states()}
    assert states[provider].state.value == "refused"
    shown = io.StringIO()
    traceback.print_exception(caught.value, file=shown)
    for part in (broken, "ABC", "DEF"):
        assert part not in shown.getvalue() + caplog.text + states[provider].detail


async def test_keys_go_only_to_their_provider(client: LLMClient, upstream: FakeUpstream) -> None:
    for provider in ("openai", "anthropic", "ollama"):
        await client.generate("hello", model=ModelRef(provider, "fake"))
    openai, anthropic, ollama = (str(request["headers"]) for request in upstream.requests())
    assert OPENAI_KEY in openai
    assert ANTHROPIC_KEY not in openai
    assert ANTHROPIC_KEY in anthropic
    assert OPENAI_KEY not in anthropic
    assert OPENAI_KEY not in ollama
    assert ANTHROPIC_KEY not in ollama
