"""Wires the parts of a workspace together and serves it."""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Self

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from reznet.agents.embeddings import make_embedder
from reznet.agents.llm_client import LLMClient
from reznet.agents.providers import ProviderDirectory
from reznet.agents.registry import AgentRegistry
from reznet.core import metrics
from reznet.core.background import Background
from reznet.core.bus import Bus, LocalBus
from reznet.core.cache import Cache
from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.errors import StartRefused, Unavailable
from reznet.core.live import LiveTexts
from reznet.core.redis_bus import RedisBus
from reznet.jobs.engine import Engine, EngineQueue, migrate_engine
from reznet.jobs.memory_upkeep import MemoryUpkeep
from reznet.jobs.message_triggers import MessageTriggers
from reznet.jobs.remembering import Remembering
from reznet.jobs.run import RunExecutor
from reznet.jobs.trials import Trials
from reznet.jobs.trigger_schedules import TriggerSchedules
from reznet.jobs.vector_upkeep import VectorUpkeep
from reznet.jobs.webhook_sender import WebhookSender
from reznet.jobs.workflow_timers import WorkflowTimers
from reznet.migrations import runner
from reznet.routers import api
from reznet.routers.dependencies import Check, Workspace
from reznet.routers.edge.body_limit import BodyLimit
from reznet.routers.edge.forwarded import ForwardedScheme
from reznet.routers.edge.gate import Gate
from reznet.routers.edge.identity import Identity
from reznet.routers.edge.wire import OneWriteProtocol
from reznet.routers.posting import ShortWay
from reznet.routers.watch import TaskWatch
from reznet.services import files, outbox, warming
from reznet.services.ports import Ports
from reznet.services.webhooks import deliveries
from reznet.websocket.server import SocketServer
from reznet.websocket.transport import MAX_WIRE_BYTES

log = structlog.get_logger(__name__)

# Sockets are told to connect again; a request that still runs gets this long to end.
_GRACE_SECONDS = 5
_READY_SECONDS = 3.0
_HOUR_SECONDS = 3600.0


def prepare_database(url: str) -> str:
    """Bring the database to this program's schema, the engine's included; return the revision.

    Blocking. Raises StartRefused, with what to do.
    """
    return runner.upgrade(url, then=lambda: migrate_engine(url))


def serve(
    settings: Settings,
    url: str,
    listener: socket.socket,
    *,
    started: Callable[[], None] | None = None,
) -> None:
    """Serve a workspace on a listening socket until SIGINT or SIGTERM.

    `url` is that of the prepared database; `started` is called when requests are answered. Raises
    StartRefused.
    """
    runtime = Runtime(settings, url, owns_process=True)
    config = uvicorn_config(create_app(settings, runtime))
    server = Server(config, runtime, started=started)
    asyncio.run(server.serve_workspace(listener), loop_factory=config.get_loop_factory())


class Runtime:
    """The parts of a workspace in one process; also without HTTP, where it only runs agents."""

    def __init__(self, settings: Settings, url: str, *, owns_process: bool = False) -> None:
        """Put the parts together; nothing connects before `start`.

        `owns_process` says that nothing else lives in this process.
        """
        self._owns_process = owns_process
        self.settings = settings
        self.database = Database(url, pool_size=settings.pool_size, pgbouncer=settings.pgbouncer)
        self.bus: Bus = RedisBus(settings.redis_url) if settings.redis_url else LocalBus()
        self.cache = Cache(settings.redis_url, self.bus)
        self.live = LiveTexts(self.bus)  # before the watch, which looks up texts when it hears
        self.watch = TaskWatch(self.bus, self.database)
        self.models = ProviderDirectory(settings)
        self.llm = LLMClient(settings, self.models)
        self.queue = EngineQueue(url)
        self.embedder = make_embedder(settings, self.llm)
        self.ports = Ports(settings, self.bus, self.cache, self.queue, self.models, self.embedder)
        self.trials = Trials(self.database, self.ports, self.llm, AgentRegistry())
        self.upkeep = MemoryUpkeep(self.database, self.ports, self.llm, AgentRegistry())
        self.remembering = Remembering(
            self.database,
            self.ports,
            self.llm,
            AgentRegistry(),
            lambda: self.engine.executor.active > 0,
        )
        self.engine = Engine(settings, self.database, self._executor)
        self.timers = WorkflowTimers(self.database, self.ports)
        self.schedules = TriggerSchedules(self.database, self.ports)
        self.heard = MessageTriggers(self.database, self.ports)
        self.webhooks = WebhookSender(self.database, self.ports)
        self.vectors = VectorUpkeep(settings, url, self.embedder)
        self.checks = _Checks(self)
        self._background = Background()

    async def start(self) -> None:
        """Connect and begin to run agents. Raises StartRefused."""
        metrics.watch_pool(lambda: self.database.pool_in_use)
        await self.bus.start()
        await self.engine.start()
        self.watch.start()
        self.remembering.start()
        self._background.start(self.timers.watch(), name="workflow-timers")
        self._background.start(self.timers.sweep(), name="workflow-sweep")
        self._background.start(self.schedules.run(), name="trigger-schedules")
        self._background.start(self.heard.run(), name="message-triggers")
        self._background.start(self.webhooks.run(), name="webhook-sender")
        self._background.start(_hourly("prune-calls", self._prune_calls), name="prune-calls")
        self._background.start(self._warm(), name="warm-models")
        self._background.start(_hourly("prune-events", self._prune_events), name="prune-events")
        self._background.start(self.vectors.run(), name="vector-upkeep")
        self._background.start(_hourly("clear-files", self._clear_files), name="clear-files")
        self._background.start(_hourly("memory-upkeep", self.upkeep.run), name="memory-upkeep")

    async def stop(self) -> None:
        """Hand unfinished runs over and let go of everything."""
        await self.watch.aclose()
        await self.trials.aclose()
        await self.engine.stop()
        await self.remembering.aclose()
        await self._background.aclose()
        await self.vectors.aclose()
        if self.embedder is not None:
            await self.embedder.aclose()
        await self.llm.aclose()
        self.queue.close()
        await self.bus.aclose()
        await self.cache.aclose()
        await self.database.aclose()

    def _executor(self, worker: str) -> RunExecutor:
        return RunExecutor(
            self.database, self.ports, self.llm, AgentRegistry(), worker, self.remembering.ring
        )

    async def _warm(self) -> None:
        """Get ready what the first answer needs, and keep it out of the garbage collector's rounds.

        There are 400,000 objects of libraries by then, which live as long as the process; to look
        through them takes a tenth of a second, in which no text flows.
        """
        if self._owns_process and not self.settings.pgbouncer:
            await warming.warm(self.database, self.settings.pool_size)
        await self.llm.warm()
        if self._owns_process:
            gc.freeze()

    async def _prune_events(self) -> None:
        """Forget events that no client can be waiting for any more."""
        await outbox.prune(self.database, timedelta(days=self.settings.event_retention_days))

    async def _prune_calls(self) -> None:
        """Forget what became of webhooks and triggers long ago."""
        await deliveries.prune(self.database)

    async def _clear_files(self) -> None:
        """Delete the files that were uploaded and never sent."""
        if cleared := await files.clear_unattached(self.database):
            log.info("cleared away files that were never sent", files=cleared)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


