"""What an edit has changed, in words."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reznet.workflows.changes import sentence
from reznet.workflows.plan import OnFailure, Plan, PlanTask

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

A = PlanTask("a", "Design", "ada")
B = PlanTask("b", "API", "ben", depends_on=("a",))
C = PlanTask("c", "Tests", "cem", depends_on=("a", "b"))
BEFORE = Plan("Launch", (A, B, C))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (BEFORE, ""),
        (Plan("Start", (A, B, C)), "Renamed the plan to “Start”."),
        (
            Plan("Launch", (A, B, replace(C, depends_on=("b",)), PlanTask("d", "Deploy", "ada"))),
            "Added “Deploy”; “Tests” now waits for “API”.",
        ),
        (
            Plan("Launch", (A, replace(C, depends_on=("a",)))),
            "Removed “API”; “Tests” now waits for “Design”.",
        ),
        (Plan("Launch", (A, replace(B, depends_on=()), C)), "“API” now waits for nothing."),
        (Plan("Launch", (A, B, replace(C, depends_on=("b", "a")))), ""),
        (Plan("Launch", (A, replace(B, agent="ada"), C)), "“API” is now done by @ada."),
        (Plan("Launch", (A, replace(B, title="REST"), C)), "“API” is now called “REST”."),
        (
            Plan("Launch", (replace(A, description="x", expected_output="y"), B, C)),
            "Changed the description and the expected output of “Design”.",
        ),
        (
            Plan("Launch", (replace(A, on_failure=OnFailure.ASK), B, C)),
            "“Design” now has the failure policy “ask”.",
        ),
        (Plan("Launch", (B, A, C)), "Changed the order of the tasks."),
        (
            Plan("Launch", (A, B, C, *(PlanTask(f"t{n}", f"T{n}", "ada") for n in range(9)))),
            "Added “T0”, “T1”, “T2”, “T3” and 5 more.",
        ),
    ],
)
def test_each_change_has_its_words(after: Plan, said: str) -> None:
    assert sentence(BEFORE, after) == said


tasks = st.builds(
    PlanTask,
    key=st.sampled_from([f"k{n}" for n in range(12)]),
    title=st.text(min_size=1, max_size=200),
    agent=st.sampled_from(["ada", "ben"]),
    description=st.text(max_size=5),
    depends_on=st.lists(
        st.sampled_from([f"k{n}" for n in range(12)]), unique=True, max_size=6
    ).map(tuple),
)
plans = st.builds(
    Plan,
    title=st.text(min_size=1, max_size=200),
    tasks=st.lists(tasks, unique_by=lambda task: task.key, max_size=12).map(tuple),
)


@UNHURRIED
@given(plans, plans)
def test_something_is_said_exactly_when_something_changed(before: Plan, after: Plan) -> None:
    assert sentence(before, before) == ""
    said = sentence(before, after)
    same = before.title == after.title and [
        replace(task, depends_on=tuple(sorted(task.depends_on))) for task in before.tasks
    ] == [replace(task, depends_on=tuple(sorted(task.depends_on))) for task in after.tasks]
    assert (said == "") is same
    assert len(said) < 3_000
