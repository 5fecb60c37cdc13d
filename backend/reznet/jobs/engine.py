"""The durable engine: DBOS on the same PostgreSQL, behind our own port.

A job is enqueued in the transaction of its task. Its workflow is one call of `RunExecutor.execute`, which is safe
to repeat: a task that has ended is left alone, so DBOS need not record steps.
"""

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, run_dbos_database_migrations

from reznet.core import clock
from reznet.core.background import Background
from reznet.core.config import Settings
from reznet.core.database import Connection, WriteSession, run_on_connection, sync_url
from reznet.core.errors import StartRefused
from reznet.jobs.liveness import Liveness
from reznet.jobs.run import Interrupted, RunExecutor

log = structlog.get_logger(__name__)

QUEUE = "runs"
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


def migrate_engine(url: str) -> None:
    """Bring DBOS's own tables to its version. Blocking; call it under the migration lock."""
    _quiet()
    run_dbos_database_migrations(sync_url(url), schema="dbos")


class EngineQueue:
    """Enqueues runs; works in every process, also in one that runs nothing."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing connects, since each job goes through its caller's connection."""
        _quiet()
        self._client = DBOSClient(
            system_database_url=sync_url(url), application_name=_APPLICATION, lazy=True
        )

    async def enqueue_run(self, session: WriteSession, task_id: UUID, run: int) -> None:
        """Enqueue a run in the session's transaction; the same task and run start once."""
        options: EnqueueOptions = {
            "queue_name": QUEUE,
            "workflow_name": "run_task",
            "workflow_id": f"{task_id}:{run}",
            "app_version": _VERSION,
        }
        await run_on_connection(
            session,
            lambda connection: self._enqueue(connection, options, (str(task_id), run)),
        )

    def _enqueue(
        self, connection: Connection, options: EnqueueOptions, arguments: tuple[str, int]
    ) -> None:
        self._client.enqueue_in_transaction(connection, options, *arguments)

    def close(self) -> None:
        """Let go of the client."""
        self._client.destroy()


class Engine:
    """Takes runs from the queue and executes them on the event loop that started it. One a process."""

    def __init__(
        self, settings: Settings, url: str, executor: Callable[[str], RunExecutor]
    ) -> None:
        """Prepare; `executor` makes the executor of runs, given this process's name."""
        self.executor_id = f"reznet-{uuid.uuid4()}"
        self.executor = executor(self.executor_id)
        self._settings = settings
        self._url = url
        self._liveness = Liveness(url, self.executor_id, _recover)
        self._background = Background()
        self.ready = False

    async def start(self) -> None:
        """Begin to take runs, also those of processes that died before.

        Raises:
            StartRefused: the database gives no connection for the engine.
        """
        global _current
        _quiet()
        if not await asyncio.to_thread(self._liveness.hold, _LOCK_SECONDS):
            raise StartRefused(
                "The engine got no connection to the database; see max_connections of the server."
            )
        _current = self
        DBOS(config=self._config())
        DBOS.listen_queues([QUEUE])
        # Known before the launch, the queue is polled from the first moment on.
        await asyncio.to_thread(self._register_queue)
        # Launched on this loop, DBOS runs its coroutines here, where models stream and sockets live.
        DBOS.launch()
        self._liveness.begin_recovery()
        self._background.start(self.executor.watch(), name="cancellations")
        self._background.start(self._prune(), name="engine-pruning")
        self.ready = True

    async def stop(self) -> None:
        """Take no more runs, let short ones end, and give the others back to the queue."""
        global _current
        if not self.ready:
            self._liveness.close()
            return
        self.ready = False
        await asyncio.to_thread(_stop_polling)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self.executor.until_idle()
        except TimeoutError:
            await self.executor.interrupt_all()
        await self._background.aclose()
        given_back = await asyncio.to_thread(_recover, self.executor_id)
        if given_back:
            log.info("runs were handed over", runs=given_back)
        await asyncio.to_thread(self._liveness.close)
        await asyncio.to_thread(DBOS.destroy)
        # DBOS had made its threads the loop's, and has ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        _current = None

    def _register_queue(self) -> None:
        client = DBOSClient(system_database_url=sync_url(self._url), application_name=_APPLICATION)
        try:
            client.register_queue(
                QUEUE,
                worker_concurrency=self._settings.run_concurrency,
                polling_interval_sec=self._settings.poll_seconds,
            )
        finally:
            client.destroy()

    def _config(self) -> DBOSConfig:
        engine_options: dict[str, object] = {"max_overflow": 0, "pool_recycle": 1800}
        if self._settings.pgbouncer:
            engine_options["connect_args"] = {"prepare_threshold": None}
        return DBOSConfig(
            name=_APPLICATION,
            system_database_url=sync_url(self._url),
            sys_db_pool_size=_POOL_SIZE,
            db_engine_kwargs=engine_options,
            application_version=_VERSION,
            executor_id=self.executor_id,
            run_migrations=False,
            max_executor_threads=_THREADS,
            enable_otlp=False,
            log_level="WARNING",
        )

    async def _prune(self) -> None:
        """Forget what the engine recorded of runs that ended a day ago; the tasks stay."""
        while True:
            await asyncio.sleep(_PRUNE_SECONDS)
            await _prune_finished()


_current: Engine | None = None


@DBOS.workflow(name="run_task")
async def run_task(task_id: str, run: int) -> None:
    """Execute a run; its name and arguments are stored in queues, so they stay."""
    engine = _current
    try:
        if engine is None:
            raise Interrupted
        await engine.executor.execute(UUID(task_id), run)
    except Interrupted:
        # The process stops. Not returning leaves the workflow pending, for another process.
        await asyncio.Event().wait()


def _recover(executor_id: str) -> int:
    return len(DBOS._recover_pending_workflows([executor_id]))  # pyright: ignore[reportPrivateUsage]


def _stop_polling() -> None:
    from dbos._dbos import _get_dbos_instance  # pyright: ignore[reportPrivateUsage] # noqa: PLC0415

    for stop in _get_dbos_instance().background_thread_stop_events:
        stop.set()
    for thread in threading.enumerate():
        if thread.name.startswith("queue-worker-"):
            thread.join(2)


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


def _quiet() -> None:
    """DBOS tells of every launch at INFO; only its warnings are of use."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    logger.handlers.clear()
    logger.propagate = True
