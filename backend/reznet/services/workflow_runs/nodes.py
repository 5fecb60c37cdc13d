"""The tasks of a workflow as its steps see them, and the one way in which they are changed."""

from collections.abc import Sequence

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.repositories import workflow_tasks, workflows
from reznet.schemas.messages import MessageError
from reznet.schemas.workflows import WaitingFor, WorkflowOut, WorkflowTaskOut
from reznet.services.ports import Ports
from reznet.services.webhooks.ended import tell_ended
from reznet.services.workflows import cards
from reznet.services.workflows import events as told
from reznet.workflows.plan import NodeStatus, Plan, PlanTask, WorkflowStatus
from reznet.workflows.steps import NodeState

ACTIVE = frozenset({NodeStatus.READY, NodeStatus.RUNNING})
# A task that is to be run from its beginning.
ANEW: dict[str, object] = {
    "status": NodeStatus.PENDING.value,
    "attempts": 0,
    "retry_at": None,
    "reason": None,
    "error_code": None,
    "error_detail": None,
    "started_at": None,
    "finished_at": None,
}


def plan_of(workflow: WorkflowOut) -> Plan:
    """Return the plan."""
    return Plan(
        workflow.title,
        tuple(
            PlanTask(
                key=node.key,
                title=node.title,
                agent=node.agent,
                description=node.description,
                depends_on=node.depends_on,
                expected_output=node.expected_output,
                on_failure=node.on_failure,
            )
            for node in workflow.tasks
        ),
    )


def states_of(nodes: Sequence[WorkflowTaskOut]) -> dict[str, NodeState]:
    """Return where the tasks are, by their keys."""
    return {
        node.key: NodeState(node.status, node.attempts, node.retry_at, node.reason)
        for node in nodes
    }


async def change_node(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    node: WorkflowTaskOut,
    changes: dict[str, object],
) -> WorkflowOut:
    """Change a task of a locked workflow and tell its progress; return the workflow with the task changed."""
    await workflow_tasks.update_task(session, node.id, changes)
    await told.record(session, ports, workflow.id, channel_id=workflow.channel_id, task_id=node.id)
    after = _changed(node, changes)
    tasks = tuple(after if one.id == node.id else one for one in workflow.tasks)
    return workflow.model_copy(update={"tasks": tasks})


def _changed(node: WorkflowTaskOut, columns: dict[str, object]) -> WorkflowTaskOut:
    """Return a task with columns changed, as it would be read again; the output stays as it was read."""
    fields = {name: value for name, value in columns.items() if not name.startswith("error_")}
    if "status" in columns:
        fields["status"] = NodeStatus(str(columns["status"]))
    if "error_code" in columns:
        code = columns["error_code"]
        fields["error"] = (
            MessageError(code=str(code), message=str(columns.get("error_detail") or ""))
            if code
            else None
        )
    return node.model_copy(update=fields)


async def change_status(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    status: WorkflowStatus,
    waiting_for: WaitingFor | None = None,
    *,
    error: tuple[str, str] | None = None,
) -> None:
    """Give a locked workflow its status, on its card too, and tell it. One that goes on again has not finished."""
    stamp = now()
    code, detail = error or (None, None)
    changes: dict[str, object] = {
        "status": status.value,
        "waiting_for": waiting_for.value if waiting_for else None,
        "error_code": code,
        "error_detail": detail,
        "finished_at": stamp if status.is_final else None,
    }
    if status is WorkflowStatus.RUNNING and workflow.started_at is None:
        changes["started_at"] = stamp
    await workflows.update_workflow(session, workflow.id, changes)
    await cards.refresh(session, ports, workflow.id)
    await told.record_whole(session, ports, workflow.id, channel_id=workflow.channel_id)
    if status.is_final:
        await tell_ended(session, ports, workflow, status.value)
