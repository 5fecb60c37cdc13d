"""Runs that the process which queues them begins itself.

DBOS takes a run from its queue and records its end by some blocking statements in threads, which wait for each other
and for the event loop: with many runs at once that is most of the time until they start. So a process that has room records a
run, in the transaction of its task, as one that it works on already, begins it once that is committed, and records
the ends of many with one statement. Only what there is no room for goes through the queue. If the process dies, DBOS finds
its runs by the same rows as those that were taken from the queue; if it stops, it gives them back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import orjson
import structlog

from reznet.core.background import Background
from reznet.core.database import Database, WriteSession
from reznet.core.errors import Unavailable
from reznet.jobs.run import Interrupted
from reznet.services import engine_rows

log = structlog.get_logger(__name__)

_GATHER_SECONDS = 0.2  # ends are recorded this late, so that many are by one statement
_RETRY_SECONDS = 1.0
_SUCCESS, _ERROR = "SUCCESS", "ERROR"  # as DBOS calls them


class Places:
    """How many runs may go on at once in this process, however they came to it."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    @property
    def are_taken(self) -> bool:
        """Whether a further run would wait."""
        return self._free.locked()

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work when there is a place for it."""
        async with self._free:
            await work()


class BegunRuns:
    """Those runs of a process."""

    def __init__(
        self,
        database: Database,
        executor_id: str,
        places: Places,
        execute: Callable[[UUID, int], Awaitable[None]],
        form: Callable[[UUID, int, str], engine_rows.BegunRun],
    ) -> None:
        """Prepare; `form` makes the record of a run by this executor, `execute` runs it."""
        self._database = database
        self._executor_id = executor_id
        self._places = places
        self._execute = execute
        self._form = form
        self._tasks: set[asyncio.Task[None]] = set()
        self._executing: set[asyncio.Task[None]] = set()
        self._ended: dict[str, str] = {}
        self._has_ended = asyncio.Event()
        self._background = Background()
        self._takes = False

    def start(self) -> None:
        """From now on there is room."""
        self._takes = True
        self._background.start(self._record_ends(), name="engine-ends")

    @property
    def has_room(self) -> bool:
        """Whether a run can begin here at once."""
        return self._takes and not self._places.are_taken

    async def record(self, session: WriteSession, task_id: UUID, run: int) -> bool:
        """Record a run as begun, in the transaction; False when it is on record already, and not to be begun."""
        form = self._form(task_id, run, self._executor_id)
        return await engine_rows.insert_begun(session, form)

    def begin(self, task_id: UUID, run: int) -> None:
        """Begin a run whose record is committed. While the process stops, nothing begins: others take it."""
        if not self._takes:
            return
        task = asyncio.get_running_loop().create_task(
            self._drive(task_id, run), name=f"begun-{task_id}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._executing.discard)

    def close(self) -> None:
        """Begin nothing any more."""
        self._takes = False

    async def aclose(self) -> None:
        """Let go of what still waits for a place, and record what has ended. The runs themselves have been ended."""
        self._takes = False
        for task in self._tasks - self._executing:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._background.aclose()
        try:
            await self._flush()
        except Unavailable:
            log.info(
                "the ends of runs are not recorded; whoever takes them up will find them ended"
            )

    async def _drive(self, task_id: UUID, run: int) -> None:
        workflow_id = self._form(task_id, run, self._executor_id).workflow_id
        try:
            await self._places.run(lambda: self._execute_here(task_id, run))
        except Interrupted:
            return  # stays on record as begun, for another process
        except Exception:
            log.exception("a run broke off", task_id=str(task_id))
            self._ended[workflow_id] = _ERROR
        else:
            self._ended[workflow_id] = _SUCCESS
        self._has_ended.set()

    async def _execute_here(self, task_id: UUID, run: int) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._executing.add(task)
        await self._execute(task_id, run)

    async def _record_ends(self) -> None:
        while True:
            await self._has_ended.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._has_ended.clear()
            try:
                await self._flush()
            except Unavailable:
                self._has_ended.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _flush(self) -> None:
        for status in (_SUCCESS, _ERROR):
            ids = [name for name, ended in self._ended.items() if ended == status]
            if ids:
                async with self._database.write() as session:
                    await engine_rows.end_begun(session, self._executor_id, ids, status)
            for name in ids:
                del self._ended[name]


def portable_arguments(*arguments: object) -> str:
    """Return a workflow's arguments in DBOS's portable form."""
    return orjson.dumps({"namedArgs": {}, "positionalArgs": arguments}).decode()
