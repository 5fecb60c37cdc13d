"""What happens next in the run of a plan: which tasks start, which are skipped, and whether it is over. Pure.

The same plan, states, limits and time always give the same steps. Whoever carries them out stores the new
states and asks again when a task has ended or a time has come.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reznet.workflows.plan import NodeStatus, OnFailure, Plan, PlanTask

# The reason of a task that a person left out. It counts as accepted: what depends on it runs without it.
SKIPPED_BY_A_PERSON = "A person skipped it."


@dataclass(frozen=True, slots=True)
class NodeState:
    """Where a task is. `retry_at`: a pending one must not start before. `reason`: why it was skipped."""

    status: NodeStatus = NodeStatus.PENDING
    attempts: int = 0
    retry_at: datetime | None = None
    reason: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it has been started and has not ended: it takes up room of the limits."""
        return self.status in {NodeStatus.READY, NodeStatus.RUNNING}

    @property
    def is_done(self) -> bool:
        """Whether what depends on it may go on."""
        return self.status is NodeStatus.COMPLETED or self._is_accepted

    @property
    def is_broken(self) -> bool:
        """Whether it has ended without what depends on it being able to go on."""
        return self.status.is_final and not self.is_done

    @property
    def has_failed(self) -> bool:
        """Whether it ended badly itself, and was not skipped because of another one."""
        return self.status in {NodeStatus.FAILED, NodeStatus.CANCELLED}

    @property
    def _is_accepted(self) -> bool:
        return self.status is NodeStatus.SKIPPED and self.reason == SKIPPED_BY_A_PERSON


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tasks may be active at once: of the workflow, of an agent, and on a provider; 0 is no limit.

    `providers` tells the provider of an agent's model, by the agent's handle.
    """

    workflow: int = 0
    agent: int = 0
    provider: int = 0
    providers: Mapping[str, str] = field(default_factory=dict[str, str])


class Verdict(StrEnum):
    """What the run comes to after the steps."""

    GOING = "going"  # something is active, starts now, or waits for its time
    DECISION = "decision"  # a person has to say what becomes of a failed task
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do now. `skip` holds keys with reasons; `withdraw` are started ones that must not begin.

    After a withdrawal there may be more to do, so ask again with the withdrawn ones pending.
    `wait_until` is the next moment at which something can start by itself.
    """

    start: tuple[str, ...]
    skip: tuple[tuple[str, str], ...]
    withdraw: tuple[str, ...]
    wait_until: datetime | None
    verdict: Verdict


def next_steps(
    plan: Plan, states: Mapping[str, NodeState], limits: Limits, now: datetime
) -> Steps:
    """Return the steps from here; a task without a state is pending.

    Tasks start in the order of the plan, as many as the limits allow, each once all that it depends on is
    done. A started one that has not begun (`ready`) is withdrawn when a failure ends the workflow.
    """
    known = {task.key: states.get(task.key, NodeState()) for task in plan.tasks}
    skip = _skipped(plan, known)
    pending = [
        task
        for task in plan.tasks
        if known[task.key].status is NodeStatus.PENDING and task.key not in skip
    ]
    runnable = [task for task in pending if _is_runnable(task, known)]
    start = _within(limits, plan, known, runnable, now)
    times = [at for task in runnable if (at := known[task.key].retry_at) is not None and at > now]
    withdraw = (
        tuple(key for key, state in known.items() if state.status is NodeStatus.READY)
        if _stopper(plan, known)
        else ()
    )
    is_going = bool(start or times) or any(
        state.is_active for key, state in known.items() if key not in withdraw
    )
    return Steps(
        tuple(task.key for task in start),
        tuple((task.key, skip[task.key]) for task in plan.tasks if task.key in skip),
        withdraw,
        min(times, default=None),
        Verdict.GOING if is_going or withdraw else _verdict(plan, known, skip),
    )


