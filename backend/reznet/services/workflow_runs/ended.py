"""What the end of a task means for the workflow that it works for."""

import random
from datetime import timedelta

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.repositories import workflows
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.services.ports import Ports
from reznet.services.workflow_runs import summary
from reznet.services.workflow_runs.advance import advance_locked
from reznet.services.workflow_runs.nodes import ACTIVE, change_node
from reznet.services.workflow_runs.starting import agent_gone, failed
from reznet.services.workflow_runs.stopping import STOPPED, stopped
from reznet.services.workflows import planning
from reznet.workflows.plan import NodeStatus

MAX_ATTEMPTS = 3
# Where a provider only asks for patience, more of it is no loss: nothing is paid for.
MAX_ATTEMPTS_WHEN_BUSY = 8
_BUSY = frozenset({"rate_limited", "overloaded"})
# Codes of the model client and of runs behind which another try may go better; not those of a missing key, quota,
# model or agent, nor of a request that is refused or too long.
_PASSING = _BUSY | {
    "server",
    "connection",
    "timeout",
    "truncated",
    "output",
    "empty_answer",
    "internal_error",
    "broke_off",
}
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_EMPTY = "empty_answer"
WAS_EMPTY = "The answer was empty."


async def task_ended(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    ending: Ending,
    error: tuple[str, str] | None,
) -> None:
    """Take over how a locked task ended, and drive its workflow on.

    A task that its workflow has left behind, by a stop or a retry, changes nothing any more.
    """
    assert task.workflow_id is not None  # noqa: S101 - the caller's condition
    workflow = await workflows.lock(session, task.workflow_id)
    if workflow is None:
        return
    node = next((node for node in workflow.tasks if node.task_id == task.id), None)
    if node is None:
        if task.id == workflow.summary_task_id:
            await summary.ended(session, ports, workflow, ending)
        elif task.id == workflow.planning_task_id:
            await planning.ended(session, ports, workflow, ending, error)
        return
    if node.status not in ACTIVE:
        return
    changes = _changes(workflow, node, ending, error)
    workflow = await change_node(session, ports, workflow, node, changes)
    await advance_locked(session, ports, workflow)


def _changes(
    workflow: WorkflowOut,
    node: WorkflowTaskOut,
    ending: Ending,
    error: tuple[str, str] | None,
) -> dict[str, object]:
    if ending is Ending.COMPLETED:
        return _completed()
    if node.agent_id is None:
        return failed(agent_gone(node))
    if ending is Ending.CANCELLED or error is None:
        return stopped(STOPPED if workflow.status.is_final else "The task was stopped.")
    code, detail = error
    if code in _PASSING and not workflow.status.is_final:
        most = MAX_ATTEMPTS_WHEN_BUSY if code in _BUSY else MAX_ATTEMPTS
        if node.attempts < most:
            return {
                "status": NodeStatus.PENDING.value,
                "retry_at": now() + _pause(node.attempts),
                "error_code": code,
                "error_detail": detail,
            }
    if code == _EMPTY:  # what depends on it is told so, and may do without
        return _completed(WAS_EMPTY)
    return failed(error)


def _completed(reason: str | None = None) -> dict[str, object]:
    return {
        "status": NodeStatus.COMPLETED.value,
        "reason": reason,
        "error_code": None,
        "error_detail": None,
        "retry_at": None,
        "finished_at": now(),
    }


def _pause(attempts: int) -> timedelta:
    """Return how long to wait before the next try: longer each time, and not in step with others."""
    seconds = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads the load
