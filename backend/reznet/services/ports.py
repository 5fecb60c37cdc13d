"""What services need from above, as protocols; `main` and `worker` wire the real things."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from reznet.core.bus import Bus
from reznet.core.cache import Cache
from reznet.core.config import Settings
from reznet.core.database import WriteSession
from reznet.core.embedding import Embedder
from reznet.repositories.engine_rows import BegunRun
from reznet.schemas.runs import Begun
from reznet.services.plain_posts import PlainPosts


class Place(Protocol):
    """Room for one run in this process, for as long as a transaction lasts; given back when nothing is begun."""

    def record_of(self, task_id: UUID, run: int) -> BegunRun:
        """Return what the engine has to know of the run, to be stored in the transaction."""
        ...

    def begin(self, begun: Begun) -> None:
        """Go on with the run here once the transaction has committed; another process does if this one dies."""
        ...


class JobQueue(Protocol):
    """Starts durable work in the transaction of the data it is about."""

    async def enqueue_run(self, session: WriteSession, task_id: UUID, run: int) -> None:
        """Start the run of a task once the session's transaction has committed.

        The same task and run start once, however often they are enqueued.
        """
        ...

    async def hold_place(self, session: WriteSession) -> Place | None:
        """Return room for a run that the session's transaction begins, or None: then it has to be enqueued."""
        ...


class DefaultModel(Protocol):
    """Knows which provider and model stand in where an agent names none."""

    async def default(self) -> tuple[str, str]:
        """Return the provider and the model."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world, as services see it."""

    settings: Settings
    bus: Bus
    cache: Cache
    queue: JobQueue
    models: DefaultModel
    embedder: Embedder | None = None  # None: memories are found by their words alone
    plain: PlainPosts = field(default_factory=PlainPosts)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by handle, or the system."""

    handle: str
    user_id: UUID | None
    name: str


LOCAL_USER = Actor("local-user", UUID("00000000-0000-7000-8000-000000000001"), "You")
