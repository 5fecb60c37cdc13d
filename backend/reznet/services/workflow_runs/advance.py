"""Driving a workflow on: whatever its plan says comes next is done here, in the transaction that made it possible."""

from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import WriteSession, after_commit
from reznet.repositories import agents, channels, tasks, workflows
from reznet.schemas.runs import Ending
from reznet.schemas.workflows import WaitingFor, WorkflowOut, WorkflowTaskOut
from reznet.services.finals import make_final
from reznet.services.ports import Ports
from reznet.services.workflow_runs import stopping, summary
from reznet.services.workflow_runs.nodes import change_node, change_status, plan_of, states_of
from reznet.services.workflow_runs.starting import lead_of, start_node
from reznet.workflows.plan import NodeStatus, WorkflowStatus
from reznet.workflows.steps import Limits, Steps, Verdict, next_steps

CHANNEL_ARCHIVED = ("channel_archived", "The channel was archived.")
_STATUS = {
    Verdict.GOING: (WorkflowStatus.RUNNING, None),
    Verdict.DECISION: (WorkflowStatus.WAITING, WaitingFor.DECISION),
    Verdict.COMPLETED: (WorkflowStatus.COMPLETED, None),
    Verdict.FAILED: (WorkflowStatus.FAILED, None),
}


async def advance(session: WriteSession, ports: Ports, workflow_id: UUID) -> None:
    """Lock the workflow and do what comes next, like `advance_locked`."""
    workflow = await workflows.lock(session, workflow_id)
    if workflow is not None:
        await advance_locked(session, ports, workflow)


async def advance_locked(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> None:
    """Do what comes next in a workflow, locked and as it is now, as long as something does.

    A paused one only ends, when its last task has. One that is over or has not been started stays as it is.
    """
    if not is_under_way(workflow):
        return
    limits = await _limits(session, ports, workflow)
    while True:
        steps = next_steps(plan_of(workflow), states_of(workflow.tasks), limits, now())
        is_at_rest = not (steps.start or steps.skip or steps.withdraw)
        if is_paused(workflow) and not (is_at_rest and _STATUS[steps.verdict][0].is_final):
            return
        if steps.start and not await _is_open(session, workflow):
            await stopping.stop(session, ports, workflow, CHANNEL_ARCHIVED)
            return
        after = await _carry_out(session, ports, workflow, steps)
        if after is workflow:
            await _settle(session, ports, workflow, steps)
            return
        workflow = after


def is_under_way(workflow: WorkflowOut) -> bool:
    """Whether the workflow was started and is not over."""
    return workflow.status in {WorkflowStatus.RUNNING, WorkflowStatus.WAITING}


def is_paused(workflow: WorkflowOut) -> bool:
    """Whether a person has paused it."""
    return workflow.waiting_for is WaitingFor.RESUME


async def _carry_out(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, steps: Steps
) -> WorkflowOut:
    """Start, skip and withdraw; return the workflow as it is then, the same one if nothing changed."""
    nodes = {node.key: node for node in workflow.tasks}
    for key, reason in steps.skip:
        changes = {"status": NodeStatus.SKIPPED.value, "reason": reason, "finished_at": now()}
        workflow = await change_node(
            session, ports, workflow, nodes[key], {**changes, "retry_at": None}
        )
    for key in steps.withdraw:
        workflow = await withdraw(session, ports, workflow, nodes[key])
    lead = await lead_of(session, workflow) if steps.start else None
    for key in steps.start:
        workflow = await start_node(session, ports, workflow, nodes[key], lead)
    return workflow


async def withdraw(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, node: WorkflowTaskOut
) -> WorkflowOut:
    """Take back a task that was started and has not begun: it is pending again. Return the workflow as it is then."""
    changes: dict[str, object] = {
        "status": NodeStatus.PENDING.value,
        "attempts": max(0, node.attempts - 1),
    }
    after = await change_node(session, ports, workflow, node, changes)
    task = await tasks.lock(session, node.task_id) if node.task_id else None
    if task is not None and not task.status.is_final:
        more: dict[str, object] = {"finish": "cancelled"}
        await make_final(session, ports, task, Ending.CANCELLED, more=more)
    return after


async def _settle(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, steps: Steps
) -> None:
    """Give the workflow the status that its tasks come to."""
    status, waiting_for = _STATUS[steps.verdict]
    if steps.wait_until is not None:
        after_commit(session, lambda: ports.bus.publish(Topic.TIMERS, {}))
    if (status, waiting_for) == (workflow.status, workflow.waiting_for):
        return
    error = _failure(workflow) if status is WorkflowStatus.FAILED else None
    await change_status(session, ports, workflow, status, waiting_for, error=error)
    if status.is_final:
        await summary.ask(session, ports, workflow)


def _failure(workflow: WorkflowOut) -> tuple[str, str]:
    """Return why a workflow failed: its first task that did, else that tasks are missing."""
    missing = [node for node in workflow.tasks if node.status is not NodeStatus.COMPLETED]
    first = next((node for node in missing if node.error is not None), None)
    number = f"{len(missing)} of {len(workflow.tasks)} tasks were not completed."
    if first is None or first.error is None:
        return "tasks_missing", number
    return first.error.code, f"{number} {first.title!r}: {first.error.message}"


async def _is_open(session: WriteSession, workflow: WorkflowOut) -> bool:
    # Read, not locked: whoever archives the channel now locks the workflow next, and ends what was started.
    channel = await channels.get(session, workflow.channel_id)
    return channel is not None and channel.archived_at is None


async def _limits(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> Limits:
    settings = ports.settings
    providers: dict[str, str] = {}
    if settings.workflow_provider_parallel:
        ids = {node.agent_id for node in workflow.tasks if node.agent_id is not None}
        by_id = {agent.id: agent for agent in await agents.by_ids(session, ids)}
        for node in workflow.tasks:
            if node.agent_id is not None and node.agent_id in by_id:
                own = by_id[node.agent_id].config.provider
                providers[node.agent] = own or settings.default_provider or "default"
    return Limits(
        workflow=workflow.max_parallel,
        agent=settings.workflow_agent_parallel,
        provider=settings.workflow_provider_parallel,
        providers=providers,
    )
