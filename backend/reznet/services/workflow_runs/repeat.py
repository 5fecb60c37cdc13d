"""What people do to one task of a workflow: run it again with what depends on it, or go on without it."""

from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.errors import Conflict, NotFound
from reznet.repositories import agents
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.services import events
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import summary
from reznet.services.workflow_runs.advance import advance, is_paused, is_under_way
from reznet.services.workflow_runs.control import again, lock_to_run
from reznet.services.workflow_runs.nodes import ACTIVE, ANEW, change_node, change_status, plan_of
from reznet.services.workflow_runs.stopping import STOPPED, break_off
from reznet.workflows.plan import NodeStatus, WorkflowStatus, dependants_of
from reznet.workflows.steps import SKIPPED_BY_A_PERSON

_SKIPPABLE = frozenset(
    {NodeStatus.PENDING, NodeStatus.FAILED, NodeStatus.CANCELLED, NodeStatus.SKIPPED}
)


async def retry(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID, node_id: UUID
) -> WorkflowOut:
    """Run a task that has ended again, and all that depends on it; a workflow that is over runs again.

    What of it still runs is broken off first. Tasks that were left out because of a failure or a stop are taken
    up again too. A paused workflow stays paused.

    Raises:
        NotFound: there is no such workflow or task.
        Conflict: the task has not ended, its agent is gone or switched off, or the channel is archived.
    """
    workflow = await lock_to_run(session, actor, workflow_id)
    node = _node(workflow, node_id)
    if not node.status.is_final or not (is_under_way(workflow) or workflow.status.is_final):
        raise Conflict(
            f"The task {node.key!r} is {node.status.value}; only one that has ended can be run again.",
            code="task_not_retriable",
        )
    await _check_agent(session, node)
    keys = {node.key} | dependants_of(plan_of(workflow).tasks, [node.key])
    for other in workflow.tasks:
        if other.key in keys or _was_left_out(other):
            await _run_anew(session, ports, workflow, other)
    await _go_on(session, ports, actor, workflow, node, "workflow.task_retried")
    return await again(session, workflow_id)


async def retry_run(session: WriteSession, ports: Ports, actor: Actor, task: TaskOut) -> bool:
    """Retry the task of a workflow whose run this is; False when the run is none. Raises like `retry`."""
    if task.workflow_id is None:
        return False
    workflow = await lock_to_run(session, actor, task.workflow_id)
    node = next((node for node in workflow.tasks if node.task_id == task.id), None)
    if node is None:
        return False
    await retry(session, ports, actor, workflow.id, node.id)
    return True


async def skip(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID, node_id: UUID
) -> WorkflowOut:
    """Go on without a task that has not been done; what depends on it runs all the same.

    Skipped twice is skipped once.

    Raises:
        NotFound: there is no such workflow or task.
        Conflict: the task runs or was completed, the workflow is not under way, or the channel is archived.
    """
    workflow = await lock_to_run(session, actor, workflow_id)
    node = _node(workflow, node_id)
    if node.reason == SKIPPED_BY_A_PERSON:
        return workflow
    if not is_under_way(workflow):
        raise Conflict(
            f"The workflow is {workflow.status.value}; only tasks of one that runs can be skipped.",
            code="workflow_not_running",
        )
    if node.status not in _SKIPPABLE:
        raise Conflict(
            f"The task {node.key!r} is {node.status.value}; it can't be skipped.",
            code="task_not_skippable",
        )
    changes: dict[str, object] = {
        "status": NodeStatus.SKIPPED.value,
        "reason": SKIPPED_BY_A_PERSON,
        "retry_at": None,
        "finished_at": now(),
    }
    await change_node(session, ports, workflow, node, changes)
    for other in workflow.tasks:
        if other.id != node.id and _was_left_out(other):
            await _run_anew(session, ports, workflow, other)
    await _go_on(session, ports, actor, workflow, node, "workflow.task_skipped")
    return await again(session, workflow_id)


def _node(workflow: WorkflowOut, node_id: UUID) -> WorkflowTaskOut:
    """Return the task, by its own id or by that of its run."""
    for node in workflow.tasks:
        if node_id in {node.id, node.task_id}:
            return node
    raise NotFound(f"There is no task {node_id} in this workflow.", code="workflow_task_not_found")


def _was_left_out(node: WorkflowTaskOut) -> bool:
    """Whether a task was skipped or stopped because of another one, or because of the workflow's end."""
    if node.status is NodeStatus.SKIPPED:
        return node.reason != SKIPPED_BY_A_PERSON
    return node.status is NodeStatus.CANCELLED and node.reason == STOPPED


async def _run_anew(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, node: WorkflowTaskOut
) -> None:
    if node.status in ACTIVE:
        await break_off(session, ports, node)
    await change_node(session, ports, workflow, node, dict(ANEW))


async def _go_on(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    workflow: WorkflowOut,
    node: WorkflowTaskOut,
    action: str,
) -> None:
    if workflow.status is not WorkflowStatus.RUNNING and not is_paused(workflow):
        await change_status(session, ports, workflow, WorkflowStatus.RUNNING)
    if workflow.status.is_final:
        await summary.withdraw(session, ports, workflow)
    await events.audit(
        session,
        actor,
        action,
        ("workflow", workflow.id),
        {"title": workflow.title, "key": node.key},
    )
    await advance(session, ports, workflow.id)


async def _check_agent(session: WriteSession, node: WorkflowTaskOut) -> None:
    agent = await agents.get(session, node.agent_id) if node.agent_id else None
    if agent is None:
        raise Conflict(
            f"The agent @{node.agent} is gone; skip the task, or run the plan with another.",
            code="agent_gone",
        )
    if not agent.is_active:
        raise Conflict(f"{agent.name} is switched off; activate it first.", code="agent_inactive")
