"""Webhooks, and what became of each call, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, delete, insert, or_, select, tuple_, update

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import WEBHOOK_DELIVERIES, WEBHOOKS
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.webhooks import DeliveryOut, DeliveryStatus, Ended, WebhookOut

_COLUMNS: Columns = (
    WEBHOOKS.c.id,
    WEBHOOKS.c.url,
    WEBHOOKS.c.channel_id,
    WEBHOOKS.c.saved_workflow_id,
    WEBHOOKS.c.trigger_id,
    WEBHOOKS.c.statuses,
    WEBHOOKS.c.is_active,
    WEBHOOKS.c.last_error,
    WEBHOOKS.c.created_by,
    WEBHOOKS.c.created_at,
    WEBHOOKS.c.updated_at,
)
_DELIVERY_COLUMNS: Columns = (
    WEBHOOK_DELIVERIES.c.id,
    WEBHOOK_DELIVERIES.c.webhook_id,
    WEBHOOK_DELIVERIES.c.workflow_id,
    WEBHOOK_DELIVERIES.c.event,
    WEBHOOK_DELIVERIES.c.status,
    WEBHOOK_DELIVERIES.c.attempts,
    WEBHOOK_DELIVERIES.c.next_at,
    WEBHOOK_DELIVERIES.c.response_status,
    WEBHOOK_DELIVERIES.c.error,
    WEBHOOK_DELIVERIES.c.created_at,
    WEBHOOK_DELIVERIES.c.finished_at,
)
# Each workflow that ends asks this; there are few rows to look through.
_CONCERNED = Statement(
    select(WEBHOOKS.c.id).where(
        WEBHOOKS.c.is_active,
        or_(WEBHOOKS.c.channel_id.is_(None), WEBHOOKS.c.channel_id == bindparam("in_channel")),
        or_(
            WEBHOOKS.c.saved_workflow_id.is_(None),
            WEBHOOKS.c.saved_workflow_id == bindparam("made_of"),
        ),
        or_(WEBHOOKS.c.trigger_id.is_(None), WEBHOOKS.c.trigger_id == bindparam("made_by")),
        bindparam("ended", type_=WEBHOOKS.c.url.type) == any_(WEBHOOKS.c.statuses),
    )
)
_NEXT = Statement(
    select(WEBHOOK_DELIVERIES.c.next_at)
    .join(WEBHOOKS, WEBHOOKS.c.id == WEBHOOK_DELIVERIES.c.webhook_id)
    .where(WEBHOOK_DELIVERIES.c.next_at.is_not(None), WEBHOOKS.c.is_active)
    .order_by(WEBHOOK_DELIVERIES.c.next_at)
    .limit(1)
)


async def insert_webhook(session: WriteSession, values: Mapping[str, Any]) -> WebhookOut:
    """Store a webhook; what it names is there."""
    stamp = now()
    row = {"id": new_id(), "created_at": stamp, "updated_at": stamp, **values}
    statement = returning(insert(WEBHOOKS).values(row), _COLUMNS)
    return _webhook((await session.execute(statement)).one())


async def get(session: ReadSession, webhook_id: UUID) -> WebhookOut | None:
    """Return the webhook, or None."""
    statement = selecting(_COLUMNS).where(WEBHOOKS.c.id == webhook_id)
    row = (await session.execute(statement)).one_or_none()
    return _webhook(row) if row else None


async def select_page(
    session: ReadSession, before: tuple[datetime, UUID] | None, limit: int
) -> list[WebhookOut]:
    """Return webhooks before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .order_by(WEBHOOKS.c.created_at.desc(), WEBHOOKS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(tuple_(WEBHOOKS.c.created_at, WEBHOOKS.c.id) < before)
    return [_webhook(row) for row in (await session.execute(statement)).all()]


async def update_webhook(
    session: WriteSession, webhook_id: UUID, changes: Mapping[str, object]
) -> WebhookOut | None:
    """Change columns of a webhook; None when it is gone."""
    statement = update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id).values(changes)
    row = (await session.execute(returning(statement, _COLUMNS))).one_or_none()
    return _webhook(row) if row else None


async def delete_webhook(session: WriteSession, webhook_id: UUID) -> WebhookOut | None:
    """Delete a webhook with its deliveries; return it, or None when it was not there."""
    statement = returning(delete(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id), _COLUMNS)
    row = (await session.execute(statement)).one_or_none()
    return _webhook(row) if row else None


async def concerned(
    session: ReadSession,
    status: str,
    channel_id: UUID,
    saved_workflow_id: UUID | None,
    trigger_id: UUID | None,
) -> list[UUID]:
    """Return the active webhooks that are told of an ending like this."""
    rows = await session.fetch(
        _CONCERNED,
        {
            "in_channel": channel_id,
            "made_of": saved_workflow_id,
            "made_by": trigger_id,
            "ended": status,
        },
    )
    return [row.id for row in rows]