async def _hourly(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work now and each hour from then on; when the database is away, the next hour will do."""
    while True:
        try:
            await work()
        except Unavailable as error:
            log.warning("tidying has to wait", work=name, error=error.detail)
        await asyncio.sleep(_HOUR_SECONDS)


def create_app(settings: Settings, runtime: Runtime) -> ASGIApp:
    """Return the ASGI application of a workspace: HTTP, sockets and pages.

    Its lifespan starts and stops nothing but the sockets; the runtime belongs to whoever made it.
    """
    sockets = SocketServer(runtime.database, runtime.ports, runtime.live)
    metrics.watch_sockets(lambda: sockets.connections)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        await sockets.start()
        try:
            yield
        finally:
            await sockets.aclose()

    workspace = Workspace(
        settings=settings,
        database=runtime.database,
        ports=runtime.ports,
        live=runtime.live,
        watch=runtime.watch,
        providers=runtime.models,
        trials=runtime.trials,
        checks=runtime.checks,
    )
    http = BodyLimit(ShortWay(api.build(workspace, lifespan), workspace))

    async def by_path(scope: Scope, receive: Receive, send: Send) -> None:
        is_socket = scope["type"] != "lifespan" and scope["path"].startswith("/socket.io")
        await (sockets if is_socket else http)(scope, receive, send)

    return Identity(ForwardedScheme(Gate(by_path, settings), settings.trusted_proxies))


def uvicorn_config(app: ASGIApp) -> uvicorn.Config:
    """Return how uvicorn serves the application."""
    return uvicorn.Config(
        app,
        loop="auto",
        http=OneWriteProtocol,
        ws="websockets-sansio",
        ws_max_size=MAX_WIRE_BYTES,
        ws_ping_interval=None,  # Engine.IO has its own
        ws_per_message_deflate=False,  # 300 KB a socket, for texts of a few bytes
        lifespan="on",
        log_config=None,
        access_log=False,
        log_level="warning",  # our own lines tell of starts and stops
        proxy_headers=False,  # they would be believed about the client's address, too
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


class Server(uvicorn.Server):
    """Uvicorn, with a workspace that outlives its last request."""

    def __init__(
        self,
        config: uvicorn.Config,
        runtime: Runtime,
        *,
        started: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._on_started = started

    async def serve_workspace(self, listener: socket.socket) -> None:
        """Start the workspace, serve, and stop it."""
        async with self._runtime:
            await self.serve(sockets=[listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self._on_started is not None and not self.should_exit:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is open, but let nobody wait for runs any longer."""
        self._runtime.watch.close()
        self._runtime.trials.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take SIGINT and SIGTERM as wishes to stop.

        Uvicorn's own way raises them again at the end, which would kill the process before the runs
        were handed over.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        try:
            yield
        finally:
            for signum in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(signum)


class _Checks:
    """Looks at the parts of a runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._revision: str | None = None

    def degraded(self) -> Sequence[str]:
        """Return what is missing although the workspace serves."""
        return [] if self._runtime.bus.healthy else ["redis"]

    async def ready(self) -> Sequence[Check]:
        """Look at database, schema and engine."""
        return [await self._database(), await self._schema(), self._engine()]

    async def _database(self) -> Check:
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._runtime.database.ping()
        except (Unavailable, TimeoutError):
            return Check("database", ok=False, detail="does not answer")
        return Check("database", ok=True, detail="answers")

    async def _schema(self) -> Check:
        head = runner.head_revision()
        if self._revision != head:  # once right, only a newer program changes it
            try:
                self._revision = await asyncio.to_thread(
                    runner.current_revision, self._runtime.database.url
                )
            except StartRefused:
                return Check("migrations", ok=False, detail="can't be read")
        ok = self._revision == head
        detail = f"at {self._revision}" if ok else f"at {self._revision}, should be {head}"
        return Check("migrations", ok=ok, detail=detail)

    def _engine(self) -> Check:
        ok = self._runtime.engine.ready
        return Check("engine", ok=ok, detail="runs" if ok else "does not run")
