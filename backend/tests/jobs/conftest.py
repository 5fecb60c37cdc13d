"""An engine in the test's own process, with a fake model service behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.agents.llm_client import LLMClient
from reznet.agents.registry import AgentRegistry
from reznet.core.bus import LocalBus, Topic
from reznet.core.cache import Cache
from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.engine import Engine, EngineQueue
from reznet.jobs.run import RunExecutor
from reznet.repositories import messages as message_rows
from reznet.repositories import tasks as task_rows
from reznet.schemas.agents import AgentCreate, AgentOut
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.messages import MessageCreate, MessageOut
from reznet.schemas.tasks import TaskOut
from reznet.services import agents, channels, messages, tasks
from reznet.services.ports import LOCAL_USER, Ports
from tests.support.ports import FixedModel
from tests.support.upstream import FakeUpstream

SLOW = "fake;ttft=0.05;rate=20;n=60"  # three seconds


@pytest.fixture
def settings(settings: Settings, upstream: FakeUpstream) -> Settings:
    return settings.model_copy(update={"openai_base_url": f"{upstream.url}/v1"})


async def until[T](what: str, look: Callable[[], Awaitable[T | None]], seconds: float = 15) -> T:
    """Return the first truthy value of what is looked at; fail when there is none in time."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while True:
        try:
            if found := await look():
                return found
        except Unavailable:
            pass  # the database is on its way back
        assert clock() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.01)


@dataclass
class Desk:
    """A workspace without HTTP: services, a bus whose live signals are kept, and an engine."""

    settings: Settings
    database: Database
    live: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        self.bus = LocalBus()
        self.bus.subscribe(Topic.LIVE, self.live.append)
        self.queue = EngineQueue(self.database.url)
        cache = Cache(bus=self.bus)
        self.ports = Ports(self.settings, self.bus, cache, self.queue, FixedModel())
        self.llm = LLMClient(self.settings, backoff_seconds=0.01)
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        """Return another engine, as after a restart of the process."""
        return Engine(self.settings, self.database, self._executor)

    async def agent(self, model: str, name: str = "Helper", **more: Any) -> AgentOut:
        body = AgentCreate(name=name, role="Helps", provider="openai", model=model, **more)
        async with self.database.write() as session:
            return await agents.create(session, self.ports, LOCAL_USER, body)

    async def channel(self, name: str = "lab") -> ChannelOut:
        async with self.database.write() as session:
            body = ChannelCreate(name=name)
            return (await channels.create(session, self.ports, LOCAL_USER, body))[0]

    async def ask(self, channel: ChannelOut, content: str) -> TaskOut:
        """Post a message that starts one run, and return its task."""
        async with self.database.write() as session:
            body = MessageCreate(content=content)
            posted = await messages.post(session, self.ports, LOCAL_USER, channel.id, body)
        (task,) = posted.tasks
        return task

    async def ask_model(self, model: str, **more: Any) -> TaskOut:
        """Ask a new agent on that model in a new channel."""
        agent = await self.agent(model, **more)
        return await self.ask(await self.channel(), f"@{agent.handle} hello")

    async def task(self, task_id: UUID) -> TaskOut:
        async with self.database.read() as session:
            task = await task_rows.get(session, task_id)
        assert task is not None
        return task

    async def answer(self, task: TaskOut) -> MessageOut:
        """Return the answer of the task as it is now."""
        answer_id = (await self.task(task.id)).answer_id
        assert answer_id is not None
        async with self.database.read() as session:
            answer = await message_rows.get(session, answer_id)
        assert answer is not None
        return answer

    async def ended(self, task: TaskOut, seconds: float = 15) -> TaskOut:
        """Return the task once it is over."""

        async def look() -> TaskOut | None:
            now = await self.task(task.id)
            return now if now.status.is_final else None

        return await until("the task is over", look, seconds)

    async def streaming(self, task: TaskOut, pieces: int = 3) -> None:
        """Return once some text of the task was told."""

        async def look() -> bool:
            return len(self.deltas(task)) >= pieces

        await until("text streams", look)

    async def cancel(self, task: TaskOut) -> TaskOut:
        async with self.database.write() as session:
            return await tasks.request_cancel(session, self.ports, LOCAL_USER, task.id)

    async def retry(self, task: TaskOut) -> TaskOut:
        async with self.database.write() as session:
            return await tasks.retry(session, self.ports, LOCAL_USER, task.id)

    async def execute(self, statement: str, **values: Any) -> list[Any]:
        """Execute SQL and return its rows, if it has any."""
        async with self.database.write() as session:
            result = await session.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def deltas(self, task: TaskOut) -> list[dict[str, Any]]:
        """Return the pieces of text that were told of the task."""
        return [
            signal["data"]
            for signal in self.live
            if signal["event"] == "message_delta" and signal["data"]["task_id"] == str(task.id)
        ]

    def _executor(self, worker: str) -> RunExecutor:
        return RunExecutor(self.database, self.ports, self.llm, AgentRegistry(), worker)


@pytest.fixture
async def idle_desk(settings: Settings, database: Database) -> AsyncIterator[Desk]:
    """A workspace whose engine has not been started."""
    desk = Desk(settings, database)
    yield desk
    await desk.llm.aclose()
    desk.queue.close()


@pytest.fixture
async def desk(idle_desk: Desk) -> AsyncIterator[Desk]:
    await idle_desk.engine.start()
    yield idle_desk
    await idle_desk.engine.stop()
