"""Answers in a given form, and answers that need tools."""

import json
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Field

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import (
    Finished,
    LLMError,
    LLMErrorKind,
    ModelRef,
    TextDelta,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.support.upstream import FakeUpstream

PROVIDERS = ("openai", "anthropic", "ollama")


class Plan(BaseModel):
    """A plan."""

    title: str = Field(min_length=1)
    steps: list[str]


GOOD = {"title": "Ship", "steps": ["build", "test"]}


def planned(provider: str, value: object) -> ModelRef:
    """Return a model that answers with the value, as the provider would give it."""
    encoded = quote(json.dumps(value, separators=(",", ":")))
    kind = f"tool=final_result;args={encoded}" if provider == "anthropic" else f"text={encoded}"
    return ModelRef(provider, f"fake;{kind}")


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_answer_in_a_given_form(client: LLMClient, provider: str) -> None:
    result = await client.generate("plan", model=planned(provider, GOOD), output=Plan)
    assert result.output == Plan(title="Ship", steps=["build", "test"])
    assert result.finish == "stop"
    assert result.usage.output_tokens > 0


@pytest.mark.parametrize("provider", ["openai", "ollama"])
async def test_a_form_that_does_not_fit_is_asked_for_again_and_then_refused(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    with pytest.raises(LLMError) as caught:
        await client.generate("plan", model=planned(provider, {"title": ""}), output=Plan)
    assert caught.value.kind is LLMErrorKind.OUTPUT
    assert upstream.stats()["requests"] == 3


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_passing_failures_of_a_plan_are_outlived(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    model = planned(provider, GOOD)
    failing = ModelRef(provider, f"{model.name};fail=503;times=2;key=p")
    result = await client.generate("plan", model=failing, output=Plan)
    assert result.output.title == "Ship"
    assert len(result.calls) == 3


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_tool_is_called_and_its_answer_used(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    asked: list[str] = []

    async def get_time(tz: str) -> str:
        """Return the time in a time zone."""
        asked.append(tz)
        return "it is noon"

    model = ModelRef(provider, f"fake;n=3;tool=get_time;args={quote(json.dumps({'tz': 'UTC'}))}")
    text, finished = "", None
    async with client.stream("time?", model=model, tools=[get_time]) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                text += event.text
            if isinstance(event, Finished):
                finished = event
    assert asked == ["UTC"]
    assert text == "alpha beta gamma"
    assert finished is not None
    assert (finished.finish, finished.usage.requests) == ("stop", 2)
    assert "it is noon" in json.dumps(upstream.requests()[-1]["body"])


async def test_what_a_tool_did_is_not_done_again(
    client: LLMClient, upstream: FakeUpstream
) -> None:
    done: list[int] = []

    def pay() -> str:
        """Pay."""
        done.append(1)
        return "paid"

    upstream.script("pay", [{"tool": "pay"}, {"fail": "500"}])
    with pytest.raises(LLMError) as caught:
        await client.generate("pay", model=ModelRef("openai", "fake;script=pay"), tools=[pay])
    assert caught.value.kind is LLMErrorKind.SERVER
    assert done == [1]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_earlier_tool_calls_are_told_with_their_results(
    client: LLMClient, upstream: FakeUpstream, provider: str
) -> None:
    turns = [
        Turn("user", "look"),
        Turn("assistant", "", (ToolCall("c1", "look", '{"at": 1}'),)),
        Turn("user", "and now?", (), (ToolResult("c1", "look", "found it"),)),
    ]
    result = await client.generate(turns, model=ModelRef(provider, "fake"))
    assert result.finish == "stop"
    sent = json.dumps(upstream.requests()[0]["body"]["messages"])
    assert sent.index("c1") < sent.index("found it") < sent.index("and now?")
