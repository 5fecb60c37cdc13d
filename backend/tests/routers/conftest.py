from collections.abc import AsyncIterator

import pytest

from reznet.core.config import Settings
from tests.support.app import App, running


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with running(settings) as started:
        yield started
