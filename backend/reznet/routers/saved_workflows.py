"""Saved workflows over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.paging import Paged, Text
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.routers.workflows import MADE, told
from reznet.schemas.saved_workflows import (
    SavedWorkflowCreate,
    SavedWorkflowOut,
    SavedWorkflowRun,
    SavedWorkflowUpdate,
    SaveWorkflow,
)
from reznet.schemas.workflows import WorkflowOut
from reznet.services.saved_workflows import keeping, running

router = APIRouter(tags=["saved workflows"], route_class=ApiRoute)

_ALL, _ONE = "/saved-workflows", "/saved-workflows/{saved_workflow_id}"


@router.post(
    _ALL, operation_id="saved_workflows_create", status_code=201, responses=documented(409)
)
async def create(
    body: SavedWorkflowCreate, session: Writing, actor: TheActor, response: Response
) -> SavedWorkflowOut:
    """Save a plan with placeholders, from which workflows are made."""
    return _located(await keeping.create(session, actor, body), response)


@router.post(
    "/workflows/{workflow_id}/save",
    operation_id="workflows_save",
    status_code=201,
    responses=documented(404, 409),
)
async def save(
    workflow_id: UUID, body: SaveWorkflow, session: Writing, actor: TheActor, response: Response
) -> SavedWorkflowOut:
    """Save the plan of a workflow, from which others are made."""
    return _located(await keeping.save(session, actor, workflow_id, body), response)


@router.get(_ALL, operation_id="saved_workflows_list", responses=documented())
async def list_page(
    session: Reading, actor: TheActor, paging: Paged, q: Text = None
) -> list[SavedWorkflowOut]:
    """List saved workflows, newest first, then those that come with the product; `q` is looked for in names."""
    page = await keeping.list_page(
        session, actor, text=q, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.get(_ONE, operation_id="saved_workflows_get", responses=documented(404))
async def get(saved_workflow_id: UUID, session: Reading, actor: TheActor) -> SavedWorkflowOut:
    """Return a saved workflow."""
    return await keeping.get(session, actor, saved_workflow_id)


@router.put(_ONE, operation_id="saved_workflows_update", responses=documented(404, 409))
async def update(
    saved_workflow_id: UUID, body: SavedWorkflowUpdate, session: Writing, actor: TheActor
) -> SavedWorkflowOut:
    """Change a saved workflow; what is left out stays, and so does what was made of it."""
    return await keeping.update(session, actor, saved_workflow_id, body)


@router.delete(
    _ONE, operation_id="saved_workflows_delete", status_code=204, responses=documented(404, 409)
)
async def delete(saved_workflow_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a saved workflow with its triggers; what was made of it stays."""
    await keeping.delete(session, actor, saved_workflow_id)


@router.post(f"{_ONE}/run", operation_id="saved_workflows_run", status_code=201, responses=MADE)
async def run(
    saved_workflow_id: UUID,
    body: SavedWorkflowRun,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> WorkflowOut:
    """Make a workflow of a saved one, with values for its parameters."""
    body = keyed(body, idempotency_key)
    return told(await running.run(session, ports, actor, saved_workflow_id, body), response)


def _located(saved: SavedWorkflowOut, response: Response) -> SavedWorkflowOut:
    response.headers["Location"] = f"/api/saved-workflows/{saved.id}"
    return saved
