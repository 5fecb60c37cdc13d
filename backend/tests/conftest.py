"""What every test may ask for: a migrated database of its own, and settings that point to it."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from reznet.core.config import Settings, load_settings
from reznet.core.database import Database
from tests.support.databases import Server, start_server
from tests.support.upstream import FakeUpstream, running_upstream

# Tests decide about settings themselves; what the developer's shell holds must not leak in.
for name in list(os.environ):
    if name.endswith(("_API_KEY", "_BASE_URL")) or name in {
        "DATABASE_URL",
        "REDIS_URL",
        "OLLAMA_HOST",
    }:
        del os.environ[name]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with start_server() as running:
        yield running


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    """Return the address of a fresh, migrated database."""
    with server.clone() as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return load_settings(
        {
            "DATABASE_URL": database_url,
            "REZNET_DATA_DIR": str(tmp_path / "data"),
            "REZNET_PORT": "0",
            "REZNET_DEFAULT_PROVIDER": "openai",
            "REZNET_DEFAULT_MODEL": "fake",
            "OPENAI_API_KEY": "sk-test",
            # Nothing listens there: a test that calls a model says where.
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OLLAMA_HOST": "http://127.0.0.1:9",
            # Facts are drawn by calls of the model, which only their own tests expect.
            "REZNET_MEMORY_QUIET_SECONDS": "3600",
        },
        env_file=tmp_path / "no.env",
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=10)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session")
def one_upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as fake:
        yield fake


@pytest.fixture
def upstream(one_upstream: FakeUpstream) -> FakeUpstream:
    """Return the fake model service with its counters at zero."""
    one_upstream.reset()
    return one_upstream
