"""What a plan is: tasks on named agents, and which of them wait for which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_TASKS = 100
MAX_DEPENDENCIES = 20


class WorkflowStatus(StrEnum):
    """Where a workflow is."""

    PLANNING = "planning"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the workflow by itself."""
        return self in {self.COMPLETED, self.FAILED, self.CANCELLED}


class NodeStatus(StrEnum):
    """Where a task of a workflow is."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the task by itself."""
        return self in {self.COMPLETED, self.FAILED, self.CANCELLED, self.SKIPPED}


class OnFailure(StrEnum):
    """What the failure of a task means, once its retries are used up.

    `skip`: the tasks that depend on it are skipped, the others go on. `fail`: nothing more is started.
    `ask`: what depends on it waits until a person retries it, skips it or cancels the workflow. Only a workflow whose
    tasks have all completed is completed.
    """

    SKIP = "skip"
    FAIL = "fail"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class PlanTask:
    """One task of a plan. `agent` is a handle, `depends_on` holds keys of other tasks."""

    key: str
    title: str
    agent: str
    description: str = ""
    depends_on: tuple[str, ...] = ()
    expected_output: str = ""
    on_failure: OnFailure = OnFailure.SKIP


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph of tasks, in the order in which people see them."""

    title: str
    tasks: tuple[PlanTask, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plan: `field` is the path to it, such as `tasks.2.depends_on`."""

    field: str
    message: str


def dependants_of(tasks: Iterable[PlanTask], keys: Iterable[str]) -> frozenset[str]:
    """Return the keys of all tasks that need one of these, directly or over others; not the given ones themselves."""
    waiting_for: dict[str, list[str]] = {}
    for task in tasks:
        for needed in task.depends_on:
            waiting_for.setdefault(needed, []).append(task.key)
    given = list(keys)
    found: set[str] = set()
    left = list(given)
    while left:
        for key in waiting_for.get(left.pop(), ()):
            if key not in found:
                found.add(key)
                left.append(key)
    return frozenset(found.difference(given))
