"""What people do to a workflow as a whole: start it, pause it, go on, stop it."""

from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict, FieldError
from reznet.repositories import agents, tasks, workflows
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WaitingFor, WorkflowOut
from reznet.services import events
from reznet.services.access import access_channel, access_channel_to_post, no_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import stopping
from reznet.services.workflow_runs.advance import advance, is_paused, is_under_way, withdraw
from reznet.services.workflow_runs.nodes import ACTIVE, change_status
from reznet.workflows.plan import NodeStatus, WorkflowStatus


async def start(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID
) -> WorkflowOut:
    """Start a workflow that is ready; one that runs already is returned as it is.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it is still being planned, paused or over, its channel is archived, or an agent of the plan is
            gone or switched off: the errors name the tasks.
    """
    workflow = await lock_to_run(session, actor, workflow_id)
    if is_under_way(workflow) and not is_paused(workflow):
        return workflow
    if workflow.status is not WorkflowStatus.READY:
        raise Conflict(_WHY_NOT_STARTED[_state(workflow)], code="workflow_not_ready")
    await start_locked(session, ports, actor, workflow)
    return await again(session, workflow_id)


async def start_locked(
    session: WriteSession, ports: Ports, actor: Actor, workflow: WorkflowOut
) -> None:
    """Start a workflow that is ready and locked. Its channel is not locked: that would be the wrong order by now.

    Raises Conflict when an agent of the plan is gone or switched off.
    """
    await _check_agents(session, workflow)
    await change_status(session, ports, workflow, WorkflowStatus.RUNNING)
    await _audit(session, actor, "workflow.started", workflow)
    await advance(session, ports, workflow.id)


async def pause(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID
) -> WorkflowOut:
    """Let nothing new begin; what has begun ends by itself. Paused twice is paused once.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it does not run.
    """
    workflow = await lock(session, actor, workflow_id)
    if is_paused(workflow):
        return workflow
    if not is_under_way(workflow):
        raise Conflict(
            f"The workflow is {workflow.status.value}; only one that runs can be paused.",
            code="workflow_not_running",
        )
    for node in workflow.tasks:
        if node.status is NodeStatus.READY:
            await withdraw(session, ports, workflow, node)
    await change_status(session, ports, workflow, WorkflowStatus.WAITING, WaitingFor.RESUME)
    await _audit(session, actor, "workflow.paused", workflow)
    return await again(session, workflow_id)


async def resume(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID
) -> WorkflowOut:
    """Let a paused workflow go on; one that runs is returned as it is.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it is not under way, it waits for a decision, or its channel is archived.
    """
    workflow = await lock_to_run(session, actor, workflow_id)
    if workflow.waiting_for is WaitingFor.DECISION:
        open_ = ", ".join(
            repr(node.key)
            for node in workflow.tasks
            if node.status in {NodeStatus.FAILED, NodeStatus.CANCELLED}
        )
        raise Conflict(
            f"The workflow waits for a decision about {open_}: retry or skip it.",
            code="decision_needed",
        )
    if not is_under_way(workflow):
        raise Conflict(
            f"The workflow is {workflow.status.value}, not paused.", code="workflow_not_paused"
        )
    if is_paused(workflow):
        await change_status(session, ports, workflow, WorkflowStatus.RUNNING)
        await _audit(session, actor, "workflow.resumed", workflow)
        await advance(session, ports, workflow.id)
    return await again(session, workflow_id)


async def go_on(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID
) -> WorkflowOut:
    """Do what comes next in a workflow whose plan was edited: it may wait no longer. Raises NotFound."""
    workflow = await lock(session, actor, workflow_id)
    if not is_under_way(workflow):
        return workflow
    await advance(session, ports, workflow_id)
    return await again(session, workflow_id)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A workflow that was stopped, and the tasks that have not ended yet."""

    workflow: WorkflowOut
    running: tuple[TaskOut, ...]


async def cancel(session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID) -> Stopped:
    """Stop a workflow: nothing of it starts any more. One that is over is returned as it is.

    Who stops it a second time waits for the same tasks. Raises NotFound.
    """
    workflow = await lock(session, actor, workflow_id)
    if workflow.status.is_final:
        ids = [node.task_id for node in workflow.tasks if node.status in ACTIVE and node.task_id]
        return Stopped(workflow, tuple(await tasks.get_many(session, ids)) if ids else ())
    running = await stopping.stop(session, ports, workflow, None)
    await _audit(session, actor, "workflow.cancelled", workflow)
    return Stopped(await again(session, workflow_id), tuple(running))


async def lock(session: WriteSession, actor: Actor, workflow_id: UUID) -> WorkflowOut:
    """Return the workflow, locked, if the actor may see it. Raises NotFound."""
    workflow = await workflows.lock(session, workflow_id)
    if workflow is None:
        raise no_workflow(workflow_id)
    await access_channel(session, actor, workflow.channel_id)
    return workflow


async def lock_to_run(session: WriteSession, actor: Actor, workflow_id: UUID) -> WorkflowOut:
    """Return the workflow, locked, in a channel that stays open until the transaction ends.

    The channel before the workflow, as archiving it does. Raises NotFound or Conflict.
    """
    known = await workflows.summary(session, workflow_id)
    if known is None:
        raise no_workflow(workflow_id)
    await access_channel_to_post(session, actor, known.channel_id)
    return await lock(session, actor, workflow_id)


async def again(session: WriteSession, workflow_id: UUID) -> WorkflowOut:
    """Return a locked workflow as it is by now."""
    workflow = await workflows.get(session, workflow_id)
    assert workflow is not None  # noqa: S101 - it is locked
    return workflow


_WHY_NOT_STARTED = {
    "planning": "The plan is not there yet; start it when it is.",
    "paused": "The workflow is paused; resume it.",
    "over": "The workflow is over; run it again, or retry a task of it.",
}


def _state(workflow: WorkflowOut) -> str:
    if workflow.status is WorkflowStatus.PLANNING:
        return "planning"
    return "paused" if is_paused(workflow) else "over"


async def _check_agents(session: WriteSession, workflow: WorkflowOut) -> None:
    ids = {node.agent_id for node in workflow.tasks if node.agent_id is not None}
    known = {agent.id: agent for agent in await agents.by_ids(session, ids)}
    errors: list[FieldError] = []
    for index, node in enumerate(workflow.tasks):
        agent = known.get(node.agent_id) if node.agent_id else None
        if agent is None:
            errors.append(FieldError(f"tasks.{index}.agent", f"@{node.agent} is gone"))
        elif not agent.is_active:
            errors.append(FieldError(f"tasks.{index}.agent", f"@{node.agent} is switched off"))
    if not workflow.tasks:
        errors.append(FieldError("tasks", "the plan has no tasks"))
    if errors:
        said = "; ".join(f"{error.field}: {error.message}" for error in errors[:5])
        raise Conflict(f"The plan can't run: {said}.", code="plan_not_runnable", errors=errors)


async def _audit(session: WriteSession, actor: Actor, action: str, workflow: WorkflowOut) -> None:
    details = {"title": workflow.title, "channel_id": str(workflow.channel_id)}
    await events.audit(session, actor, action, ("workflow", workflow.id), details)
