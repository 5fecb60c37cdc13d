"""One run of one agent: load, process, apply. No database session is open while a model is called."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from uuid import UUID

import structlog

from reznet.agents.llm_types import (
    Finished,
    LLMClient,
    LLMError,
    ModelCalled,
    Restarted,
    TextDelta,
)
from reznet.agents.planner.outcome import AgentEvent, Concluded
from reznet.agents.registry import AgentRegistry
from reznet.core import metrics
from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.publisher import Publisher
from reznet.jobs.recalling import Recaller
from reznet.jobs.running import (
    UNEXPECTED,
    Progress,
    Running,
    Stream,
    call_of,
    count_calls,
    outcome_of,
)
from reznet.schemas.agents import Remember
from reznet.schemas.runs import Begun, Claim, Ending, ModelCall, Outcome, RunContext
from reznet.services import runs
from reznet.services.ports import Ports
from reznet.services.workflow_runs import upkeep

log = structlog.get_logger(__name__)

_CHECKPOINT_SECONDS = 1.0
_LOOK_SECONDS = 0.5  # how often cancellations are looked for that no signal told of
_RETRY_FIRST_SECONDS = 0.05
_RETRY_MOST_SECONDS = 2.0


class Interrupted(Exception):
    """The run was broken off because this process stops; another one goes on with it."""


class RunExecutor:
    """Runs tasks in this process, and stops them when told to."""

    def __init__(
        self,
        database: Database,
        ports: Ports,
        llm: LLMClient,
        registry: AgentRegistry,
        worker: str,
        on_applied: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what runs need; `worker` names this process in the tasks.

        `on_applied` is called whenever the result of a run has been stored.
        """
        self._database = database
        self._ports = ports
        self._llm = llm
        self._registry = registry
        self._worker = worker
        self._on_applied = on_applied
        self._recaller = Recaller(database, ports)
        self._running: dict[UUID, Running] = {}
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        ports.bus.subscribe(
            Topic.CANCEL, lambda signal: self._told_to_stop(UUID(signal["task_id"]))
        )

    @property
    def active(self) -> int:
        """How many runs there are in this process."""
        return len(self._running)

    async def execute(self, task_id: UUID, run: int, begun: Begun | None = None) -> None:
        """Run a task to its end, unless it has ended already or somebody else takes it over.

        Without what it has begun with, it is claimed first.

        Raises:
            Interrupted: the process stops; the task is left as it is, for another one.
        """
        structlog.contextvars.bind_contextvars(task_id=str(task_id))
        if begun is None:
            begun = await self._guarded(task_id, run, lambda: self._claim(task_id, run))
        if begun is None:
            return
        load = partial(self._load, begun)
        with self._noted(begun.claim) as running:
            context = await self._guarded(task_id, run, load)
            if context is not None:
                metrics.count_task("running")
                await self._process(context, running)

    async def _guarded[T](
        self, task_id: UUID, run: int, step: Callable[[], Awaitable[T | None]]
    ) -> T | None:
        """Return what a step of the beginning does; when it can't be done, the run fails, and it is None."""
        try:
            return await self._patiently(step)
        except Interrupted:
            raise
        except Exception:  # whatever is wrong, the task must not wait for ever
            log.exception("a run could not be begun")
            await self._patiently(lambda: self._give_up(task_id, run))
            return None

    @contextmanager
    def _noted(self, claim: Claim) -> Generator[Running]:
        """Be known as running, so that it can be stopped."""
        running = self._running[claim.task_id] = Running(claim)
        self._idle.clear()
        try:
            yield running
        finally:
            if self._running.get(claim.task_id) is running:
                del self._running[claim.task_id]
            if not self._running:
                self._idle.set()

    async def until_idle(self) -> None:
        """Return when no run is left in this process."""
        await self._idle.wait()

    async def watch(self) -> None:
        """Look for cancellations that no signal told of, and tell who has begun to write; for ever."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._running:
                continue
            try:
                await self._store_first_tokens()
                await self._stop_those_that_must()
            except Unavailable:
                continue  # the runs themselves wait for the database

    async def sweep(self) -> None:
        """Take up the runs that nothing drives. Raises Unavailable."""
        async with self._database.write() as session:
            abandoned = await runs.take_up_abandoned(session, self._ports)
        if abandoned:
            log.warning("took up runs that nothing drove", runs=abandoned)

    async def tell_resuming(self, worker: str) -> None:
        """Tell of workflows that the tasks of a worker that died go on; they do whether it is told or not."""
        try:
            async with self._database.write() as session:
                await upkeep.tell_resuming(session, self._ports, worker)
        except Unavailable:
            log.warning("it can't be told that runs go on while the database is away")

    async def interrupt_all(self) -> None:
        """Break off every run, for another process; return when none works any more."""
        self._stopping = True
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for running in list(self._running.values()):
            running.interrupt()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim(self, task_id: UUID, run: int) -> Begun | None:
        if self._stopping:
            raise Interrupted
        async with self._database.write() as session:
            return await runs.claim(session, self._ports, task_id, run, self._worker)

    async def _load(self, begun: Begun) -> RunContext:
        if self._stopping:
            raise Interrupted
        async with self._database.read() as session:
            return await runs.load(session, begun)

    async def _give_up(self, task_id: UUID, run: int) -> None:
        async with self._database.write() as session:
            await runs.give_up(session, self._ports, task_id, run, UNEXPECTED)

    async def _store_first_tokens(self) -> None:
        begun = [
            (running, moment)
            for running in self._running.values()
            if (moment := running.progress.first_token_at) is not None
            and not running.progress.is_first_token_stored
            and not running.restarting
        ]
        if not begun:
            return
        async with self._database.write() as session:
            for running, moment in sorted(begun, key=lambda item: item[0].claim.task_id):
                await runs.store_first_token(session, running.claim, moment)
        for running, _ in begun:
            running.progress.is_first_token_stored = True

    async def _stop_those_that_must(self) -> None:
        seen = {
            running: running.claim for running in self._running.values() if not running.restarting
        }
        async with self._database.read() as session:
            stopped = set(await runs.to_stop(session, list(seen.values())))
        for running, claim in seen.items():
            if claim.task_id in stopped and running.claim is claim and not running.restarting:
                running.cancel()

    async def _process(self, context: RunContext, running: Running) -> None:
        publisher = Publisher(self._ports.bus, context.claim, str(context.agent.id))
        publisher.thinking()
        progress = running.progress
        work = asyncio.get_running_loop().create_task(
            self._answer(context, running, publisher, progress), name=f"run-{context.task.id}"
        )
        running.task = work
        if running.cancelled or running.interrupted or self._stopping:
            work.cancel()
        error: tuple[str, str] | None = None
        try:
            await work
        except asyncio.CancelledError:
            if not (running.cancelled or running.interrupted or self._stopping):
                raise
        except LLMError as failure:
            error = (failure.kind.value, failure.message)
        except Exception:
            log.exception("a run failed")
            error = UNEXPECTED
        if not running.cancelled and (running.interrupted or self._stopping):
            publisher.drop()
            await self._account(running.claim, progress.calls)
            raise Interrupted
        publisher.close()
        outcome = outcome_of(running, publisher.text, progress, error)
        # What a plan says is in the workflow.
        remembers = (
            outcome.plan is None and context.agent.config.memory.remember is not Remember.OFF
        )
        await self._apply(running.claim, replace(outcome, is_remembered=remembers))

    async def _answer(
        self, context: RunContext, running: Running, publisher: Publisher, progress: Progress
    ) -> None:
        default = await self._ports.models.default()
        agent = self._registry.make(context.agent, default, self._ports.settings.context_tokens)
        context = await self._recaller.recalled(context)
        try:
            async with (
                self._checkpoints(running, publisher),
                agent.answer(context, self._llm) as stream,
            ):
                running.stream = stream if isinstance(stream, Stream) else None
                async for event in stream:
                    await self._take(event, running, publisher, progress)
        finally:
            progress.memories = agent.given
            # The stream knows of the call that was broken off, too.
            if running.stream is not None:
                progress.calls = [call_of(call) for call in running.stream.calls]

    async def _take(
        self, event: AgentEvent, running: Running, publisher: Publisher, progress: Progress
    ) -> None:
        match event:
            case TextDelta(text):
                if progress.first_token_at is None and text:
                    progress.first_token_at = now()
                publisher.add(text)
            case ModelCalled():
                progress.calls.append(call_of(event))
            case Restarted():
                running.restarting = True
                claim = await self._patiently(lambda: self._restart(running.claim))
                if claim is None:
                    running.cancel()
                    return
                running.claim = claim
                running.restarting = False
                publisher.restart(claim)
            case Concluded():
                progress.concluded = event
            case Finished(finish):
                progress.finish = finish

    async def _restart(self, claim: Claim) -> Claim | None:
        async with self._database.write() as session:
            return await runs.restart(session, self._ports, claim)

    @asynccontextmanager
    async def _checkpoints(self, running: Running, publisher: Publisher) -> AsyncGenerator[None]:
        """Where other processes serve people too, store the text so far each second meanwhile."""
        if self._ports.settings.redis_url is None:
            yield
            return
        task = asyncio.get_running_loop().create_task(self._checkpoint(running, publisher))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _checkpoint(self, running: Running, publisher: Publisher) -> None:
        stored = ""
        while True:
            await asyncio.sleep(_CHECKPOINT_SECONDS)
            text = publisher.text
            if text == stored:
                continue
            try:
                async with self._database.write() as session:
                    await runs.store_progress(session, running.claim, text)
                stored = text
            except Unavailable:
                continue  # the next second will do

    async def _apply(self, claim: Claim, outcome: Outcome) -> None:
        """Store the result; it is in memory, so a database that is away is waited for."""

        async def apply() -> bool:
            async with self._database.write() as session:
                return await runs.apply(session, self._ports, claim, outcome)

        try:
            applied = await self._patiently(apply)
        except Interrupted:
            raise
        except Exception:  # the text is kept even when what follows from it can't be done
            log.exception("the result of a run could not be applied")
            outcome = replace(outcome, ending=Ending.FAILED, error=UNEXPECTED)
            applied = await self._patiently(apply)
        if applied:
            metrics.count_task(outcome.ending.value)
            self._on_applied()
        else:
            log.info("a result was dropped: the run had been ended or taken over")
        count_calls(outcome.calls)

    async def _account(self, claim: Claim, calls: list[ModelCall]) -> None:
        """Record the calls of a run that is done anew elsewhere, if the database is there."""
        try:
            async with self._database.write() as session:
                await runs.store_calls(session, claim, calls)
        except Unavailable:
            log.warning("usage of a run that was handed over is not recorded")

    async def _patiently[T](self, step: Callable[[], Awaitable[T]]) -> T:
        """Do a database step, again and again while the database is away or in a deadlock."""
        pause = _RETRY_FIRST_SECONDS
        while True:
            try:
                return await step()
            except Unavailable:
                if self._stopping:
                    raise Interrupted from None
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads the load
            pause = min(_RETRY_MOST_SECONDS, pause * 2)

    def _told_to_stop(self, task_id: UUID) -> None:
        running = self._running.get(task_id)
        if running is not None:
            running.cancel()
