"""Taking plans along: as files, with their agents by handle."""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict
from reznet.schemas.workflow_files import ExportedTask, WorkflowFileIn, WorkflowFileOut
from reznet.schemas.workflows import WorkflowCreate
from reznet.services.access import access_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflows import plans


async def export(session: ReadSession, actor: Actor, workflow_id: UUID) -> WorkflowFileOut:
    """Return the plan as a file. Raises NotFound, and Conflict when there is no plan yet."""
    workflow = await access_workflow(session, actor, workflow_id)
    if not workflow.tasks:
        raise Conflict("The workflow has no plan yet.", code="workflow_without_plan")
    return WorkflowFileOut(
        title=workflow.title,
        request=workflow.request,
        max_parallel=workflow.max_parallel,
        tasks=tuple(
            ExportedTask.model_validate(task, from_attributes=True) for task in workflow.tasks
        ),
    )


async def take_in(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    channel_id: UUID,
    file: WorkflowFileIn,
    client_id: str | None,
) -> plans.Made:
    """Make a workflow of the plan in a file. It waits to be started. Raises as `plans.create`."""
    body = WorkflowCreate(
        channel_id=channel_id,
        title=file.title,
        request=file.request,
        max_parallel=file.max_parallel,
        tasks=file.tasks,
        auto_start=False,
        client_id=client_id,
    )
    return await plans.create(session, ports, actor, body)
