"""Webhooks over HTTP: which addresses are told how workflows end, and what became of it."""

from uuid import UUID

from fastapi import APIRouter, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.webhooks import (
    DeliveryOut,
    WebhookCreate,
    WebhookOut,
    WebhookUpdate,
    WebhookWithSecret,
)
from reznet.services.webhooks import keeping

router = APIRouter(tags=["webhooks"], route_class=ApiRoute)

_ALL, _ONE = "/webhooks", "/webhooks/{webhook_id}"


@router.post(_ALL, operation_id="webhooks_create", status_code=201, responses=documented())
async def create(
    body: WebhookCreate, session: Writing, actor: TheActor, response: Response
) -> WebhookWithSecret:
    """Let an address be told how workflows end; the secret that calls are signed with is shown once."""
    made = await keeping.create(session, actor, body)
    response.headers["Location"] = f"/api/webhooks/{made.id}"
    return made


@router.get(_ALL, operation_id="webhooks_list", responses=documented())
async def list_page(session: Reading, actor: TheActor, paging: Paged) -> list[WebhookOut]:
    """List webhooks, newest first."""
    page = await keeping.list_page(session, actor, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)


@router.get(_ONE, operation_id="webhooks_get", responses=documented(404))
async def get(webhook_id: UUID, session: Reading, actor: TheActor) -> WebhookOut:
    """Return a webhook."""
    return await keeping.get(session, actor, webhook_id)


@router.put(_ONE, operation_id="webhooks_update", responses=documented(404))
async def update(
    webhook_id: UUID, body: WebhookUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> WebhookOut:
    """Change a webhook; what is left out stays. What waited while it was off is told once it is on again."""
    return await keeping.update(session, ports, actor, webhook_id, body)


@router.delete(_ONE, operation_id="webhooks_delete", status_code=204, responses=documented(404))
async def delete(webhook_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a webhook, with what it was still to be told."""
    await keeping.delete(session, actor, webhook_id)


@router.post(f"{_ONE}/rotate", operation_id="webhooks_rotate", responses=documented(404))
async def rotate(webhook_id: UUID, session: Writing, actor: TheActor) -> WebhookWithSecret:
    """Give a webhook a new secret, which is shown once; whatever is sent from then on is signed with it."""
    return await keeping.rotate(session, actor, webhook_id)


@router.get(f"{_ONE}/deliveries", operation_id="webhooks_deliveries", responses=documented(404))
async def deliveries(
    webhook_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[DeliveryOut]:
    """List what became of each call, newest first; kept for 30 days."""
    page = await keeping.deliveries_page(
        session, actor, webhook_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.post(
    f"{_ONE}/deliveries/{{delivery_id}}/redeliver",
    operation_id="webhooks_redeliver",
    status_code=202,
    responses=documented(404, 409),
)
async def redeliver(
    webhook_id: UUID, delivery_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> DeliveryOut:
    """Make a call again now, under the same `webhook-id`, whatever became of it before."""
    return await keeping.redeliver(session, ports, actor, webhook_id, delivery_id)
