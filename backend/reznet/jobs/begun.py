"""Runs that the process which queues them begins itself.

DBOS takes a run from its queue and records its end by some blocking statements in threads, which wait for each other
and for the event loop: with many runs at once that is most of the time until they start. So a process that has room records a
run, in the transaction of its task, as one that it works on already, begins it once that is committed, and records
the ends of many with one statement. Only what there is no room for goes through the queue. If the process dies, DBOS finds
its runs by the same rows as those that were taken from the queue; if it stops, it gives them back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import orjson
import structlog

from reznet.core.background import Background, woken_within
from reznet.core.database import Database, WriteSession, after_commit, after_failure
from reznet.core.errors import Unavailable
from reznet.jobs.run import Interrupted
from reznet.schemas.runs import Begun
from reznet.services import engine_rows
from reznet.services.engine_rows import BegunRun

log = structlog.get_logger(__name__)

_GATHER_SECONDS = 0.2  # ends are recorded this late, so that many are by one statement
_RETRY_SECONDS = 1.0
_LOOK_SECONDS = 60.0
_DOUBT_SECONDS = 1.0
_SUCCESS, _ERROR = "SUCCESS", "ERROR"  # as DBOS calls them


class Places:
    """How many runs may go on at once in this process, however they came to it."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    @property
    def are_taken(self) -> bool:
        """Whether a further run would wait."""
        return self._free.locked()

    async def take_free(self) -> bool:
        """Take a place if there is a free one; never waits."""
        return not self._free.locked() and await self._free.acquire()

    def leave(self) -> None:
        """Give a place back."""
        self._free.release()

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work when there is a place for it."""
        async with self._free:
            await work()


class HeldPlace:
    """A place that a transaction holds: for the run that it begins, if it does and once it is committed."""

    def __init__(self, runs: "BegunRuns", session: WriteSession) -> None:
        self._runs = runs
        self._name: str | None = None
        self._work: Callable[[], Awaitable[None]] | None = None
        after_commit(session, self._committed)
        after_failure(session, self._failed)

    def record_of(self, task_id: UUID, run: int) -> BegunRun:
        """Return the engine's record of the run, to be stored in the transaction."""
        record = self._runs.record_of(task_id, run)
        self._name = record.workflow_id
        return record

    def begin(self, begun: Begun) -> None:
        """Go on with a run that is stored as begun."""
        task = begun.task
        self._work = lambda: self._runs.execute(task.id, task.run, begun)

    def begin_claiming(self, task_id: UUID, run: int) -> None:
        """Claim and run a task that is stored as queued."""
        self._work = lambda: self._runs.execute(task_id, run, None)

    def _committed(self) -> None:
        if self._name is None or self._work is None:
            self._runs.give_back(self._name)
        else:
            self._runs.drive(self._name, self._work)

    def _failed(self) -> None:
        self._runs.give_back(self._name, is_doubtful=self._work is not None)


class BegunRuns:
    """Those runs of a process."""

    def __init__(
        self,
        database: Database,
        executor_id: str,
        places: Places,
        execute: Callable[[UUID, int, Begun | None], Awaitable[None]],
        form: Callable[[UUID, int, str], BegunRun],
    ) -> None:
        """Prepare; `form` makes the record of a run by this executor, `execute` runs it."""
        self.executor_id = executor_id
        self.execute = execute
        self._database = database
        self._places = places
        self._form = form
        self._tasks: set[asyncio.Task[None]] = set()
        # Runs on record that are not to be looked for: they will be driven, are, or have just been.
        self._known: set[str] = set()
        self._ended: dict[str, str] = {}
        self._has_ended = asyncio.Event()
        self._doubt = asyncio.Event()
        self._background = Background()
        self._takes = False

    def start(self) -> None:
        """From now on there is room."""
        self._takes = True
        self._background.start(self._record_ends(), name="engine-ends")
        self._background.start(self._look_for_lost(), name="engine-doubts")

    async def hold_place(self, session: WriteSession) -> HeldPlace | None:
        """Return room for a run that the transaction begins, None when there is none, or the process stops."""
        if not self._takes or not await self._places.take_free():
            return None
        return HeldPlace(self, session)

    def record_of(self, task_id: UUID, run: int) -> BegunRun:
        """Return the record of a run that begins here."""
        record = self._form(task_id, run, self.executor_id)
        self._known.add(record.workflow_id)
        return record

    def give_back(self, name: str | None, *, is_doubtful: bool = False) -> None:
        """Give back the place of a run that does not begin here; whether it is on record may be in doubt."""
        self._places.leave()
        if name is not None:
            self._known.discard(name)
        if is_doubtful:
            self._doubt.set()

    def drive(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do a run whose record is committed, in its place. While the process stops, nothing begins: others take it."""
        if not self._takes:
            self._places.leave()
            return
        task = asyncio.get_running_loop().create_task(
            self._drive(name, work), name=f"begun-{name}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Begin nothing any more."""
        self._takes = False

    async def aclose(self) -> None:
        """Record what has ended. The runs themselves have been ended."""
        self._takes = False
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._background.aclose()
        try:
            await self._flush()
        except Unavailable:
            log.info(
                "the ends of runs are not recorded; whoever takes them up will find them ended"
            )

    async def _drive(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Interrupted:
            return  # stays on record as begun, for another process
        except Exception:
            log.exception("a run broke off", run=name)
            self._ended[name] = _ERROR
        else:
            self._ended[name] = _SUCCESS
        finally:
            self._places.leave()
        self._has_ended.set()

    async def _look_for_lost(self) -> None:
        """Take up runs on record that nobody drives: the connection was lost while they were committed."""
        while True:
            await woken_within(self._doubt, _LOOK_SECONDS)
            self._doubt.clear()
            await asyncio.sleep(_DOUBT_SECONDS)  # for the server to come to the end of the commit
            try:
                await self._take_up_lost()
            except Unavailable:
                self._doubt.set()

    async def _take_up_lost(self) -> None:
        async with self._database.read() as session:
            names = await engine_rows.select_begun(session, self.executor_id)
        for name in names:
            if name in self._known or not self._takes or not await self._places.take_free():
                continue
            self._known.add(name)
            task_id, run = name.rsplit(":", 1)
            log.warning("took up a run whose commit was in doubt", run=name)
            self.drive(name, partial(self.execute, UUID(task_id), int(run), None))

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
                    await engine_rows.end_begun(session, self.executor_id, ids, status)
            for name in ids:
                del self._ended[name]
                self._known.discard(name)


def portable_arguments(*arguments: object) -> str:
    """Return a workflow's arguments in DBOS's portable form."""
    return orjson.dumps({"namedArgs": {}, "positionalArgs": arguments}).decode()
