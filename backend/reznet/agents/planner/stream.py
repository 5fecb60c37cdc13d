"""An answer that may be a plan, while it comes: one call of a model, and one more where its plan must be mended."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from reznet.agents.llm_types import (
    Finish,
    Finished,
    LLMClient,
    LLMError,
    LLMErrorKind,
    ModelCalled,
    ModelRef,
    Restarted,
    Shape,
    StreamEvent,
    TextDelta,
    Turn,
    Usage,
)
from reznet.agents.planner import prompt
from reznet.agents.planner.checking import Checked, check
from reznet.agents.planner.fallback import simple_plan
from reznet.agents.planner.live import PLANNING, LiveText
from reznet.agents.planner.outcome import AgentEvent, Concluded
from reznet.agents.planner.refusal import refusal_of
from reznet.schemas.agents import AgentOut
from reznet.schemas.runs import ProposedPlan

SIMPLE_PLAN = (
    "{name} could not make a plan; this is a simple one that RezNet made from your request. "
    "Change it as you like before you start it."
)
_MENDING = "\n\n_The plan can't be run as it is; asking for a better one…_\n"
_GOOD: frozenset[Finish] = frozenset({"stop", "length"})


@dataclass(frozen=True, slots=True)
class PlanCall:
    """What a plan is made of: the planner, who may be given tasks, the request, and how a model is asked.

    `turns` returns the conversation that fits beside so many tokens that are added to it.
    """

    planner: AgentOut
    agents: Sequence[AgentOut]
    request: str
    model: ModelRef
    system: str
    turns: Callable[[int], Sequence[Turn]]
    shape: Shape
    is_asked: bool
    room: int  # tokens that a plan may take when it is shown to the model again
    is_weak: bool  # the model is small: what it can't do is done for it
    is_hopeless: bool = False  # it is not even asked


@runtime_checkable
class Stoppable(Protocol):
    """A stream that can be told to end, and that knows its calls."""

    calls: Sequence[ModelCalled]

    def cancel(self) -> None:
        """End the stream soon."""
        ...


class PlanStream(AsyncIterator[AgentEvent]):
    """The events of an answer that may become a plan; `Concluded` comes right before `Finished`.

    Raises LLMError while being read, like `LLMClient.stream`.
    """

    def __init__(self, llm: LLMClient, call: PlanCall) -> None:
        self._llm = llm
        self._call = call
        self._inner: Stoppable | None = None
        self._before: list[ModelCalled] = []
        self._stopped = False
        self._text = ""
        self._finished: Finished | None = None
        self._events = self._run()

    @property
    def calls(self) -> Sequence[ModelCalled]:
        """The calls so far, the one that goes on or was broken off included."""
        return [*self._before, *(self._inner.calls if self._inner is not None else ())]

    def cancel(self) -> None:
        """Stop: the stream ends with `Finished("cancelled")`."""
        self._stopped = True
        if self._inner is not None:
            self._inner.cancel()

    async def aclose(self) -> None:
        """Close the connection of the call that goes on."""
        await self._events.aclose()

    async def __anext__(self) -> AgentEvent:
        return await anext(self._events)

    async def _run(self) -> AsyncGenerator[AgentEvent]:
        call = self._call
        if call.is_hopeless:
            yield TextDelta(PLANNING)
            yield self._simple()
            yield Finished("stop", call.model.provider, call.model.name, Usage())
            return
        live = LiveText(only_plan=call.is_asked)
        shape = call.shape if call.is_asked else None
        async with aclosing(self._ask(call.turns(0), live, shape)) as events:
            async for event in events:
                yield event
        assert self._finished is not None  # noqa: S101 - an answer ends with it, or raises
        if self._finished.finish not in _GOOD:
            yield self._finished
            return
        checked = self._check()
        if not (call.is_asked or live.is_plan):
            if rest := live.rest():
                yield TextDelta(rest)
            yield self._finished
            return
        if checked.plan is None and not self._stopped:
            yield TextDelta(_MENDING)
            turns, live = self._mending(checked), LiveText(only_plan=True)
            async with aclosing(self._ask(turns, live, call.shape)) as events:
                async for event in events:
                    yield event
            if self._finished.finish in _GOOD:
                intro, checked = checked.intro, self._check()
                checked = replace(checked, intro=intro)
        if self._stopped or self._finished.finish not in _GOOD:
            yield self._finished
            return
        yield self._conclude(checked)
        # A plan that is whole is a good end, whatever the model went on to say.
        yield replace(self._finished, finish="stop")

    async def _ask(
        self, turns: Sequence[Turn], live: LiveText, shape: Shape | None
    ) -> AsyncGenerator[StreamEvent]:
        """Yield the events of one call with the text that is to be shown; its end stays in `_finished`."""
        try:
            async with aclosing(self._read(turns, live, shape)) as events:
                async for event in events:
                    yield event
        except LLMError as error:
            # Some servers refuse any request that names a form; the prompt tells it, too.
            if shape is None or error.kind is not LLMErrorKind.REJECTED or self._text:
                raise
            async with aclosing(self._read(turns, live, None)) as events:
                async for event in events:
                    yield event

    async def _read(
        self, turns: Sequence[Turn], live: LiveText, shape: Shape | None
    ) -> AsyncGenerator[StreamEvent]:
        self._text, self._finished = "", None
        pieces: list[str] = []
        opened = self._llm.stream(
            tuple(turns), system=self._call.system, model=self._call.model, shape=shape
        )
        try:
            async with opened as stream:
                # What a client returns can be stopped and knows its calls; what tests make need not.
                self._inner = stream if isinstance(stream, Stoppable) else None
                if self._stopped and self._inner is not None:
                    self._inner.cancel()
                async for event in stream:
                    match event:
                        case TextDelta(text):
                            pieces.append(text)
                            if shown := live.add(text):
                                yield TextDelta(shown)
                        case Restarted():
                            pieces.clear()
                            live.restart()
                            yield event
                        case Finished():
                            self._finished = event
                        case ModelCalled():
                            yield event
        finally:
            # After the block, since leaving it accounts for a call that was broken off.
            self._text = "".join(pieces)
            if self._inner is not None:
                self._before += self._inner.calls
                self._inner = None

    def _check(self) -> Checked:
        assert self._finished is not None  # noqa: S101 - called when a call is over
        everybody = [*self._call.agents, self._call.planner]
        return check(
            self._text,
            everybody,
            request=self._call.request,
            ended_early=self._finished.finish == "length",
        )

    def _mending(self, checked: Checked) -> list[Turn]:
        call = self._call
        told = prompt.repair(checked.problems, call.agents, broke_off=checked.broke_off)
        again = prompt.retold(self._text, call.room)
        added = [Turn("assistant", again), Turn("user", told)]
        return [*call.turns(prompt.cost(added)), *added]

    def _conclude(self, checked: Checked) -> Concluded:
        call = self._call
        intro = "" if call.is_asked else checked.intro
        if checked.plan is not None:
            return Concluded(ProposedPlan(checked.plan, intro=intro))
        if call.is_weak or not (checked.is_legible or checked.broke_off):
            return self._simple()
        return Concluded(None, refusal_of(checked, call.model.max_tokens))

    def _simple(self) -> Concluded:
        call = self._call
        plan = simple_plan(call.request, call.agents, call.planner)
        return Concluded(ProposedPlan(plan, notice=SIMPLE_PLAN.format(name=call.planner.name)))
