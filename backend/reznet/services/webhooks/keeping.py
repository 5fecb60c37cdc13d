"""Webhooks: made, read, changed and deleted."""

from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession, after_commit
from reznet.core.errors import Conflict, Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.signatures import new_secret
from reznet.repositories import saved_workflows, triggers, webhooks
from reznet.schemas.webhooks import (
    DeliveryOut,
    DeliveryStatus,
    WebhookCreate,
    WebhookOut,
    WebhookUpdate,
    WebhookWithSecret,
)
from reznet.services import events
from reznet.services.access import access_channel
from reznet.services.ports import Actor, Ports
from reznet.services.webhooks.deliveries import LEASE


async def create(session: WriteSession, actor: Actor, body: WebhookCreate) -> WebhookWithSecret:
    """Let an address be told how workflows end; the secret is in the answer, and nowhere else.

    Raises Invalid when the channel, the saved workflow or the trigger is not there.
    """
    await _check(session, actor, body)
    secret = new_secret()
    webhook = await webhooks.insert_webhook(
        session,
        {
            "url": body.url,
            "channel_id": body.channel_id,
            "saved_workflow_id": body.saved_workflow_id,
            "trigger_id": body.trigger_id,
            "statuses": sorted(status.value for status in body.statuses),
            "is_active": body.is_active,
            "secret": secret,
            "created_by": actor.handle,
        },
    )
    await _audit(session, actor, "created", webhook)
    return _with_secret(webhook, secret)


async def get(session: ReadSession | WriteSession, _actor: Actor, webhook_id: UUID) -> WebhookOut:
    """Return the webhook. Raises NotFound."""
    webhook = await webhooks.get(session, webhook_id)
    if webhook is None:
        raise _no_webhook(webhook_id)
    return webhook


async def list_page(
    session: ReadSession, _actor: Actor, *, limit: int = 50, cursor: str | None = None
) -> Page[WebhookOut]:
    """Return webhooks, newest first."""
    before = decode_time_id(cursor) if cursor else None
    rows = await webhooks.select_page(session, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def update(
    session: WriteSession, ports: Ports, actor: Actor, webhook_id: UUID, body: WebhookUpdate
) -> WebhookOut:
    """Change a webhook. What waited while it was off is told once it is on again. Raises NotFound."""
    changes = body.model_dump(mode="json", exclude_none=True)
    if not changes:
        return await get(session, actor, webhook_id)
    if body.statuses is not None:
        changes["statuses"] = sorted(status.value for status in body.statuses)
    values = {**changes, "updated_at": now()}
    webhook = await webhooks.update_webhook(session, webhook_id, values)
    if webhook is None:
        raise _no_webhook(webhook_id)
    if body.is_active is not None:
        await webhooks.hold_back(session, webhook_id, now() if body.is_active else None)
        after_commit(session, lambda: ports.bus.publish(Topic.DELIVERIES, {}))
    await _audit(session, actor, "updated", webhook, fields=sorted(changes))
    return webhook


async def rotate(session: WriteSession, actor: Actor, webhook_id: UUID) -> WebhookWithSecret:
    """Give a webhook a new secret; calls from then on are signed with it, tries of older ones too. Raises NotFound."""
    secret = new_secret()
    changes = {"secret": secret, "updated_at": now()}
    webhook = await webhooks.update_webhook(session, webhook_id, changes)
    if webhook is None:
        raise _no_webhook(webhook_id)
    await _audit(session, actor, "secret_rotated", webhook)
    return _with_secret(webhook, secret)


async def delete(session: WriteSession, actor: Actor, webhook_id: UUID) -> None:
    """Delete a webhook with what it was still to be told. Raises NotFound."""
    webhook = await webhooks.delete_webhook(session, webhook_id)
    if webhook is None:
        raise _no_webhook(webhook_id)
    await _audit(session, actor, "deleted", webhook)


async def deliveries_page(
    session: ReadSession,
    actor: Actor,
    webhook_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[DeliveryOut]:
    """Return what became of each call, newest first. Raises NotFound."""
    await get(session, actor, webhook_id)
    before = decode_time_id(cursor) if cursor else None
    rows = await webhooks.select_deliveries(session, webhook_id, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def redeliver(
    session: WriteSession, ports: Ports, actor: Actor, webhook_id: UUID, delivery_id: UUID
) -> DeliveryOut:
    """Make a call again now, under its id and with all its tries. One that is due within a minute stays as it is.

    Raises:
        NotFound: there is no such webhook, or no such delivery of it.
        Conflict: the webhook is off.
    """
    webhook = await get(session, actor, webhook_id)
    delivery = await webhooks.lock_delivery(session, webhook_id, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery {delivery_id}.", code="delivery_not_found")
    if not webhook.is_active:
        raise Conflict("The webhook is off; switch it on first.", code="webhook_off")
    stamp = now()
    # A call that is being made looks like one that is due soon, and must not be made twice at once.
    if delivery.next_at is not None and delivery.next_at <= stamp + LEASE:
        return delivery
    fresh: dict[str, object] = {
        "status": DeliveryStatus.WAITING.value,
        "attempts": 0,
        "next_at": stamp,
        "response_status": None,
        "error": None,
        "finished_at": None,
    }
    await webhooks.update_delivery(session, delivery_id, fresh)
    await _audit(session, actor, "redelivered", webhook, delivery_id=str(delivery_id))
    after_commit(session, lambda: ports.bus.publish(Topic.DELIVERIES, {}))
    return delivery.model_copy(update={**fresh, "status": DeliveryStatus.WAITING})


async def _check(session: WriteSession, actor: Actor, body: WebhookCreate) -> None:
    if body.channel_id is not None:
        try:
            await access_channel(session, actor, body.channel_id)
        except NotFound:
            raise Invalid.field("channel_id", "there is no such channel") from None
    if body.saved_workflow_id is not None and not await saved_workflows.hold(
        session, body.saved_workflow_id
    ):
        raise Invalid.field("saved_workflow_id", "there is no such saved workflow of your own")
    if body.trigger_id is not None and await triggers.lock(session, body.trigger_id) is None:
        raise Invalid.field("trigger_id", "there is no such trigger")


def _with_secret(webhook: WebhookOut, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret.model_validate({**webhook.model_dump(), "secret": secret})


def _no_webhook(webhook_id: UUID) -> NotFound:
    return NotFound(f"There is no webhook {webhook_id}.", code="webhook_not_found")


async def _audit(
    session: WriteSession, actor: Actor, what: str, webhook: WebhookOut, **details: object
) -> None:
    # Addresses may hold tokens; the host says enough.
    host = webhook.url.split("/")[2]
    await events.audit(
        session, actor, f"webhook.{what}", ("webhook", webhook.id), {"host": host, **details}
    )
