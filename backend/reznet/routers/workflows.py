"""Plans over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.paging import Paged, Text
from reznet.routers.problems import MEDIA_TYPE, documented
from reznet.routers.route import ApiRoute
from reznet.schemas.problems import ProblemOut
from reznet.schemas.workflows import (
    WorkflowCreate,
    WorkflowOut,
    WorkflowSummary,
    WorkflowTaskOut,
    WorkflowUpdate,
    WorkflowVersionOut,
    WorkflowVersionSummary,
)
from reznet.services.workflow_runs import control, creating
from reznet.services.workflows import editing, plans, reading
from reznet.workflows.plan import WorkflowStatus

router = APIRouter(prefix="/workflows", tags=["workflows"], route_class=ApiRoute)

# What making a workflow may be answered with.
MADE: dict[int | str, dict[str, Any]] = {
    200: {"model": WorkflowOut, "description": "It was made before, under this key."},
    **documented(404, 409),
}
_REFUSED: dict[str, Any] = {
    "allOf": [
        {"$ref": f"#/components/schemas/{ProblemOut.__name__}"},
        {
            "type": "object",
            "properties": {
                "version": {"type": "integer"},
                "workflow": {"$ref": f"#/components/schemas/{WorkflowOut.__name__}"},
            },
        },
    ]
}


@router.post("", operation_id="workflows_create", status_code=201, responses=MADE)
async def create(
    body: WorkflowCreate,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> WorkflowOut:
    """Put a complete plan into a channel. It waits to be started, unless `auto_start`."""
    body = keyed(body, idempotency_key)
    return told(await creating.create(session, ports, actor, body), response)


@router.get("", operation_id="workflows_list", responses=documented())
async def list_page(
    session: Reading,
    actor: TheActor,
    paging: Paged,
    channel_id: Annotated[UUID | None, Query(description="Only of this channel.")] = None,
    status: Annotated[WorkflowStatus | None, Query(description="Only in this status.")] = None,
    q: Text = None,
) -> list[WorkflowSummary]:
    """List workflows, newest first; `q` is looked for in titles and requests."""
    page = await reading.list_page(
        session,
        actor,
        channel_id=channel_id,
        status=status,
        text=q,
        limit=paging.limit,
        cursor=paging.cursor,
    )
    return paging.rows(page)


@router.get("/{workflow_id}", operation_id="workflows_get", responses=documented(404))
async def get(workflow_id: UUID, session: Reading, actor: TheActor) -> WorkflowOut:
    """Return a workflow with its tasks."""
    return await reading.get(session, actor, workflow_id)


@router.put(
    "/{workflow_id}",
    operation_id="workflows_update",
    responses={
        **documented(404),
        409: {
            "description": "It can't be edited now, or was edited since: then with the newer workflow.",
            "content": {MEDIA_TYPE: {"schema": _REFUSED}},
        },
    },
)
async def update(
    workflow_id: UUID, body: WorkflowUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Edit a plan that is ready, paused or waits for a decision. Tasks that have begun must stay as they are."""
    await editing.update(session, ports, actor, workflow_id, body)
    return await control.go_on(session, ports, actor, workflow_id)


@router.delete(
    "/{workflow_id}",
    operation_id="workflows_delete",
    status_code=204,
    responses=documented(404, 409),
)
async def delete(workflow_id: UUID, session: Writing, ports: ThePorts, actor: TheActor) -> None:
    """Delete a workflow that does not run. What was said in its thread stays."""
    await plans.delete(session, ports, actor, workflow_id)


@router.get("/{workflow_id}/tasks", operation_id="workflows_tasks", responses=documented(404))
async def tasks(workflow_id: UUID, session: Reading, actor: TheActor) -> list[WorkflowTaskOut]:
    """List the tasks of a workflow in the plan's order; there are 100 at most."""
    return list(await reading.tasks(session, actor, workflow_id))


@router.get(
    "/{workflow_id}/versions", operation_id="workflows_versions", responses=documented(404)
)
async def versions(
    workflow_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[WorkflowVersionSummary]:
    """List the versions of a plan, newest first, each with who made it and what it changed."""
    page = await reading.versions_page(
        session, actor, workflow_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.get(
    "/{workflow_id}/versions/{version}",
    operation_id="workflows_version",
    responses=documented(404),
)
async def one_version(
    workflow_id: UUID, version: int, session: Reading, actor: TheActor
) -> WorkflowVersionOut:
    """Return a plan as it was in a version."""
    return await reading.version(session, actor, workflow_id, version)


def told(made: plans.Made, response: Response) -> WorkflowOut:
    """Return what whoever made a workflow is told."""
    response.headers["Location"] = f"/api/workflows/{made.workflow.id}"
    if not made.created:
        response.status_code = 200
    return made.workflow
