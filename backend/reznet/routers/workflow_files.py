"""Plans as files, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.downloads import content_disposition
from reznet.routers.idempotency import IdempotencyKey
from reznet.routers.problems import documented
from reznet.routers.route import FileRoute
from reznet.routers.workflows import MADE, told
from reznet.schemas.workflow_files import WorkflowFileIn, WorkflowFileOut
from reznet.schemas.workflows import WorkflowOut
from reznet.services.workflows import exporting

router = APIRouter(prefix="/workflows", tags=["workflows"], route_class=FileRoute)


@router.post("/import", operation_id="workflows_import", status_code=201, responses=MADE)
async def import_file(
    body: WorkflowFileIn,
    channel_id: Annotated[UUID, Query(description="Where the plan is put.")],
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> WorkflowOut:
    """Put the plan of a file into a channel. It waits to be started."""
    made = await exporting.take_in(session, ports, actor, channel_id, body, idempotency_key)
    return told(made, response)


@router.get(
    "/{workflow_id}/export",
    operation_id="workflows_export",
    response_model=WorkflowFileOut,
    responses=documented(404, 409),
)
async def export(workflow_id: UUID, session: Reading, actor: TheActor) -> Response:
    """Write a plan into a file, from which it can be made again, here or in another workspace."""
    file = await exporting.export(session, actor, workflow_id)
    return Response(
        file.model_dump_json(indent=2).encode() + b"\n",
        media_type="application/json",
        headers={
            "Content-Disposition": content_disposition(f"{file.title}.json", is_shown=False),
            "Cache-Control": "no-store",
        },
    )
