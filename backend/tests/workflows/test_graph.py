"""What makes tasks a plan: random graphs with and without defects, and their levels."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reznet.workflows.graph import MAX_DEPTH, cycle_in, cycle_text, levels, problems_of
from reznet.workflows.plan import MAX_TASKS, PlanTask

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

AGENTS = ("coder", "researcher", "tester")


def task(key: str, *needs: str, agent: str = "coder") -> PlanTask:
    return PlanTask(key=key, title=key, agent=agent, depends_on=needs)


def ring(size: int, prefix: str = "r") -> list[PlanTask]:
    return [task(f"{prefix}{one}", f"{prefix}{(one + 1) % size}") for one in range(size)]


def chain(size: int) -> list[PlanTask]:
    return [task(f"c{one}", *([f"c{one - 1}"] if one else [])) for one in range(size)]


@st.composite
def graphs(draw: st.DrawFn, largest: int = 40) -> list[PlanTask]:
    """Return tasks that each need some of those before them, in any order."""
    count = draw(st.integers(1, largest))
    tasks: list[PlanTask] = []
    for index in range(count):
        # From the last few only, so that chains get long, but not too long.
        near = st.integers(max(0, index - 12), index - 1) if index else st.nothing()
        needs = draw(st.sets(near, max_size=4)) if index else set()
        tasks.append(task(f"k{index}", *(f"k{one}" for one in sorted(needs))))
    return draw(st.permutations(tasks))


@UNHURRIED
@given(graphs())
def test_a_graph_without_defects_is_a_plan(tasks: list[PlanTask]) -> None:
    assert cycle_in(tasks) == ()
    assert problems_of(tasks, AGENTS) == []


@UNHURRIED
@given(graphs())
def test_levels_hold_each_task_once_after_what_it_needs(tasks: list[PlanTask]) -> None:
    found = levels(tasks)
    level_of = {key: number for number, level in enumerate(found) for key in level}
    assert sorted(key for level in found for key in level) == sorted(one.key for one in tasks)
    for one in tasks:
        needed = [level_of[key] for key in one.depends_on]
        assert level_of[one.key] == (max(needed) + 1 if needed else 0)


@UNHURRIED
@given(graphs(), st.integers(2, 12), st.data())
def test_a_cycle_is_found_and_named(tasks: list[PlanTask], size: int, data: st.DataObject) -> None:
    # A ring that tasks of the graph wait for, and that waits for others of it.
    extra = ring(size)
    behind = data.draw(st.integers(0, len(tasks) - 1))
    tasks[behind] = replace(tasks[behind], depends_on=(*tasks[behind].depends_on, "r0"))
    everything = data.draw(st.permutations([*tasks, *extra]))
    found = cycle_in(everything)
    assert len(found) == size + 1
    assert found[0] == found[-1]
    needs = {one.key: one.depends_on for one in everything}
    assert all(after in needs[key] for key, after in pairwise(found))
    (problem,) = problems_of(everything, AGENTS)
    place = int(problem.field.split(".")[1])
    assert everything[place].key == found[0]
    assert problem.message == f"tasks wait for each other: {cycle_text(found)}"


@UNHURRIED
@given(graphs(20), st.data())
def test_an_edge_back_closes_a_shortest_cycle(tasks: list[PlanTask], data: st.DataObject) -> None:
    needs = {one.key: set(one.depends_on) for one in tasks}
    start = data.draw(st.sampled_from([one.key for one in tasks]))
    distance = {start: 0}
    left = [start]
    for key in left:
        for other in sorted(needs[key] - distance.keys()):
            distance[other] = distance[key] + 1
            left.append(other)
    end = data.draw(st.sampled_from(left))
    closed = [
        replace(one, depends_on=tuple({*one.depends_on, start})) if one.key == end else one
        for one in tasks
    ]
    found = cycle_in(closed)
    if end == start:
        assert found == ()
        assert "can't wait for itself" in problems_of(closed, AGENTS)[0].message
    else:
        # Each cycle goes over the one edge that points back.
        assert len(found) - 2 == distance[end]


@UNHURRIED
@given(graphs(), st.data())
def test_each_defect_is_told_at_its_place(tasks: list[PlanTask], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(tasks) - 1))
    defect = data.draw(st.sampled_from(["self", "unknown", "agent", "twice", "many"]))
    one = tasks[place]
    match defect:
        case "self":
            tasks[place] = replace(one, depends_on=(*one.depends_on, one.key))
            field, words = "depends_on", "can't wait for itself"
        case "unknown":
            tasks[place] = replace(one, depends_on=(*one.depends_on, "elsewhere"))
            field, words = "depends_on", "“elsewhere”, which the plan does not have"
        case "agent":
            tasks[place] = replace(one, agent="codre")
            field, words = "agent", "did you mean @coder?"
        case "twice":
            tasks.append(replace(one, depends_on=()))
            place, field, words = len(tasks) - 1, "key", f"as that of task {place + 1}"
        case _:
            tasks[place] = replace(one, depends_on=tuple(f"z{n}" for n in range(21)))
            field, words = "depends_on", "at most 20"
    problems = [one for one in problems_of(tasks, AGENTS) if words in one.message]
    assert [problem.field for problem in problems] == [f"tasks.{place}.{field}"]


def test_sizes_at_their_limits() -> None:
    assert problems_of([], AGENTS)[0].field == "tasks"
    wide = [task(f"w{one}") for one in range(MAX_TASKS)]
    assert problems_of(wide, AGENTS) == []
    (problem,) = problems_of([*wide, task("more")], AGENTS)
    assert problem.message == "a plan has 1 to 100 tasks, and this one has 101"
    assert problems_of(chain(MAX_DEPTH), AGENTS) == []
    (problem,) = problems_of(chain(MAX_DEPTH + 1), AGENTS)
    assert problem.message == "51 tasks wait for one another in a row; at most 50 may"
    assert len(levels(chain(5_000))) == 5_000


@pytest.mark.parametrize("size", [2, 3, 50, 100])
def test_a_ring_is_named_in_bounded_words(size: int) -> None:
    found = cycle_in(ring(size))
    assert len(found) == size + 1
    assert len(cycle_text(found)) < 120
    (problem,) = problems_of(ring(size), AGENTS)
    assert problem.field == "tasks.0.depends_on"


def test_the_shortest_of_several_cycles_is_told() -> None:
    tasks = [*ring(9, "a"), *ring(4, "b"), *ring(6, "c"), task("behind", "a0", "b0")]
    assert cycle_in(tasks) == ("b0", "b1", "b2", "b3", "b0")


def test_a_task_that_waits_for_itself_is_no_cycle_of_others() -> None:
    (problem,) = problems_of([task("a", "a"), task("b", "a")], AGENTS)
    assert problem.message == "“a” can't wait for itself (a → a)"


def test_unknown_names_are_compared_a_bounded_number_of_times() -> None:
    handles = [f"agent-{number}" for number in range(500)]
    tasks = [task(f"t{one}", agent=f"agnt-{one}") for one in range(100)]
    problems = problems_of(tasks, handles)
    assert len(problems) == 100
    assert sum("did you mean" in problem.message for problem in problems) <= 10
