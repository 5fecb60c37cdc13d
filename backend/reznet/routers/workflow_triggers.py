"""Triggers of saved workflows over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.triggers import (
    FiringOut,
    TriggerCreate,
    TriggerFire,
    TriggerKind,
    TriggerOut,
    TriggerPreview,
    TriggerTimes,
    TriggerUpdate,
    TriggerWithSecret,
)
from reznet.services.triggers import firing, keeping, times

router = APIRouter(tags=["workflow triggers"], route_class=ApiRoute)

_ALL, _ONE = "/workflow-triggers", "/workflow-triggers/{trigger_id}"


@router.post(
    _ALL, operation_id="workflow_triggers_create", status_code=201, responses=documented(404, 409)
)
async def create(
    body: TriggerCreate, session: Writing, ports: ThePorts, actor: TheActor, response: Response
) -> TriggerWithSecret:
    """Let a saved workflow be run by itself: at times, by calls from outside, or by messages."""
    made = await keeping.create(session, ports, actor, body)
    response.headers["Location"] = f"/api/workflow-triggers/{made.id}"
    return made


@router.get(_ALL, operation_id="workflow_triggers_list", responses=documented())
async def list_page(
    session: Reading,
    actor: TheActor,
    paging: Paged,
    channel_id: Annotated[UUID | None, Query(description="Only of this channel.")] = None,
    saved_workflow_id: Annotated[
        UUID | None, Query(description="Only of this saved workflow.")
    ] = None,
    kind: Annotated[TriggerKind | None, Query(description="Only of this kind.")] = None,
) -> list[TriggerOut]:
    """List triggers, newest first."""
    only = keeping.Filter(channel_id=channel_id, saved_workflow_id=saved_workflow_id, kind=kind)
    page = await keeping.list_page(session, actor, only, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)


@router.post(f"{_ALL}/preview", operation_id="workflow_triggers_preview", responses=documented())
async def preview(body: TriggerPreview, _actor: TheActor) -> TriggerTimes:
    """Tell when a schedule would be due, the next five times. Nothing is stored."""
    return times.preview(body.settings)


@router.get(_ONE, operation_id="workflow_triggers_get", responses=documented(404))
async def get(trigger_id: UUID, session: Reading, actor: TheActor) -> TriggerOut:
    """Return a trigger."""
    return await keeping.get(session, actor, trigger_id)


@router.put(_ONE, operation_id="workflow_triggers_update", responses=documented(404, 409))
async def update(
    trigger_id: UUID, body: TriggerUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> TriggerOut:
    """Change a trigger; what is left out stays. One that is switched on counts from now."""
    return await keeping.update(session, ports, actor, trigger_id, body)


@router.delete(
    _ONE, operation_id="workflow_triggers_delete", status_code=204, responses=documented(404)
)
async def delete(trigger_id: UUID, session: Writing, ports: ThePorts, actor: TheActor) -> None:
    """Delete a trigger with its history; the workflows that it has made stay."""
    await keeping.delete(session, ports, actor, trigger_id)


@router.post(f"{_ONE}/rotate", operation_id="workflow_triggers_rotate", responses=documented(404))
async def rotate(
    trigger_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> TriggerWithSecret:
    """Give a webhook a new secret, which is shown once. Calls signed with the old one are refused from then on."""
    return await keeping.rotate(session, ports, actor, trigger_id)


@router.post(
    f"{_ONE}/fire",
    operation_id="workflow_triggers_fire",
    status_code=201,
    responses={
        200: {"model": FiringOut, "description": "It was fired before, under this key."},
        **documented(404, 409),
    },
)
async def fire(
    trigger_id: UUID,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    body: TriggerFire | None = None,
    idempotency_key: IdempotencyKey = None,
) -> FiringOut:
    """Fire a trigger now, whether it is active or not."""
    body = body or TriggerFire()
    body = keyed(body, idempotency_key)
    fired = await firing.fire_by_hand(session, ports, actor, trigger_id, body)
    if not fired.is_new:
        response.status_code = 200
    return fired.firing


@router.get(f"{_ONE}/firings", operation_id="workflow_triggers_firings", responses=documented(404))
async def firings(
    trigger_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[FiringOut]:
    """List what came of a trigger, newest first; kept for 30 days."""
    page = await keeping.firings_page(
        session, actor, trigger_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)