async def insert_deliveries(
    session: WriteSession, webhook_ids: Sequence[UUID], workflow_id: UUID, event: str, body: str
) -> None:
    """Store what webhooks are to be told, now."""
    stamp = now()
    rows = [
        {
            "id": new_id(),
            "webhook_id": webhook_id,
            "workflow_id": workflow_id,
            "event": event,
            "body": body,
            "status": DeliveryStatus.WAITING.value,
            "attempts": 0,
            "next_at": stamp,
            "created_at": stamp,
        }
        for webhook_id in webhook_ids
    ]
    await session.execute(insert(WEBHOOK_DELIVERIES).values(rows))


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made, and the how manyeth try it is."""

    delivery_id: UUID
    webhook_id: UUID
    url: str
    secret: str
    body: str
    attempt: int


async def take_due(
    session: WriteSession, moment: datetime, lease: datetime, limit: int
) -> list[Call]:
    """Take calls whose time has come and that nobody else is at; until `lease`, nobody else makes them.

    Those of webhooks that are off wait until they are on again.
    """
    due = (
        select(WEBHOOK_DELIVERIES.c.id)
        .join(WEBHOOKS, WEBHOOKS.c.id == WEBHOOK_DELIVERIES.c.webhook_id)
        .where(WEBHOOK_DELIVERIES.c.next_at <= moment, WEBHOOKS.c.is_active)
        .order_by(WEBHOOK_DELIVERIES.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=WEBHOOK_DELIVERIES)
    )
    ids = list((await session.execute(due)).scalars())
    if not ids:
        return []
    taken = (
        update(WEBHOOK_DELIVERIES)
        .where(WEBHOOK_DELIVERIES.c.id.in_(ids), WEBHOOKS.c.id == WEBHOOK_DELIVERIES.c.webhook_id)
        .values(next_at=lease, attempts=WEBHOOK_DELIVERIES.c.attempts + 1)
    )
    statement = returning(
        taken.execution_options(synchronize_session=False),
        (
            WEBHOOK_DELIVERIES.c.id,
            WEBHOOK_DELIVERIES.c.webhook_id,
            WEBHOOKS.c.url,
            WEBHOOKS.c.secret,
            WEBHOOK_DELIVERIES.c.body,
            WEBHOOK_DELIVERIES.c.attempts,
        ),
    )
    rows = (await session.execute(statement)).all()
    return [
        Call(row.id, row.webhook_id, row.url, row.secret, row.body, row.attempts) for row in rows
    ]


async def next_due(session: ReadSession) -> datetime | None:
    """Return the time of the next call, or None."""
    row = await session.fetch_one(_NEXT, {})
    return row.next_at if row else None


async def update_delivery(
    session: WriteSession, delivery_id: UUID, changes: Mapping[str, object]
) -> None:
    """Change columns of a delivery."""
    statement = (
        update(WEBHOOK_DELIVERIES).where(WEBHOOK_DELIVERIES.c.id == delivery_id).values(changes)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def lock_delivery(
    session: WriteSession, webhook_id: UUID, delivery_id: UUID
) -> DeliveryOut | None:
    """Return a delivery of a webhook, held until the transaction ends; None when it is not there."""
    statement = (
        selecting(_DELIVERY_COLUMNS)
        .where(
            WEBHOOK_DELIVERIES.c.id == delivery_id,
            WEBHOOK_DELIVERIES.c.webhook_id == webhook_id,
        )
        .with_for_update()
    )
    row = (await session.execute(statement)).one_or_none()
    return DeliveryOut.model_validate(row, from_attributes=True) if row else None


async def hold_back(session: WriteSession, webhook_id: UUID, moment: datetime | None) -> None:
    """Let no call of a webhook be made (`None`), or all that wait from then on."""
    statement = (
        update(WEBHOOK_DELIVERIES)
        .where(
            WEBHOOK_DELIVERIES.c.webhook_id == webhook_id,
            WEBHOOK_DELIVERIES.c.status == DeliveryStatus.WAITING.value,
        )
        .values(next_at=moment)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def select_deliveries(
    session: ReadSession, webhook_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[DeliveryOut]:
    """Return the deliveries of a webhook before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_DELIVERY_COLUMNS)
        .where(WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
        .order_by(WEBHOOK_DELIVERIES.c.created_at.desc(), WEBHOOK_DELIVERIES.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(
            tuple_(WEBHOOK_DELIVERIES.c.created_at, WEBHOOK_DELIVERIES.c.id) < before
        )
    rows = (await session.execute(statement)).all()
    return [DeliveryOut.model_validate(row, from_attributes=True) for row in rows]


async def delete_deliveries_before(session: WriteSession, before: datetime, limit: int) -> int:
    """Delete at most `limit` deliveries that are over and older than a time, and return how many."""
    old = (
        select(WEBHOOK_DELIVERIES.c.id)
        .where(
            WEBHOOK_DELIVERIES.c.created_at < before,
            WEBHOOK_DELIVERIES.c.status != DeliveryStatus.WAITING.value,
        )
        .limit(limit)
    )
    statement = delete(WEBHOOK_DELIVERIES).where(WEBHOOK_DELIVERIES.c.id.in_(old))
    return (await session.execute(statement)).rowcount


def _webhook(row: AnyRow) -> WebhookOut:
    return WebhookOut(
        id=row.id,
        url=row.url,
        channel_id=row.channel_id,
        saved_workflow_id=row.saved_workflow_id,
        trigger_id=row.trigger_id,
        statuses=tuple(Ended(status) for status in row.statuses),
        is_active=row.is_active,
        last_error=row.last_error,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
