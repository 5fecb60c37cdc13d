"""The durable engine: DBOS on the same PostgreSQL, behind our own port.

A job is enqueued in the transaction of its task. Its workflow is one call of `RunExecutor.execute`, which is safe
to repeat: a task that has ended is left alone, so DBOS need not record steps. Where the process that enqueues has
room, it begins the run itself: see `jobs.begun`.
"""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    EnqueueOptions,
    WorkflowSerializationFormat,
    run_dbos_database_migrations,
)

from reznet.core import clock
from reznet.core.background import Background, in_daemon_thread
from reznet.core.config import Settings
from reznet.core.database import (
    Database,
    WriteSession,
    after_commit,
    run_on_connection,
    sync_url,
)
from reznet.core.errors import StartRefused, Unavailable
from reznet.jobs.begun import BegunRuns, HeldPlace, Places, portable_arguments
from reznet.jobs.dbos_log import quiet_dbos
from reznet.jobs.liveness import Liveness
from reznet.jobs.poller import Poller
from reznet.jobs.run import Interrupted, RunExecutor
from reznet.services import engine_rows
from reznet.services.engine_rows import BegunRun

log = structlog.get_logger(__name__)

QUEUE = "runs"
_WORKFLOW = "run_task"
_PORTABLE_JSON = "portable_json"  # what DBOS calls that form in its rows
_APPLICATION = "reznet"
# Runs begun by one release are finished by the next; a change that can't do that raises this.
_VERSION = "1"
_POOL_SIZE = 4
_THREADS = 8
_GRACE_SECONDS = 2.0
_LOCK_SECONDS = 30.0
_KEEP = timedelta(days=1)
_PRUNE_ROWS = 500
_PRUNE_SECONDS = 3600.0
_SWEEP_SECONDS = 60.0
_STOP_SECONDS = 10.0
# A process alone rings for each run; looking is for what was queued when it was not there.
_LEAST_POLL_ALONE_SECONDS = 0.25
# A run that broke off so often breaks whatever runs it; the sweep ends it then.
_MOST_RECOVERIES = 20


def migrate_engine(url: str) -> None:
    """Bring DBOS's own tables to its version. Blocking; call it under the migration lock."""
    quiet_dbos()
    run_dbos_database_migrations(sync_url(url), schema="dbos")


class EngineQueue:
    """Enqueues runs; works in every process, also in one that runs nothing."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing connects, since each job goes through its caller's connection."""
        quiet_dbos()
        self._client = DBOSClient(
            system_database_url=sync_url(url), application_name=_APPLICATION, lazy=True
        )

    async def enqueue_run(self, session: WriteSession, task_id: UUID, run: int) -> None:
        """Enqueue a run in the session's transaction; the same task and run start once."""
        place = await self.hold_place(session)
        if place is not None:
            if await engine_rows.insert_begun(session, place.record_of(task_id, run)):
                place.begin_claiming(task_id, run)
            return
        options: EnqueueOptions = {
            "queue_name": QUEUE,
            "workflow_name": _WORKFLOW,
            "workflow_id": _id_of(task_id, run),
            "app_version": _VERSION,
            # JSON: whoever can write to the database must not be able to run code here.
            "serialization_type": WorkflowSerializationFormat.PORTABLE,
        }
        await run_on_connection(
            session,
            lambda connection: self._enqueue(connection, options, (str(task_id), run)),
        )
        after_commit(session, _ring)

    async def hold_place(self, session: WriteSession) -> HeldPlace | None:
        """Return room for a run in this process, held by the session's transaction, or None."""
        return await _current.begun.hold_place(session) if _current is not None else None

    def _enqueue(
        self,
        connection: Any,  # noqa: ANN401 - SQLAlchemy's, which only core and repositories name
        options: EnqueueOptions,
        arguments: tuple[str, int],
    ) -> None:
        self._client.enqueue_in_transaction(connection, options, *arguments)

    def close(self) -> None:
        """Let go of the client."""
        self._client.destroy()


