"""A fake LLM service for the session, and a client that speaks to it as every provider."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from reznet.agents.llm_client import LLMClient
from reznet.core.config import Settings, load_settings
from tests.support.upstream import FakeUpstream

OPENAI_KEY = "sk-open-0123456789abcdef"
ANTHROPIC_KEY = "sk-ant-fedcba9876543210"

type MakeSettings = Callable[..., Settings]
type MakeClient = Callable[..., LLMClient]


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    """Return a maker of settings whose providers all lie at one address, if one is given."""

    def make(url: str | None = None, **variables: str) -> Settings:
        providers = {}
        if url is not None:
            providers = {
                "OPENAI_BASE_URL": f"{url}/v1",
                "OPENAI_API_KEY": OPENAI_KEY,
                "ANTHROPIC_BASE_URL": url,
                "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
                "OLLAMA_HOST": url,
            }
        return load_settings(providers | variables, env_file=tmp_path / "no.env")

    return make


@pytest.fixture
async def make_client(make_settings: MakeSettings) -> AsyncIterator[MakeClient]:
    """Return a maker of clients that hardly pause between tries."""
    made: list[LLMClient] = []

    def make(url: str | None = None, **variables: str) -> LLMClient:
        client = LLMClient(make_settings(url, **variables), backoff_seconds=0.01)
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(make_client: MakeClient, upstream: FakeUpstream) -> LLMClient:
    return make_client(upstream.url)
