"""Making plans and deleting them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict
from reznet.repositories import workflow_tasks, workflow_versions, workflows
from reznet.repositories.workflow_tasks import Placed
from reznet.schemas.workflows import WorkflowCreate, WorkflowOut
from reznet.services import events
from reznet.services.access import access_channel_to_post, access_workflow, no_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflows import assigning, cards
from reznet.services.workflows import events as told
from reznet.workflows.plan import Plan, WorkflowStatus


@dataclass(frozen=True, slots=True)
class Made:
    """A workflow, and whether it is new or was made before."""

    workflow: WorkflowOut
    created: bool


async def create(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    body: WorkflowCreate,
    *,
    repeats: WorkflowOut | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Made:
    """Store a plan, ready to be started, and put its card into the channel.

    With a `client_id` that the channel has seen, nothing happens and the first workflow is returned. `repeats` is
    the workflow that this one runs again; `metadata` says where the plan comes from.

    Raises:
        NotFound: there is no such channel.
        Conflict: the channel is archived.
        Invalid: the tasks are not a plan, or name agents that are not there or switched off.
    """
    channel = await access_channel_to_post(session, actor, body.channel_id)
    if (seen := await _seen(session, body)) is not None:
        return Made(seen, created=False)
    known = await assigning.look_up(session, {task.agent for task in body.tasks})
    tasks = assigning.placed(body.tasks, known)
    new = workflows.NewWorkflow(
        channel_id=body.channel_id,
        title=body.title,
        request=body.request,
        request_id=repeats.request_id if repeats else None,
        root_id=(repeats.root_id or repeats.id) if repeats else None,
        status=WorkflowStatus.READY,
        auto_start=channel.auto_run if body.auto_start is None else body.auto_start,
        max_parallel=body.max_parallel or ports.settings.workflow_parallel,
        created_by=actor.handle,
        client_id=body.client_id,
        metadata=metadata,
    )
    workflow_id = await workflows.insert_workflow(session, new)
    if workflow_id is None:  # the same plan, sent twice at the same moment
        seen = await _seen(session, body)
        assert seen is not None  # noqa: S101 - the insert waited for its commit
        return Made(seen, created=False)
    await store(session, workflow_id, body.title, tasks, by=actor.handle)
    workflow = await access_workflow(session, actor, workflow_id)
    await cards.post(session, ports, workflow)
    await told.record_whole(session, ports, workflow_id, channel_id=body.channel_id)
    await events.audit(
        session,
        actor,
        "workflow.created",
        ("workflow", workflow_id),
        {"title": body.title, "tasks": len(tasks)},
    )
    return Made(await access_workflow(session, actor, workflow_id), created=True)


async def store(
    session: WriteSession, workflow_id: UUID, title: str, tasks: Sequence[Placed], *, by: str
) -> None:
    """Store the tasks of a workflow that has none yet, as its first version."""
    await workflow_tasks.insert_tasks(session, workflow_id, tasks)
    plan = Plan(title, tuple(placed.task for placed in tasks))
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    await workflow_versions.insert_version(
        session, workflow_id, 1, plan, summary=f"Made the plan, with {count}.", by=by
    )


async def delete(session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID) -> None:
    """Delete a workflow that does not run; what was said in its thread stays, and its card says so.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it is being planned, runs or waits.
    """
    workflow = await workflows.lock(session, workflow_id)
    if workflow is None:
        raise no_workflow(workflow_id)
    if not (workflow.status.is_final or workflow.status is WorkflowStatus.READY):
        raise Conflict(
            f"The workflow is {workflow.status}; cancel it before deleting it "
            f"(POST /api/workflows/{workflow_id}/cancel).",
            code="workflow_running",
        )
    await cards.strike(session, ports, actor, workflow)
    await workflows.delete_workflow(session, workflow_id)
    await told.record_deleted(session, ports, workflow_id, channel_id=workflow.channel_id)
    await events.audit(
        session, actor, "workflow.deleted", ("workflow", workflow_id), {"title": workflow.title}
    )


async def _seen(session: WriteSession, body: WorkflowCreate) -> WorkflowOut | None:
    """Return the workflow that the client has made under its key, or None."""
    if body.client_id is None:
        return None
    found = await workflows.by_client_id(session, body.channel_id, body.client_id)
    return await workflows.get(session, found) if found is not None else None
