import pytest

from reznet.core.config import Settings
from reznet.services.ports import Ports
from tests.support.ports import RecordingQueue, make_ports


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
def ports(settings: Settings, queue: RecordingQueue) -> Ports:
    return make_ports(settings, queue)
