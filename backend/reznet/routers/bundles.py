"""Agents as files, over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.problems import MEDIA_TYPE, documented
from reznet.routers.route import FileRoute
from reznet.schemas.bundles import BundleIn, BundleOut, ImportReport, OnConflict
from reznet.schemas.problems import ProblemOut
from reznet.services.teams import exporting, importing
from reznet.services.teams.exporting import Which

# Before the router of agents: its addresses would be taken for an agent's id.
router = APIRouter(prefix="/agents", tags=["agents"], route_class=FileRoute)

_MAX_IDS = 200

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A bundle, as a file.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BundleOut"}}},
    },
    **documented(404, 413),
}
_REFUSED: dict[str, Any] = {
    "allOf": [
        {"$ref": f"#/components/schemas/{ProblemOut.__name__}"},
        {
            "type": "object",
            "properties": {"report": {"$ref": f"#/components/schemas/{ImportReport.__name__}"}},
        },
    ]
}


@router.get("/export", operation_id="agents_export", response_model=BundleOut, responses=_FILE)
async def export(
    session: Reading,
    id: Annotated[  # noqa: A002 - the parameter's name
        list[UUID] | None, Query(max_length=_MAX_IDS, description="Only these agents.")
    ] = None,
    custom: Annotated[bool | None, Query(description="Only custom, or only default ones.")] = None,
    active: Annotated[bool | None, Query(description="Only those switched on, or off.")] = None,
) -> Response:
    """Write agents into one file, from which they can be made in another workspace."""
    which = Which(ids=id or (), custom=custom, active=active)
    return _file(await exporting.export(session, which), "reznet-agents")


@router.get(
    "/{agent_id}/export",
    operation_id="agents_export_one",
    response_model=BundleOut,
    responses=_FILE,
)
async def export_one(agent_id: UUID, session: Reading) -> Response:
    """Write an agent into a file, from which it can be made in another workspace."""
    bundle = await exporting.export(session, Which(ids=[agent_id]))
    return _file(bundle, bundle.agents[0].name)


@router.post(
    "/import",
    operation_id="agents_import",
    responses={
        **documented(),
        400: {
            "description": "Nothing was imported; `report` says which agents failed.",
            "content": {MEDIA_TYPE: {"schema": _REFUSED}},
        },
    },
)
async def import_bundle(
    body: BundleIn,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    on_conflict: Annotated[
        OnConflict,
        Query(description="What is done where another agent of the name has other contents."),
    ] = OnConflict.SKIP,
    dry_run: Annotated[bool, Query(description="Only tell what would be done.")] = False,
) -> ImportReport:
    """Make the agents of a bundle, all of them or none; the same bundle twice changes nothing."""
    return await importing.take_in(session, ports, actor, body, on_conflict, dry_run=dry_run)


def _file(bundle: BundleOut, name: str) -> Response:
    """Return the bundle to be saved under the name."""
    saved = f"{name}.json"
    plain = saved if saved.isascii() else "reznet-agents.json"
    return Response(
        exporting.as_file(bundle),
        media_type="application/json",
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(saved)}",
            "Cache-Control": "no-store",
        },
    )
