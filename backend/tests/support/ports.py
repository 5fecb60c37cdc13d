"""The outside world of services, without an engine: what would be run is only written down."""

from dataclasses import dataclass, field
from uuid import UUID

from reznet.core.bus import LocalBus
from reznet.core.cache import Cache
from reznet.core.config import Settings
from reznet.core.database import WriteSession
from reznet.services.ports import Ports


@dataclass
class RecordingQueue:
    """Remembers which runs were enqueued, in order."""

    runs: list[tuple[UUID, int]] = field(default_factory=list)

    async def enqueue_run(self, session: WriteSession, task_id: UUID, run: int) -> None:
        self.runs.append((task_id, run))

    async def hold_place(self, session: WriteSession) -> None:
        """There is no room: nothing runs here."""


class FixedModel:
    """Always the same default."""

    async def default(self) -> tuple[str, str]:
        return "openai", "fake"


def make_ports(settings: Settings, queue: RecordingQueue | None = None) -> Ports:
    """Return ports for a test of services."""
    bus = LocalBus()
    return Ports(
        settings=settings,
        bus=bus,
        cache=Cache(bus=bus),
        queue=queue or RecordingQueue(),
        models=FixedModel(),
    )
