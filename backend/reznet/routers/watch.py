"""Waiting for runs without holding a session: one reader in the process serves everybody who waits."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

import structlog

from reznet.core.background import Background
from reznet.core.bus import Bus, Payload, Topic
from reznet.core.database import Database
from reznet.core.errors import NotFound, Unavailable
from reznet.core.live import DELTA
from reznet.schemas.tasks import TaskOut
from reznet.services import tasks
from reznet.services.ports import LOCAL_USER

log = structlog.get_logger(__name__)

# Signals may be lost, so waiting tasks are looked at from time to time anyhow.
_LOOK_AGAIN_SECONDS = 2.0


class Follower:
    """One who waits for a task: `task` is its newest state, `news` is set when something changed."""

    def __init__(self, task: TaskOut) -> None:
        self.task = task
        self.attempt = 0  # the newest attempt from which text was heard
        self.message_id: UUID | None = task.answer_id
        self.news = asyncio.Event()
        self.stopped = False

    async def next(self, seconds: float) -> bool:
        """Wait for news at most so long; return whether there is some."""
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            return False
        self.news.clear()
        return True


class TaskWatch:
    """Tells followers what becomes of tasks."""

    def __init__(self, bus: Bus, database: Database) -> None:
        """Listen to the bus; nothing is read while nobody waits."""
        self._database = database
        self._followers: dict[UUID, set[Follower]] = {}
        self._wake = asyncio.Event()
        self._background = Background()
        self._closed = False
        bus.subscribe(Topic.EVENTS, self._happened)
        bus.subscribe(Topic.LIVE, self._heard)

    def start(self) -> None:
        """Begin to read."""
        self._background.start(self._read_forever(), name="task-watch")

    def close(self) -> None:
        """Let everybody who waits go, since the process is about to stop."""
        self._closed = True
        for followers in self._followers.values():
            for follower in followers:
                follower.stopped = True
                follower.news.set()

    async def aclose(self) -> None:
        """Stop reading."""
        self.close()
        await self._background.aclose()

    @contextmanager
    def following(self, task: TaskOut) -> Generator[Follower]:
        """Follow a task for the time of the block."""
        follower = Follower(task)
        follower.stopped = self._closed
        self._followers.setdefault(task.id, set()).add(follower)
        self._wake.set()
        try:
            yield follower
        finally:
            followers = self._followers[task.id]
            followers.discard(follower)
            if not followers:
                del self._followers[task.id]

    async def until_final(self, task: TaskOut, seconds: float) -> TaskOut:
        """Return the task when it is over, or as it is after so many seconds."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        with self.following(task) as follower:
            while not (follower.task.status.is_final or follower.stopped):
                left = until - clock()
                if left <= 0 or not await follower.next(left):
                    break
            return follower.task

    def _happened(self, _payload: Payload) -> None:
        if self._followers:
            self._wake.set()

    def _heard(self, payload: Payload) -> None:
        if not self._followers or payload["event"] != DELTA:
            return
        data = payload["data"]
        for follower in self._followers.get(UUID(str(data["task_id"])), ()):
            follower.message_id = UUID(str(data["message_id"]))
            follower.attempt = max(follower.attempt, data["attempt"])
            follower.news.set()

    async def _read_forever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if not self._followers:
                continue
            try:
                await self._read()
            except Unavailable as error:
                log.warning("waiting tasks can't be read", error=error.detail)

    async def _read(self) -> None:
        async with self._database.read() as session:
            for task_id in list(self._followers):
                try:
                    task = await tasks.get(session, LOCAL_USER, task_id)
                except NotFound:
                    continue  # deleted with its channel; whoever waits gives up by the clock
                for follower in self._followers.get(task_id, ()):
                    if task != follower.task:
                        follower.task = task
                        follower.message_id = task.answer_id or follower.message_id
                        follower.news.set()
