from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from reznet.core.config import Settings
from tests.support.app import App, running, settings_for
from tests.support.databases import Server


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    """Return a workspace of the test's own."""
    async with running(settings) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_app(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    """Return a workspace for tests that leave nothing behind on which another could stumble."""
    with server.clone() as url:
        async with running(settings_for(url, tmp_path_factory.mktemp("shared"))) as started:
            yield started
