"""What happens next in a plan, on made examples and on random graphs with random ends."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reznet.workflows.plan import NodeStatus, OnFailure, Plan, PlanTask
from reznet.workflows.steps import (
    SKIPPED_BY_A_PERSON,
    Limits,
    NodeState,
    Steps,
    Verdict,
    next_steps,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
AGENTS = ("ada", "ben", "cem")
PROVIDERS = {"ada": "openai", "ben": "openai", "cem": "ollama"}
PENDING, READY, RUNNING = NodeStatus.PENDING, NodeStatus.READY, NodeStatus.RUNNING
COMPLETED, FAILED, CANCELLED = NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.CANCELLED
SKIPPED = NodeStatus.SKIPPED


def plan(*tasks: str, on_failure: OnFailure = OnFailure.SKIP) -> Plan:
    """Return a plan of tasks written as `key`, or `key<other,another` for what it depends on."""
    made: list[PlanTask] = []
    for text in tasks:
        key, _, needs = text.partition("<")
        depends_on = tuple(needs.split(",")) if needs else ()
        made.append(PlanTask(key, key, "ada", depends_on=depends_on, on_failure=on_failure))
    return Plan("A plan", tuple(made))


NO_LIMITS = Limits()


def after(a_plan: Plan, limits: Limits = NO_LIMITS, /, **statuses: NodeStatus) -> Steps:
    states = {key: NodeState(status) for key, status in statuses.items()}
    return next_steps(a_plan, states, limits, NOW)


def test_tasks_start_in_the_order_of_the_plan_once_what_they_need_is_done() -> None:
    diamond = plan("c<a,b", "a", "b", "d<c")
    assert after(diamond).start == ("a", "b")
    assert after(diamond, a=COMPLETED, b=RUNNING).start == ()
    assert after(diamond, a=COMPLETED, b=COMPLETED).start == ("c",)
    last = after(diamond, a=COMPLETED, b=COMPLETED, c=COMPLETED, d=COMPLETED)
    assert (last.start, last.verdict) == ((), Verdict.COMPLETED)


def test_limits_count_what_is_active_already() -> None:
    wide = plan("a", "b", "c", "d")
    assert after(wide, Limits(workflow=3), a=RUNNING).start == ("b", "c")
    assert after(wide, Limits(agent=2), a=READY).start == ("b",)
    on_openai = Limits(provider=1, providers=PROVIDERS)
    assert after(wide, on_openai).start == ("a",)
    assert after(wide, on_openai, a=RUNNING).start == ()


def test_failure_skips_what_depends_on_it_and_lets_the_others_go_on() -> None:
    branches = plan("a", "b<a", "c<b", "d")
    steps = after(branches, a=FAILED, d=RUNNING)
    assert [key for key, _ in steps.skip] == ["b", "c"]
    assert dict(steps.skip) == {
        "b": "Needs 'a', which failed.",
        "c": "Needs 'b', which was skipped.",
    }
    assert steps.verdict is Verdict.GOING
    over = after(branches, a=FAILED, b=SKIPPED, c=SKIPPED, d=COMPLETED)
    assert over.verdict is Verdict.FAILED


def test_failure_that_ends_the_workflow_lets_running_ones_end_and_starts_nothing() -> None:
    strict = plan("a", "b", "c", "d<c", on_failure=OnFailure.FAIL)
    steps = after(strict, a=FAILED, b=RUNNING, c=READY)
    assert (steps.start, steps.withdraw, steps.verdict) == ((), ("c",), Verdict.GOING)
    over = after(strict, a=FAILED, b=COMPLETED, c=PENDING)
    assert dict(over.skip).keys() == {"c", "d"}
    assert over.verdict is Verdict.FAILED


def test_failure_to_be_decided_holds_what_depends_on_it_until_a_person_speaks() -> None:
    asking = plan("a", "b<a", "c", on_failure=OnFailure.ASK)
    assert after(asking, a=FAILED).start == ("c",)
    assert after(asking, a=FAILED, c=RUNNING).verdict is Verdict.GOING
    held = after(asking, a=FAILED, c=COMPLETED)
    assert (held.start, held.skip, held.verdict) == ((), (), Verdict.DECISION)
    skipped = NodeState(SKIPPED, reason=SKIPPED_BY_A_PERSON)
    states = {"a": skipped, "c": NodeState(COMPLETED)}
    assert next_steps(asking, states, Limits(), NOW).start == ("b",)
    states["b"] = NodeState(COMPLETED)
    assert next_steps(asking, states, Limits(), NOW).verdict is Verdict.COMPLETED


def test_retry_waits_for_its_time() -> None:
    later = NOW + timedelta(seconds=3)
    states = {"a": NodeState(PENDING, attempts=1, retry_at=later)}
    steps = next_steps(plan("a"), states, Limits(), NOW)
    assert (steps.start, steps.wait_until, steps.verdict) == ((), later, Verdict.GOING)
    assert next_steps(plan("a"), states, Limits(), later).start == ("a",)


@pytest.mark.parametrize(
    "tasks", [("a<b", "b<a"), ("a<a",), ("a", "b<a,d", "c<b", "d<c"), ("a<gone",)]
)
def test_run_of_a_plan_that_can_not_be_ends_all_the_same(tasks: tuple[str, ...]) -> None:
    run = Run(plan(*tasks), Limits(), random.Random(1))
    run.to_the_end()
    assert run.verdict is Verdict.FAILED


@dataclass
class Run:
    """Carries steps out on states alone, with ends that a generator decides."""

    plan: Plan
    limits: Limits
    chance: random.Random
    fails: float = 0.0
    states: dict[str, NodeState] = field(default_factory=dict)
    started: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = Verdict.GOING
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.states = {task.key: NodeState() for task in self.plan.tasks}
        self.by_key = {task.key: task for task in self.plan.tasks}

    def to_the_end(self) -> None:
        for _ in range(50 * len(self.plan.tasks) + 50):
            steps = next_steps(self.plan, self.states, self.limits, self.now)
            assert steps == next_steps(self.plan, dict(self.states), self.limits, self.now)
            self._carry_out(steps)
            self._check_limits()
            if steps.withdraw:
                continue
            if steps.verdict in {Verdict.COMPLETED, Verdict.FAILED}:
                self.verdict = steps.verdict
                return
            if steps.verdict is Verdict.DECISION:
                self._decide()
            elif active := [key for key, state in self.states.items() if state.is_active]:
                self._end(self.chance.choice(active))
            else:
                assert steps.wait_until is not None
                self.now = steps.wait_until
        raise AssertionError("it does not end")

    def _carry_out(self, steps: Steps) -> None:
        for key, reason in steps.skip:
            assert self.states[key].status is PENDING
            self.states[key] = NodeState(SKIPPED, reason=reason)
        for key in steps.withdraw:
            assert self.states[key].status is READY
            self.started[key] -= 1
            self.states[key] = replace(self.states[key], status=PENDING)
        for key in steps.start:
            state = self.states[key]
            assert state.status is PENDING
            assert all(self.states[needed].is_done for needed in self.by_key[key].depends_on)
            assert state.retry_at is None or state.retry_at <= self.now
            self.started[key] += 1
            status = self.chance.choice([READY, RUNNING])
            self.states[key] = NodeState(status, state.attempts + 1)

    def _check_limits(self) -> None:
        active = [self.by_key[key] for key, state in self.states.items() if state.is_active]
        of_agent = Counter(task.agent for task in active)
        of_provider = Counter(PROVIDERS[task.agent] for task in active)
        assert not self.limits.workflow or len(active) <= self.limits.workflow
        assert not self.limits.agent or all(n <= self.limits.agent for n in of_agent.values())
        if self.limits.provider:
            assert all(n <= self.limits.provider for n in of_provider.values())

    def _end(self, key: str) -> None:
        state = self.states[key]
        if self.chance.random() >= self.fails:
            self.states[key] = NodeState(COMPLETED, state.attempts)
        elif self.chance.random() < 0.2:
            self.states[key] = NodeState(CANCELLED, state.attempts)
        elif state.attempts < 3 and self.chance.random() < 0.5:
            self.retried[key] += 1
            at = self.now + timedelta(seconds=self.chance.randint(0, 5))
            self.states[key] = NodeState(PENDING, state.attempts, retry_at=at)
        else:
            self.states[key] = NodeState(FAILED, state.attempts)

    def _decide(self) -> None:
        key = self.chance.choice(
            [
                task.key
                for task in self.plan.tasks
                if self.states[task.key].has_failed and task.on_failure is OnFailure.ASK
            ]
        )
        if self.chance.random() < 0.5 and self.retried[key] < 5:
            self.retried[key] += 1
            self.states[key] = NodeState()
        else:
            self.states[key] = NodeState(SKIPPED, reason=SKIPPED_BY_A_PERSON)


@st.composite
def graphs(draw: st.DrawFn) -> Plan:
    """Return a random acyclic plan, its tasks in any order."""
    number = draw(st.integers(1, 14))
    policies = st.sampled_from(OnFailure)
    tasks = [
        PlanTask(
            f"t{index}",
            f"Task {index}",
            draw(st.sampled_from(AGENTS)),
            depends_on=tuple(
                f"t{other}"
                for other in draw(st.lists(st.integers(0, index - 1), max_size=3, unique=True))
            )
            if index
            else (),
            on_failure=draw(policies),
        )
        for index in range(number)
    ]
    return Plan("Random", tuple(draw(st.permutations(tasks))))


limits = st.builds(
    Limits,
    workflow=st.integers(0, 4),
    agent=st.integers(0, 2),
    provider=st.integers(0, 2),
    providers=st.just(PROVIDERS),
)


@settings(deadline=None, max_examples=300)
@given(graphs(), limits, st.randoms(use_true_random=False))
def test_whatever_graph_without_failures_runs_each_task_once_and_completes(
    a_plan: Plan, some_limits: Limits, chance: random.Random
) -> None:
    run = Run(a_plan, some_limits, chance)
    run.to_the_end()
    assert run.verdict is Verdict.COMPLETED
    assert run.started == Counter(task.key for task in a_plan.tasks)


@settings(deadline=None, max_examples=500)
@given(graphs(), limits, st.randoms(use_true_random=False), st.sampled_from([0.2, 0.6, 1.0]))
def test_whatever_graph_with_failures_and_cancels_ends_rightly(
    a_plan: Plan, some_limits: Limits, chance: random.Random, fails: float
) -> None:
    run = Run(a_plan, some_limits, chance, fails)
    run.to_the_end()
    assert all(state.status.is_final for state in run.states.values())
    for task in a_plan.tasks:
        assert run.started[task.key] <= 1 + run.retried[task.key]
        if run.states[task.key].status is COMPLETED:
            assert run.started[task.key] >= 1
            assert all(run.states[needed].is_done for needed in task.depends_on)
    all_done = all(state.is_done for state in run.states.values())
    assert (run.verdict is Verdict.COMPLETED) == all_done
    # Once over, it stays over, and asks for nothing more.
    again = next_steps(a_plan, run.states, some_limits, run.now)
    assert (again.start, again.skip, again.withdraw) == ((), (), ())
    assert again.verdict is run.verdict


@settings(deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_what_may_start_only_grows_when_one_more_task_completes(
    a_plan: Plan, chance: random.Random
) -> None:
    states: dict[str, NodeState] = {}
    open_to_start: set[str] = set()
    while True:
        steps = next_steps(a_plan, states, Limits(), NOW)
        assert open_to_start - states.keys() <= set(steps.start)
        open_to_start = set(steps.start)
        if not steps.start:
            break
        states[chance.choice(steps.start)] = NodeState(COMPLETED)
    assert steps.verdict is Verdict.COMPLETED
