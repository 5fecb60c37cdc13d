"""Drawing facts from what was said by an agent's own model, and having it judge them; words decide where it can't."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from reznet.agents.fact_drawing import draw_facts, judge_facts
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelCalled, ModelRef
from reznet.agents.registry import AgentRegistry
from reznet.core import metrics
from reznet.schemas.agents import AgentOut, Remember
from reznet.schemas.remembering import Draft, Judged, Said, Verdict
from reznet.services.drafting import grounded, marked
from reznet.services.ports import Ports

log = structlog.get_logger(__name__)

_CALL_SECONDS = 100.0  # two of them end before a claim does
# No other try helps until somebody changes the settings, or another model is chosen.
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
class Gathered:
    """What is to be stored of turns, and what was left out."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    left_out: Counter[str] = field(default_factory=Counter[str])


class FactDrawer:
    """Asks models for facts."""

    def __init__(self, ports: Ports, llm: LLMClient, registry: AgentRegistry) -> None:
        """Take what calls need."""
        self._ports = ports
        self._llm = llm
        self._registry = registry

    async def model_of(self, agent: AgentOut) -> ModelRef | None:
        """Return the model that draws facts for the agent: its own, unless that is the trial model."""
        if agent.config.memory.remember is not Remember.FACTS:
            return None
        default = await self._ports.models.default()
        model = self._registry.make(agent, default).model
        return None if model.provider == self._ports.settings.trial_provider else model

    async def draw(
        self, model: ModelRef, said: Sequence[Said], calls: list[ModelCalled], *, is_last_try: bool
    ) -> Gathered:
        """Return the facts that the model draws; what the words themselves mark when it is of no use.

        `calls` is given each call. Raises LLMError or TimeoutError when another try may help.
        """
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                drawn = await draw_facts(self._llm, model, said, calls=calls)
        except (LLMError, TimeoutError) as error:
            kind = error.kind if isinstance(error, LLMError) else LLMErrorKind.TIMEOUT
            if kind not in _HOPELESS and not is_last_try:
                raise
            log.warning("no facts could be drawn", model=model.name, error=kind.value)
            metrics.count_remembered("failed", "facts")
            return Gathered(marked(said))
        drafts = grounded(said, drawn)
        return Gathered(drafts, Counter({"ungrounded": len(drawn) - len(drafts)}))

    async def judged(
        self, model: ModelRef, judged: Sequence[Judged], calls: list[ModelCalled]
    ) -> list[Judged]:
        """Return how facts stand to those like them, by the model where words don't tell. `calls` is given its call."""
        places = [
            (at, place)
            for at, one in enumerate(judged)
            if not any(verdict is Verdict.SAME for _, verdict in one.like)
            for place, (_, verdict) in enumerate(one.like)
            if verdict is Verdict.UNRELATED
        ]
        if not places:
            return list(judged)
        pairs = [
            (judged[at].draft.content, judged[at].like[place][0].content) for at, place in places
        ]
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                verdicts = await judge_facts(self._llm, model, pairs, calls=calls)
        except (LLMError, TimeoutError) as error:
            log.warning("facts are compared by their words alone", error=str(error) or "timeout")
            return list(judged)
        said = dict(zip(places, verdicts, strict=True))
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
