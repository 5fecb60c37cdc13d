"""Stopping a workflow: from the commit on nothing of it starts, and what runs is told to stop."""

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.repositories import tasks
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.services import events
from reznet.services.finals import make_final, tell_to_stop
from reznet.services.ports import Ports
from reznet.services.workflow_runs.nodes import ACTIVE, change_node, change_status
from reznet.workflows.plan import NodeStatus, WorkflowStatus

# The reason of tasks that a stop left out. A later retry takes them up again.
STOPPED = "The workflow was stopped."


async def stop(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, error: tuple[str, str] | None
) -> list[TaskOut]:
    """Make a locked workflow cancelled; return the tasks that still run, which are told to stop.

    Their nodes end with them. Those that have not begun are ended here. `error` says why, when it was not a
    person who wanted it.
    """
    running: list[TaskOut] = []
    for node in workflow.tasks:
        if node.status in ACTIVE and (task := await _stop_run(session, ports, node)) is not None:
            running.append(task)
        elif not node.status.is_final:
            await change_node(session, ports, workflow, node, stopped())
    for task_id in (workflow.planning_task_id, workflow.summary_task_id):
        task = await tasks.lock(session, task_id) if task_id else None
        if task is not None and await stop_task(session, ports, task):
            running.append(task)
    await change_status(session, ports, workflow, WorkflowStatus.CANCELLED, error=error)
    return running


def stopped(reason: str = STOPPED) -> dict[str, object]:
    """Return the columns of a task that a stop ended or left out."""
    return {
        "status": NodeStatus.CANCELLED.value,
        "reason": reason,
        "retry_at": None,
        "finished_at": now(),
    }


async def _stop_run(session: WriteSession, ports: Ports, node: WorkflowTaskOut) -> TaskOut | None:
    task = await tasks.lock(session, node.task_id) if node.task_id else None
    return task if task is not None and await stop_task(session, ports, task) else None


async def stop_task(session: WriteSession, ports: Ports, task: TaskOut) -> bool:
    """Stop a locked task: at once if nobody runs it, else by telling whoever does; return whether one does."""
    if task.status.is_final:
        return False
    if task.status is TaskStatus.RUNNING:
        await tasks.update_task(session, task.id, {"cancel_requested_at": now()})
        await events.record_task(session, ports, task)
        tell_to_stop(session, ports, task.id)
        return True
    more: dict[str, object] = {"finish": "cancelled", "cancel_requested_at": now()}
    await make_final(session, ports, task, Ending.CANCELLED, more=more)
    return False


async def break_off(session: WriteSession, ports: Ports, node: WorkflowTaskOut) -> None:
    """End the run of a task at once, whether whoever runs it reacts or not; its text so far stays."""
    task = await tasks.lock(session, node.task_id) if node.task_id else None
    if task is None or task.status.is_final:
        return
    await make_final(
        session,
        ports,
        task,
        Ending.CANCELLED,
        attempt=task.attempt + 1,
        more={"finish": "cancelled", "cancel_requested_at": now()},
    )
    tell_to_stop(session, ports, task.id)
