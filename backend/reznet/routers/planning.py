"""Asking for a plan over HTTP, and waiting for it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from reznet.routers.dependencies import TheActor, TheWorkspace
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.workflows import PlanRequest, WorkflowOut
from reznet.services import plan_requests
from reznet.services.workflows import reading
from reznet.workflows.plan import WorkflowStatus

router = APIRouter(prefix="/workflows", tags=["workflows"], route_class=ApiRoute)

_MOST_SECONDS = 600
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,4})", re.IGNORECASE)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    201: {"model": WorkflowOut, "description": "Planning is over; `status` says how it ended."},
    202: {"model": WorkflowOut, "description": "It is being planned, and goes on."},
}


@router.post(
    "/plan",
    operation_id="workflows_plan",
    status_code=202,
    responses=_ANSWERS | documented(404, 409),
)
async def plan(
    body: PlanRequest,
    workspace: TheWorkspace,
    actor: TheActor,
    response: Response,
    wait: Annotated[
        float | None,
        Query(ge=0, le=_MOST_SECONDS, description="Seconds until 202; without it, at once."),
    ] = None,
    prefer: Annotated[str, Header(description="`wait=` seconds, like the parameter.")] = "",
    idempotency_key: IdempotencyKey = None,
) -> WorkflowOut:
    """Ask the orchestrator for a plan: the request is posted in the channel, and its answer becomes the card."""
    body = keyed(body, idempotency_key)
    async with workspace.database.write() as session:
        asked = await plan_requests.ask(session, workspace.ports, actor, body)
    workflow = asked.workflow
    seconds = _preferred(prefer) if wait is None else wait
    if asked.task is not None and seconds > 0:
        await workspace.watch.until_final(asked.task, seconds)
        async with workspace.database.read() as session:
            workflow = await reading.get(session, actor, workflow.id)
    response.headers["Location"] = f"/api/workflows/{workflow.id}"
    if workflow.status is not WorkflowStatus.PLANNING:
        response.status_code = 201
    return workflow


def _preferred(header: str) -> float:
    """Return for how many seconds the client wants to wait (RFC 7240)."""
    found = _WAIT.search(header)
    return min(float(found[1]), _MOST_SECONDS) if found is not None else 0
