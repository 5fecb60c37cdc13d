"""The system prompt of an agent."""

import datetime
from uuid import uuid4

from reznet.agents.persona import system_prompt
from reznet.schemas.agents import AgentConfig, AgentOut, Persona


def agent(**persona: object) -> AgentOut:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return AgentOut(
        id=uuid4(),
        name="Code Reviewer",
        handle="code-reviewer",
        agent_type="custom",
        persona=Persona.model_validate({"role": "a reviewer"} | persona),
        config=AgentConfig(),
        is_active=True,
        is_custom=True,
        created_by="local-user",
        created_at=moment,
        updated_at=moment,
    )


def test_everything_that_is_known_is_told_in_order() -> None:
    prompt = system_prompt(
        agent(goal="G.", backstory="B.", capabilities=("x", "y"), prompt="P."), "general", "K."
    )
    parts = [
        "You are Code Reviewer, a reviewer.",
        "Your goal: G.",
        "Background: B.",
        "x, y",
        "P.",
        "K.",
        '"general"',
    ]
    places = [prompt.index(part) for part in parts]
    assert places == sorted(places)


def test_what_is_empty_leaves_no_trace() -> None:
    prompt = system_prompt(agent(), "general")
    assert "Your goal" not in prompt
    assert "Background" not in prompt
    assert "\n\n\n" not in prompt


def test_marks_in_texts_of_users_mean_nothing() -> None:
    odd = "{name} {0} {{x}} %s %(a)d \\1 ${y} {channel}"
    prompt = system_prompt(agent(goal=odd, prompt=odd), "a {channel} %s")
    assert prompt.count(odd) == 2
    assert '"a {channel} %s"' in prompt
