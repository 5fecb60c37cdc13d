"""The stream of an answer that may be a plan, against a fake service."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import Finished, LLMError, ModelRef, Restarted, TextDelta, Turn
from reznet.agents.local_model import TRIAL_MODEL
from reznet.agents.planner.outcome import Concluded
from reznet.agents.planner.shape import shape_of
from reznet.agents.planner.stream import PlanCall, PlanStream
from tests.agents.test_simple_plan import LEAD, TEAM
from tests.support.plans import CYCLE, GOOD, fenced, task
from tests.support.upstream import FakeUpstream

HANDLES = [agent.handle for agent in TEAM]
MINE = GOOD.replace('"devops"', '"writer"')


def call(model: str = "fake;script=plan", **changes: Any) -> PlanCall:
    made = PlanCall(
        planner=LEAD,
        agents=TEAM,
        request="1. model the database\n2. tests",
        model=ModelRef("openai", model),
        system="Plan.",
        turns=lambda _: [Turn("user", "plan it")],
        shape=shape_of(HANDLES),
        is_asked=True,
        room=500,
        is_weak=False,
    )
    return replace(made, **changes)


@dataclass
class Heard:
    """What came of a stream."""

    text: str = ""
    concluded: Concluded | None = None
    finish: str = ""
    restarts: int = 0
    calls: list[str] = field(default_factory=list[str])

    @property
    def keys(self) -> list[str]:
        assert self.concluded is not None
        assert self.concluded.plan is not None
        return [one.key for one in self.concluded.plan.plan.tasks]


async def heard(client: LLMClient, asked: PlanCall, *, stop_after: int = 0) -> Heard:
    found = Heard()
    stream = PlanStream(client, asked)
    try:
        async for event in stream:
            match event:
                case TextDelta(text):
                    found.text += text
                    if stop_after and len(found.text) >= stop_after:
                        stream.cancel()
                case Restarted():
                    found.text, found.restarts = "", found.restarts + 1
                case Concluded():
                    assert not found.finish
                    found.concluded = event
                case Finished(finish):
                    found.finish = finish
                case _:
                    pass
    finally:
        await stream.aclose()
        found.calls = [one.model for one in stream.calls]
    return found


async def test_weak_model_gets_a_simple_plan_where_another_is_refused(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    upstream.script("plan", [{"text": CYCLE}])
    strong = await heard(client, call())
    weak = await heard(client, call(is_weak=True))
    assert strong.concluded is not None
    assert strong.concluded.refusal is not None
    assert strong.concluded.plan is None
    assert weak.keys == ["step-1", "step-2"]
    assert len(strong.calls) == len(weak.calls) == 2


async def test_hopeless_model_is_not_asked(client: LLMClient, upstream: FakeUpstream) -> None:
    found = await heard(client, call(TRIAL_MODEL, is_weak=True, is_hopeless=True))
    assert found.keys == ["step-1", "step-2"]
    assert (found.finish, found.calls) == ("stop", [])
    assert upstream.stats().get("requests", 0) == 0


async def test_other_model_that_takes_over_begins_the_plan_anew(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    upstream.script("first", [{"text": MINE, "fail": "reset_mid", "at": 12}])
    upstream.script("second", [{"text": MINE}])
    chain = ModelRef(
        "openai", "fake;script=first", fallbacks=(ModelRef("openai", "fake;script=second"),)
    )
    found = await heard(client, replace(call(), model=chain))
    assert found.restarts == 1
    assert found.keys == ["research", "write", "ship"]
    assert found.text.count("Do research") == 1
    assert found.calls[-1] == "fake;script=second"


@pytest.mark.parametrize("is_asked", [True, False])
async def test_stop_in_the_first_or_second_call_ends_without_a_plan(
    client: LLMClient, upstream: FakeUpstream, is_asked: bool
) -> None:
    bad = CYCLE if is_asked else f"So\n```plan\n{CYCLE}\n```"
    slow = {"text": MINE, "rate": 20}
    upstream.script("plan", [slow])
    first = await heard(client, call(), stop_after=5)
    assert (first.finish, first.concluded) == ("cancelled", None)
    assert len(first.calls) == 1
    upstream.script("plan", [{"text": bad}, slow])
    second = await heard(client, call(is_asked=is_asked), stop_after=130)
    assert (second.finish, second.concluded) == ("cancelled", None)
    assert len(second.calls) == 2


async def test_failure_of_the_second_call_is_that_of_the_answer(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    upstream.script("plan", [{"text": CYCLE}, {"fail": "401"}])
    with pytest.raises(LLMError):
        await heard(client, call())


async def test_direct_answer_passes_as_it_is(client: LLMClient, upstream: FakeUpstream) -> None:
    text = "Use `x`:\n\n```python\nx = {}\n```\nand\n{so on"
    upstream.script("plan", [{"text": text, "size": 2}])
    found = await heard(client, call(is_asked=False))
    assert (found.text, found.concluded, found.finish) == (text, None, "stop")
    (sent,) = upstream.requests()
    assert "response_format" not in sent["body"]


async def test_plan_that_is_whole_counts_although_the_model_went_on_to_its_limit(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    text = fenced(task("a", agent="qa")) + "And now I go on and on"
    upstream.script("plan", [{"text": text, "fail": "length"}])
    found = await heard(client, call(is_asked=False))
    assert found.keys == ["a"]
    assert found.finish == "stop"
    assert found.concluded is not None
    assert found.concluded.plan is not None
    assert found.concluded.plan.intro == "I split this up."
