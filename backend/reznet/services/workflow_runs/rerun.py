"""Running a workflow again: a new one of the same plan, or of an edited one, that knows which it repeats."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict
from reznet.schemas.workflows import PlanTaskIn, WorkflowCreate, WorkflowOut, WorkflowRerun
from reznet.services.access import access_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import creating
from reznet.services.workflows import plans


async def rerun(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID, body: WorkflowRerun
) -> plans.Made:
    """Make a new workflow of a workflow's plan, and start it unless that is not wanted.

    With a `client_id` that the channel has seen, nothing happens and the first one is returned.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it has no plan yet, or its channel is archived.
        Invalid: the tasks are not a plan, or name agents that are gone or switched off.
    """
    workflow = await access_workflow(session, actor, workflow_id)
    if not workflow.tasks and body.tasks is None:
        raise Conflict("The workflow has no plan to be run again.", code="workflow_without_plan")
    new = WorkflowCreate(
        channel_id=workflow.channel_id,
        title=body.title or workflow.title,
        tasks=body.tasks or _planned(workflow),
        request=workflow.request,
        auto_start=body.auto_start,
        max_parallel=body.max_parallel or workflow.max_parallel,
        client_id=body.client_id,
    )
    return await creating.create(session, ports, actor, new, repeats=workflow)


def _planned(workflow: WorkflowOut) -> tuple[PlanTaskIn, ...]:
    return tuple(
        PlanTaskIn(
            key=node.key,
            title=node.title,
            description=node.description,
            agent=node.agent,
            depends_on=node.depends_on,
            expected_output=node.expected_output,
            on_failure=node.on_failure,
        )
        for node in workflow.tasks
    )
