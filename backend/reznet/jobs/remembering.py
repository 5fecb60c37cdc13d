"""Remembering answers after they are given: in each process, a little at a time, and never in an answer's way.

What is due stands in the tasks (`services.remembering`); nothing is lost with a process. A turn is stored some moments after
its answer; facts are drawn by the agent's model once the channel has been quiet for a while, from all turns of that time
in one call, and compared with what the agent remembers by at most one more.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from reznet.agents.fact_drawing import draw_facts, judge_facts
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelCalled, ModelRef
from reznet.agents.registry import AgentRegistry
from reznet.core import metrics
from reznet.core.background import Background
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.running import call_of, count_calls
from reznet.schemas.agents import AgentOut, Remember
from reznet.schemas.memories import MemoryKind
from reznet.schemas.remembering import Draft, Judged, Said, Turns, Verdict
from reznet.services import remembering
from reznet.services.drafting import episodes, grounded, marked, said_in
from reznet.services.memories import embed_documents
from reznet.services.ports import Ports
from reznet.services.remembering import Findings

log = structlog.get_logger(__name__)

# So long after an answer its turn is stored: what follows the answer itself goes first, and turns gather.
_GATHER_SECONDS = 0.5
# Only for what other processes have left behind; one's own runs ring.
_POLL_SECONDS = 15.0
# While answers are written here, so much longer than it worked it rests.
_REST_FACTOR = 4
_LONGEST_REST_SECONDS = 5.0
_LOOK_SECONDS, _MOST_LOOKS = 0.25, 80
_MOST_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 30.0
_CALL_SECONDS = 100.0  # two of them end before a claim does
# No other try helps until somebody changes the settings, and that model will not do it.
_HOPELESS = frozenset(
    {
        LLMErrorKind.AUTH,
        LLMErrorKind.QUOTA,
        LLMErrorKind.REJECTED,
        LLMErrorKind.CONTEXT,
        LLMErrorKind.MODEL_MISSING,
        LLMErrorKind.NOT_CONFIGURED,
        LLMErrorKind.OUTPUT,
    }
)


@dataclass(slots=True)
class _Gathered:
    """What is to be stored of turns, and what was left out."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    left_out: Counter[str] = field(default_factory=Counter[str])


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
        self._llm = llm
        self._registry = registry
        self._is_busy = is_busy
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
        if claimed:
            await self._store_turns(claimed)
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
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_GATHER_SECONDS)
        self._rung.clear()

    async def _store_turns(self, claimed: Sequence[Turns]) -> None:
        """Store what was said, for all agents with one look at the embedder."""
        for turns in claimed:
            await self._guarded(turns, lambda turns=turns: self._store_episodes(turns))

    async def _store_episodes(self, turns: Turns) -> None:
        agent = turns.agent
        gathered = _Gathered()
        then_facts = False
        if agent is not None:
            then_facts = await self._fact_model(agent) is not None
            for turn in turns.turns:
                said = said_in(turn)
                found = [] if then_facts else marked(said)
                gathered.drafts += found
                gathered.drafts += _unless_marked(episodes(said), found)
                gathered.left_out["junk"] += 2 - len(said)
        await self._apply(turns, gathered, then_facts=then_facts)

    async def _store_facts(self, turns: Turns) -> None:
        agent = turns.agent
        model = None if agent is None else await self._fact_model(agent)
        said = [one for turn in turns.turns for one in said_in(turn)]
        if agent is None or model is None or not said:
            drafts = [] if agent is None else marked(said)
            await self._apply(turns, _Gathered(drafts), then_facts=False)
            return
        await self._until_calm()
        calls: list[ModelCalled] = []
        try:
            gathered = await self._draw(agent, model, said, turns, calls)
            await self._apply(turns, gathered, then_facts=False, judge_by=model, calls=calls)
        finally:
            await self._account(turns, calls)

    async def _draw(
        self,
        agent: AgentOut,
        model: ModelRef,
        said: Sequence[Said],
        turns: Turns,
        calls: list[ModelCalled],
    ) -> _Gathered:
        """Return the facts that the model draws, or what the words themselves mark where it can't."""
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                drawn = await draw_facts(self._llm, model, said, calls=calls)
        except (LLMError, TimeoutError) as error:
            kind = error.kind if isinstance(error, LLMError) else LLMErrorKind.TIMEOUT
            if kind not in _HOPELESS and _attempts(turns) < _MOST_ATTEMPTS:
                raise
            log.warning(
                "no facts could be drawn",
                agent=agent.name,
                turns=len(turns.turns),
                error=kind.value,
            )
            metrics.count_remembered("failed", "facts", len(turns.turns))
            return _Gathered(marked(said))
        drafts = grounded(said, drawn)
        return _Gathered(drafts, Counter({"ungrounded": len(drawn) - len(drafts)}))

    async def _apply(
        self,
        turns: Turns,
        gathered: _Gathered,
        *,
        then_facts: bool,
        judge_by: ModelRef | None = None,
        calls: list[ModelCalled] | None = None,
    ) -> None:
        """Store what was gathered, compared with what is remembered already."""
        vectors = await embed_documents(self._ports, [draft.content for draft in gathered.drafts])
        judged: list[Judged] = []
        agent = turns.agent
        if agent is not None and gathered.drafts:
            async with self._database.read() as session:
                for draft, vector in zip(gathered.drafts, vectors, strict=True):
                    is_fact = draft.kind is MemoryKind.FACT
                    found = (
                        await remembering.like(session, agent, draft, vector) if is_fact else []
                    )
                    judged.append(remembering.judge(draft, vector, found))
            if judge_by is not None:
                judged = await self._judged_by_model(
                    judge_by, judged, calls if calls is not None else []
                )
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

    async def _judged_by_model(
        self, model: ModelRef, judged: list[Judged], calls: list[ModelCalled]
    ) -> list[Judged]:
        """Ask the model how facts stand to the ones like them where the words don't tell; without it, those decide."""
        open_pairs = [
            (at, place)
            for at, one in enumerate(judged)
            for place, (_, verdict) in enumerate(one.like)
            if verdict is Verdict.UNRELATED and not any(v is Verdict.SAME for _, v in one.like)
        ]
        if not open_pairs:
            return judged
        pairs = [
            (judged[at].draft.content, judged[at].like[place][0].content)
            for at, place in open_pairs
        ]
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                verdicts = await judge_facts(self._llm, model, pairs, calls=calls)
        except (LLMError, TimeoutError) as error:
            log.warning("facts are compared by their words alone", error=str(error) or "timeout")
            return judged
        said = dict(zip(open_pairs, verdicts, strict=True))
        return [
            Judged(
                one.draft,
                tuple(
                    (memory, said.get((at, place), verdict))
                    for place, (memory, verdict) in enumerate(one.like)
                ),
            )
            for at, one in enumerate(judged)
        ]

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

    async def _fact_model(self, agent: AgentOut) -> ModelRef | None:
        """Return the model that draws facts for the agent: its own, unless that is the trial model."""
        if agent.config.memory.remember is not Remember.FACTS:
            return None
        default = await self._ports.models.default()
        model = self._registry.make(agent, default).model
        is_trial = model.provider == "local" and self._ports.settings.local_model is None
        return None if is_trial else model

    async def _until_calm(self) -> None:
        """Return when no answer is being written here, or when that has taken long enough."""
        for _ in range(_MOST_LOOKS):
            if not self._is_busy():
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _account(self, turns: Turns, calls: Sequence[ModelCalled]) -> None:
        if not calls:
            return
        used = [call_of(call) for call in calls]
        count_calls(used)
        try:
            async with self._database.write() as session:
                await remembering.store_calls(session, turns, used)
        except Unavailable:
            log.warning("usage of drawing facts is not recorded")


def _attempts(turns: Turns) -> int:
    return max(turn.attempts for turn in turns.turns)


def _unless_marked(said: Sequence[Draft], found: Sequence[Draft]) -> list[Draft]:
    """Return the episodes that say more than a fact or highlight that is kept anyway."""
    there = {draft.content for draft in found}
    return [draft for draft in said if draft.content not in there]
