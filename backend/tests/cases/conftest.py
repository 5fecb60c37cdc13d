"""A served workspace with a fake model service behind it, shared by the tests of a module."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cases.place import Place
from tests.support.app import settings_for
from tests.support.databases import Server
from tests.support.served import served
from tests.support.upstream import FakeUpstream


def variables(upstream: FakeUpstream) -> dict[str, str]:
    """Return settings under which every provider is the fake one."""
    return {
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "ANTHROPIC_BASE_URL": upstream.url,
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "OLLAMA_HOST": upstream.url,
    }


@pytest.fixture(scope="module")
def served_at(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Return the address of a workspace and that of its database."""
    with server.clone() as url:
        folder = tmp_path_factory.mktemp("served")
        with served(settings_for(url, folder, **variables(one_upstream))) as address:
            yield address, url


@pytest.fixture
async def place(
    served_at: tuple[str, str], upstream: FakeUpstream, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Place]:
    """Return the module's workspace; nothing may have gone wrong in it unseen."""
    async with Place.at(*served_at) as here:
        yield here
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert not errors, errors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