class Engine:
    """Takes runs from the queue and executes them on the event loop that started it. One a process."""

    def __init__(
        self, settings: Settings, database: Database, executor: Callable[[str], RunExecutor]
    ) -> None:
        """Prepare; `executor` makes the executor of runs, given this process's name."""
        self.executor_id = f"reznet-{uuid.uuid4()}"
        self.executor = executor(self.executor_id)
        self.places = Places(settings.run_concurrency)
        self.begun = BegunRuns(
            database, self.executor_id, self.places, self.executor.execute, _begun_form
        )
        self._settings = settings
        self._url = url = database.url
        self._liveness = Liveness(
            url, self.executor_id, self._recover, pgbouncer=settings.pgbouncer
        )
        poll = settings.poll_seconds
        alone = max(poll, _LEAST_POLL_ALONE_SECONDS)
        self._poller = Poller(poll if settings.redis_url else alone, lambda: self.places.are_taken)
        self._background = Background()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = False

    @property
    def ready(self) -> bool:
        """Whether runs are taken, and others can see that this process is alive."""
        return self._started and self._poller.is_alive and self._liveness.is_held

    def ring(self) -> None:
        """Look for runs now."""
        self._poller.ring()

    async def start(self) -> None:
        """Begin to take runs, also those of processes that died before.

        Raises:
            StartRefused: the database gives no connection for the engine.
        """
        global _current
        quiet_dbos()
        if not await asyncio.to_thread(self._liveness.hold, _LOCK_SECONDS):
            raise StartRefused(
                "The engine got no connection to the database; see max_connections of the server."
            )
        _current = self
        self._loop = asyncio.get_running_loop()
        dbos = DBOS(config=self._config())
        DBOS.listen_queues([])  # the poller does
        await asyncio.to_thread(self._register_queue)
        # Launched on this loop, DBOS runs its coroutines here, where models stream and sockets live.
        DBOS.launch()
        queue = await asyncio.to_thread(DBOS.retrieve_queue, QUEUE)
        assert queue is not None  # noqa: S101 - it was registered above
        self._poller.start(dbos, queue)
        self._liveness.begin_recovery()
        self.begun.start()
        self._background.start(self.executor.watch(), name="cancellations")
        self._background.start(self._sweep(), name="engine-sweep")
        self._background.start(self._prune(), name="engine-pruning")
        self._started = True

    async def stop(self) -> None:
        """Take no more runs, let short ones end, and give the others back to the queue."""
        global _current
        if not self._started:
            self._liveness.close()
            return
        self._started = False
        self.begun.close()
        await _in_time(self._stop_polling)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self.executor.until_idle()
        except TimeoutError:
            log.info("runs are broken off, to go on elsewhere", runs=self.executor.active)
        # Also when all have ended: one that was taken at the last moment must not begin.
        await self.executor.interrupt_all()
        await self.begun.aclose()
        await self._background.aclose()
        await _in_time(self._give_back)
        # DBOS had made its threads the loop's, and has ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        _current = None

    def _stop_polling(self) -> None:
        self._poller.stop()
        for stop in _dbos().background_thread_stop_events:
            stop.set()

    def _give_back(self) -> None:
        # Without the database DBOS would try for ever, and the process never end.
        _dbos()._sys_db._retry_connection_errors = False
        try:
            given_back = self._recover(self.executor_id)
            if given_back:
                log.info("runs were handed over", runs=given_back)
        finally:
            self._liveness.close()
            DBOS.destroy()

    def _recover(self, executor_id: str) -> int:
        if executor_id != self.executor_id and self._loop is not None:
            telling = self.executor.tell_resuming(executor_id)
            asyncio.run_coroutine_threadsafe(telling, self._loop)
        handles = DBOS._recover_pending_workflows([executor_id])  # pyright: ignore[reportPrivateUsage]
        self._poller.ring()
        return len(handles)

    def _register_queue(self) -> None:
        client = DBOSClient(system_database_url=sync_url(self._url), application_name=_APPLICATION)
        try:
            client.register_queue(
                QUEUE,
                worker_concurrency=self._settings.run_concurrency,
                polling_interval_sec=self._poller.seconds,
            )
        finally:
            client.destroy()

    def _config(self) -> DBOSConfig:
        connect: dict[str, object] = {"application_name": "reznet-engine", "connect_timeout": 10}
        if self._settings.pgbouncer:
            connect["prepare_threshold"] = None
        engine_options: dict[str, object] = {
            "max_overflow": 0,
            "pool_recycle": 1800,
            "pool_pre_ping": False,  # a second round trip for each look; a lost connection is retried
            "connect_args": connect,
        }
        return DBOSConfig(
            name=_APPLICATION,
            system_database_url=sync_url(self._url),
            sys_db_pool_size=_POOL_SIZE,
            db_engine_kwargs=engine_options,
            application_version=_VERSION,
            executor_id=self.executor_id,
            run_migrations=False,
            # A pooler passes no notifications on; nothing here waits for one.
            use_listen_notify=not self._settings.pgbouncer,
            max_executor_threads=_THREADS,
            enable_otlp=False,
            log_level="WARNING",
        )

    async def _sweep(self) -> None:
        while True:
            try:
                await self.executor.sweep()
            except Unavailable:
                log.warning("runs can't be swept while the database is away")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _prune(self) -> None:
        """Forget what the engine recorded of runs that ended a day ago; the tasks stay."""
        while True:
            await asyncio.sleep(_PRUNE_SECONDS)
            await _prune_finished()


_current: Engine | None = None


@DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_MOST_RECOVERIES)
async def run_task(task_id: str, run: int) -> None:
    """Execute a run; its name and arguments are stored in queues, so they stay."""
    engine = _current
    try:
        if engine is None:
            raise Interrupted
        await engine.places.run(lambda: engine.executor.execute(UUID(task_id), run))
    except Interrupted:
        # The process stops. Not returning leaves the workflow pending, for another process.
        await asyncio.Event().wait()


def _id_of(task_id: UUID, run: int) -> str:
    return f"{task_id}:{run}"


def _begun_form(task_id: UUID, run: int, executor_id: str) -> BegunRun:
    return BegunRun(
        workflow_id=_id_of(task_id, run),
        workflow=_WORKFLOW,
        queue=QUEUE,
        application=_APPLICATION,
        version=_VERSION,
        executor=executor_id,
        serialization=_PORTABLE_JSON,
        arguments=portable_arguments(str(task_id), run),
    )


def _ring() -> None:
    """Let this process's engine take what was just committed; without one, another process will."""
    if _current is not None:
        _current.ring()


def _dbos() -> Any:  # noqa: ANN401 - what is needed of it is not public
    """Return the running DBOS."""
    from dbos._dbos import _get_dbos_instance  # pyright: ignore[reportPrivateUsage] # noqa: PLC0415

    return _get_dbos_instance()


async def _in_time(work: Callable[[], None]) -> None:
    """Do blocking work of the stop, for a while; the next start finds out what is left to do."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await in_daemon_thread(work, name="engine-stop")
    except TimeoutError:
        log.warning("the engine does not stop; leaving it", seconds=_STOP_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever it is, the process must end
        log.warning("the engine did not stop well", reason=str(error))


async def _prune_finished() -> None:
    ended_before = (clock.now() - _KEEP).isoformat()
    while True:
        ended = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            end_time=ended_before,
            limit=_PRUNE_ROWS,
            load_input=False,
            load_output=False,
        )
        if not ended:
            return
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
