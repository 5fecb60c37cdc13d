"""The plan that stands in for one that a model could not make."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from reznet.agents.planner.fallback import simple_plan
from reznet.schemas.agents import AgentConfig, AgentOut, Persona
from reznet.workflows.graph import problems_of


def agent(handle: str, role: str, *capabilities: str) -> AgentOut:
    now = datetime.now(UTC)
    return AgentOut(
        id=uuid4(),
        name=handle.title(),
        handle=handle,
        agent_type="custom",
        persona=Persona(role=role, capabilities=capabilities),
        config=AgentConfig(),
        is_active=True,
        is_custom=True,
        created_by="local-user",
        created_at=now,
        updated_at=now,
    )


LEAD = agent("orchestrator", "Team lead")
TEAM = [
    agent("backend", "Backend engineer", "databases"),
    agent("qa", "Quality engineer", "tests"),
    agent("writer", "Writes texts"),
]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("Hello there", [("orchestrator", "Hello there")]),
        ("Tune my database", [("backend", "Tune my database")]),
        (
            "1. model the database\n2) write texts",
            [("backend", "Model the database"), ("writer", "Write texts")],
        ),
        ("- @qa look\n- @writer tell", [("qa", "Look"), ("writer", "Tell")]),
        ("do 1. database work 2. testing", [("backend", "Database work"), ("qa", "Testing")]),
        (
            "model the database, then test it",
            [("backend", "Model the database"), ("qa", "Test it")],
        ),
        ("@qa check it and @writer tell of it", [("qa", "Check it"), ("writer", "Tell of it")]),
        ("@qa and @writer: look at this", [("qa", "Look at this"), ("writer", "Look at this")]),
        ("@nobody do it", [("orchestrator", "Do it")]),
        ("A plan for next week", [("orchestrator", "A plan for next week")]),
    ],
)
def test_steps_and_mentions_become_tasks_one_after_the_other(
    request_: str, expected: list[tuple[str, str]]
) -> None:
    plan = simple_plan(request_, [*TEAM, LEAD], LEAD)
    assert [(task.agent, task.title) for task in plan.tasks] == expected
    for before, after in zip(plan.tasks, plan.tasks[1:], strict=False):
        assert after.depends_on == (before.key,)
    assert problems_of(plan.tasks, {one.handle for one in [*TEAM, LEAD]}) == []
    assert plan == simple_plan(request_, [*TEAM, LEAD], LEAD)


@pytest.mark.parametrize(
    "request_", ["@", "1.", "- \n- ", "then", ",", "@@@", "\n", "x" * 30_000, "- a\n" * 5_000]
)
def test_any_request_makes_a_plan(request_: str) -> None:
    plan = simple_plan(request_, TEAM, LEAD)
    assert problems_of(plan.tasks, {one.handle for one in [*TEAM, LEAD]}) == []
    assert plan.title
    assert all(task.title for task in plan.tasks)