def _skipped(plan: Plan, known: Mapping[str, NodeState]) -> dict[str, str]:
    """Return the pending tasks that can't run any more, with reasons."""
    waiting = [task for task in plan.tasks if known[task.key].status is NodeStatus.PENDING]
    if stopper := _stopper(plan, known):
        reason = f"{stopper!r} {_ended(known[stopper])}, which ends the workflow."
        return {task.key: reason for task in waiting}
    by_key = {task.key: task for task in plan.tasks}
    skipped: dict[str, str] = {}
    while True:  # skipping one may take others with it
        found = {
            task.key: reason
            for task in waiting
            if task.key not in skipped and (reason := _obstacle(task, by_key, known, skipped))
        }
        if not found:
            break
        skipped |= found
    return skipped | _in_circles(waiting, skipped)


def _obstacle(
    task: PlanTask,
    by_key: Mapping[str, PlanTask],
    known: Mapping[str, NodeState],
    skipped: Mapping[str, str],
) -> str | None:
    for key in task.depends_on:
        if key not in known:
            return f"Needs {key!r}, which is not in the plan."
        state = known[key]
        if key in skipped or (state.is_broken and not state.has_failed):
            return f"Needs {key!r}, which was skipped."
        if state.has_failed and by_key[key].on_failure is OnFailure.SKIP:
            return f"Needs {key!r}, which {_ended(state)}."
    return None


def _in_circles(waiting: list[PlanTask], skipped: Mapping[str, str]) -> dict[str, str]:
    """Return those that wait for one another; no valid plan has any, but a run must end whatever it is of."""
    left = {task.key: task for task in waiting if task.key not in skipped}
    while True:
        free = [
            key
            for key, task in left.items()
            if not any(needed in left for needed in task.depends_on)
        ]
        if not free:
            break
        for key in free:
            del left[key]
    return dict.fromkeys(left, "Its dependencies wait for one another.")


def _is_runnable(task: PlanTask, known: Mapping[str, NodeState]) -> bool:
    return all(known[key].is_done for key in task.depends_on)


def _within(
    limits: Limits,
    plan: Plan,
    known: Mapping[str, NodeState],
    runnable: list[PlanTask],
    now: datetime,
) -> list[PlanTask]:
    """Return those that may start now, in the order of the plan."""
    active = [task for task in plan.tasks if known[task.key].is_active]
    of_agent = Counter(task.agent for task in active)
    of_provider = Counter(limits.providers.get(task.agent) for task in active)
    number = len(active)
    started: list[PlanTask] = []
    for task in runnable:
        at = known[task.key].retry_at
        provider = limits.providers.get(task.agent)
        if (
            (at is not None and at > now)
            or _is_full(number, limits.workflow)
            or _is_full(of_agent[task.agent], limits.agent)
            or (provider is not None and _is_full(of_provider[provider], limits.provider))
        ):
            continue
        number += 1
        of_agent[task.agent] += 1
        of_provider[provider] += 1
        started.append(task)
    return started


def _is_full(number: int, limit: int) -> bool:
    return limit > 0 and number >= limit


def _stopper(plan: Plan, known: Mapping[str, NodeState]) -> str | None:
    """Return the task whose failure ends the workflow, or None."""
    return next(
        (
            task.key
            for task in plan.tasks
            if known[task.key].has_failed and task.on_failure is OnFailure.FAIL
        ),
        None,
    )


def _verdict(plan: Plan, known: Mapping[str, NodeState], skip: Mapping[str, str]) -> Verdict:
    undecided = [
        task
        for task in plan.tasks
        if known[task.key].has_failed and task.on_failure is OnFailure.ASK
    ]
    if undecided and not _stopper(plan, known):
        return Verdict.DECISION
    if not skip and all(state.is_done for state in known.values()):
        return Verdict.COMPLETED
    return Verdict.FAILED


def _ended(state: NodeState) -> str:
    return "was cancelled" if state.status is NodeStatus.CANCELLED else "failed"
