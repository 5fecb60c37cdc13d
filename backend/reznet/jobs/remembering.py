"""Remembering answers after they are given: in each process, a little at a time, and never in an answer's way.

What is due stands in the tasks (`services.remembering`); nothing is lost with a process. A turn is stored some moments after
its answer; facts are drawn by the agent's model once the channel has been quiet for a while, from all turns of that time
in one call, and compared with what the agent remembers by at most one more.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import structlog

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, ModelCalled, ModelRef
from reznet.agents.registry import AgentRegistry
from reznet.core import metrics
from reznet.core.background import Background, woken_within
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.accounts import account
from reznet.jobs.fact_drawer import FactDrawer, Gathered
from reznet.jobs.running import call_of
from reznet.schemas.memories import MemoryKind
from reznet.schemas.remembering import Draft, Judged, Turns
from reznet.services import remembering
from reznet.services.drafting import episodes, marked, said_in
from reznet.services.memories import embed_documents
from reznet.services.ports import Ports
from reznet.services.remembering import Findings

log = structlog.get_logger(__name__)

# So long after an answer its turn is stored: what follows the answer itself goes first, and turns gather.
_GATHER_SECONDS = 0.5
# Only for what other processes have left behind; one's own runs ring.
_POLL_SECONDS = 15.0
# While answers are written here, it rests so many times longer than it worked.
_REST_FACTOR = 4
_LONGEST_REST_SECONDS = 5.0
# Before a model is asked, answers that are being written here are waited for, but not for ever.
_LOOK_SECONDS, _MOST_LOOKS = 0.25, 80
_MOST_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 30.0


class Remembering:
    """Looks for what is to be remembered, and does it."""

    def __init__(
        self,
        database: Database,
        ports: Ports,
        llm: LLMClient,
        registry: AgentRegistry,
        is_busy: Callable[[], bool],
    ) -> None:
        """Take what remembering needs; `is_busy` says whether answers are being written in this process."""
        self._database = database
        self._ports = ports
        self._drawer = FactDrawer(ports, llm, registry)
        self._is_busy = is_busy
        # The trial model's answers would be recalled as if they were true.
        self._unreliable = ports.settings.trial_provider
        self._rung = asyncio.Event()
        self._background = Background()

    def start(self) -> None:
        """Begin to look."""
        self._background.start(self._run(), name="remembering")

    def ring(self) -> None:
        """Look soon: an answer was completed in this process."""
        self._rung.set()

    async def aclose(self) -> None:
        """Stop at once; what was begun is done later, by another process or after the next start."""
        await self._background.aclose()

    async def work(self) -> bool:
        """Do what is due, and return whether there was anything. Raises Unavailable."""
        async with self._database.write() as session:
            claimed = await remembering.claim_turns(session)
        for turns in claimed:
            await self._guarded(turns, lambda turns=turns: self._store_turns(turns))
        async with self._database.write() as session:
            waiting = await remembering.claim_facts(session)
        if waiting is not None:
            await self._guarded(waiting, lambda: self._store_facts(waiting))
        return bool(claimed) or waiting is not None

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                pause = 0.0 if await self.work() else await self._seconds_to_next()
            except Unavailable:
                pause = _POLL_SECONDS * random.uniform(0.2, 1)  # noqa: S311 - spreads the load
            except Exception:
                log.exception("remembering failed")
                pause = _POLL_SECONDS
            if pause > 0:
                await self._wait(pause)
            elif self._is_busy():
                await asyncio.sleep(min(_LONGEST_REST_SECONDS, _REST_FACTOR * (clock() - began)))

    async def _seconds_to_next(self) -> float:
        async with self._database.read() as session:
            seconds = await remembering.next_due(session)
        return _POLL_SECONDS if seconds is None else min(_POLL_SECONDS, max(seconds, 0.05))

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until an answer is completed, and then until those that are being written give way."""
        if not await woken_within(self._rung, seconds):
            return
        await asyncio.sleep(_GATHER_SECONDS)
        self._rung.clear()

    async def _store_turns(self, turns: Turns) -> None:
        """Store what was said to an agent and answered by it."""
        agent, gathered, then_facts = turns.agent, Gathered(), False
        if agent is not None:
            then_facts = await self._drawer.model_of(agent) is not None
            for turn in turns.turns:
                said = said_in(turn, unreliable=self._unreliable)
                found = [] if then_facts else marked(said)
                gathered.drafts += found
                gathered.drafts += _unless_marked(episodes(said), found)
                gathered.left_out["junk"] += 2 - len(said)
        await self._apply(turns, gathered, then_facts=then_facts)

    async def _store_facts(self, turns: Turns) -> None:
        """Store the facts in turns that are stored themselves."""
        model = None if turns.agent is None else await self._drawer.model_of(turns.agent)
        said = [one for turn in turns.turns for one in said_in(turn, unreliable=self._unreliable)]
        if model is None or not said:
            await self._apply(turns, Gathered(marked(said)))
            return
        await self._until_calm()
        calls: list[ModelCalled] = []
        try:
            is_last_try = _attempts(turns) >= _MOST_ATTEMPTS
            gathered = await self._drawer.draw(model, said, calls, is_last_try=is_last_try)
            await self._apply(turns, gathered, judge=(model, calls))
        finally:
            await self._account(turns, calls)

    async def _apply(
        self,
        turns: Turns,
        gathered: Gathered,
        *,
        then_facts: bool = False,
        judge: tuple[ModelRef, list[ModelCalled]] | None = None,
    ) -> None:
        """Store what was gathered, compared with what is remembered already: by a model, if one is to judge."""
        vectors = await embed_documents(self._ports, [draft.content for draft in gathered.drafts])
        judged: list[Judged] = []
        if turns.agent is not None and gathered.drafts:
            async with self._database.read() as session:
                for draft, vector in zip(gathered.drafts, vectors, strict=True):
                    like = (
                        await remembering.like(session, turns.agent, draft, vector)
                        if draft.kind is MemoryKind.FACT
                        else []
                    )
                    judged.append(remembering.judge(draft, vector, like))
            if judge is not None:
                judged = await self._drawer.judged(judge[0], judged, judge[1])
        findings = Findings(judged, vectors, gathered.left_out)
        async with self._database.write() as session:
            kept = await remembering.apply(
                session, self._ports, turns, findings, then_facts=then_facts
            )
        if kept is not None:
            for kind, number in kept.stored.items():
                metrics.count_remembered("stored", kind, number)
            for why, number in kept.filtered.items():
                metrics.count_remembered("left_out", why, number)

    async def _guarded(self, turns: Turns, step: Callable[[], Awaitable[None]]) -> None:
        """Do a step; when it fails, put it off, and after some tries leave it and say so. Raises Unavailable."""
        attempts = _attempts(turns)
        try:
            if attempts <= _MOST_ATTEMPTS:
                await step()
                return
            problem = "it broke off again and again"
        except Unavailable:
            raise
        except (LLMError, TimeoutError) as error:
            problem = error.message if isinstance(error, LLMError) else "the model took too long"
        except Exception:
            log.exception("a turn could not be remembered")
            problem = "internal error"
        async with self._database.write() as session:
            if attempts < _MOST_ATTEMPTS:
                pause = _FIRST_PAUSE_SECONDS * 4 ** (attempts - 1) * random.uniform(0.8, 1.2)  # noqa: S311
                await remembering.put_off(session, turns, pause)
                return
            await remembering.give_up(session, turns)
        metrics.count_remembered("failed", "turns", len(turns.turns))
        log.error(
            "turns are not remembered",
            tasks=[str(turn.task_id) for turn in turns.turns],
            attempts=attempts,
            error=problem,
        )

    async def _until_calm(self) -> None:
        """Return when no answer is being written here, or when that has taken long enough."""
        for _ in range(_MOST_LOOKS):
            if not self._is_busy():
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _account(self, turns: Turns, calls: Sequence[ModelCalled]) -> None:
        first = turns.turns[0]
        await account(
            self._database,
            (first.agent_id, first.agent_name),
            [call_of(call) for call in calls],
            what="drawing facts",
            task_id=first.task_id,
            attempt=-first.attempts,  # beside those of the run itself, which count from 1
        )


def _attempts(turns: Turns) -> int:
    return max(turn.attempts for turn in turns.turns)


def _unless_marked(said: Sequence[Draft], found: Sequence[Draft]) -> list[Draft]:
    """Return the episodes that say more than a fact or highlight that is kept anyway."""
    there = {draft.content for draft in found}
    return [draft for draft in said if draft.content not in there]
