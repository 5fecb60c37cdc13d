"""A workspace whose engine runs, with a fake model service behind it, for all tests of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.app import App, running, settings_for
from tests.support.databases import Server
from tests.support.upstream import FakeUpstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    one_upstream.reset()
    with server.clone() as url:
        settings = settings_for(
            url,
            tmp_path_factory.mktemp("workflows"),
            OPENAI_BASE_URL=f"{one_upstream.url}/v1",
            REZNET_DEFAULT_MODEL="fake;n=3",
        )
        async with running(settings) as started:
            yield started
