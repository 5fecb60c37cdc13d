"""Whether the workspace lives and can work, for people and for what watches over it."""

import asyncio
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

from reznet import __version__
from reznet.core import metrics
from reznet.core.errors import Unavailable
from reznet.routers.dependencies import TheWorkspace
from reznet.routers.problems import documented
from reznet.services import tasks

log = structlog.get_logger(__name__)

_COUNT_SECONDS = 1.0

router = APIRouter(tags=["operations"])
metrics_router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process answers; `degraded` when something is missing that it can do without."""

    status: Literal["ok", "degraded"]
    version: str
    missing: list[str]


class PartOut(BaseModel):
    """One part that requests need."""

    name: str
    ok: bool
    detail: str


class Readiness(BaseModel):
    """Whether requests can be served."""

    ready: bool
    version: str
    checks: list[PartOut]


@router.get("/health", operation_id="health_get", responses=documented())
async def health(workspace: TheWorkspace) -> Health:
    """Say that the process lives. Looks at nothing that could make it wait."""
    missing = list(workspace.checks.degraded())
    return Health(status="degraded" if missing else "ok", version=__version__, missing=missing)


@router.get(
    "/ready",
    operation_id="ready_get",
    responses={
        **documented(),
        503: {"model": Readiness, "description": "Something that requests need is not there."},
    },
)
async def ready(workspace: TheWorkspace, response: Response) -> Readiness:
    """Look at the database, its schema and the engine that runs agents."""
    checks = await workspace.checks.ready()
    is_ready = all(check.ok for check in checks)
    if not is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return Readiness(
        ready=is_ready,
        version=__version__,
        checks=[PartOut(name=c.name, ok=c.ok, detail=c.detail) for c in checks],
    )


@metrics_router.get("/metrics", include_in_schema=False)
async def exposition(workspace: TheWorkspace) -> Response:
    """Return this process's metrics for Prometheus, also while the database is away."""
    try:
        async with asyncio.timeout(_COUNT_SECONDS), workspace.database.read() as session:
            for status, number in (await tasks.count_unfinished(session)).items():
                metrics.set_unfinished_tasks(status.value, number)
    except (Unavailable, TimeoutError) as error:
        log.warning("tasks can't be counted for the metrics", error=repr(error))
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
