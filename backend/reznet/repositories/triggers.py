"""Triggers of saved workflows in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import SAVED_WORKFLOWS, WORKFLOW_TRIGGERS
from reznet.repositories.rows import AnyRow, Columns, selecting
from reznet.schemas.triggers import TriggerKind, TriggerOut, TriggerSettings

_SETTINGS: TypeAdapter[TriggerSettings] = TypeAdapter(TriggerSettings)
_COLUMNS: Columns = (
    WORKFLOW_TRIGGERS.c.id,
    WORKFLOW_TRIGGERS.c.saved_workflow_id,
    SAVED_WORKFLOWS.c.name.label("saved_workflow_name"),
    WORKFLOW_TRIGGERS.c.channel_id,
    WORKFLOW_TRIGGERS.c.kind,
    WORKFLOW_TRIGGERS.c.settings,
    WORKFLOW_TRIGGERS.c.parameters,
    WORKFLOW_TRIGGERS.c.auto_start,
    WORKFLOW_TRIGGERS.c.is_active,
    WORKFLOW_TRIGGERS.c.next_at,
    WORKFLOW_TRIGGERS.c.last_fired_at,
    WORKFLOW_TRIGGERS.c.last_error,
    WORKFLOW_TRIGGERS.c.created_by,
    WORKFLOW_TRIGGERS.c.created_at,
    WORKFLOW_TRIGGERS.c.updated_at,
)
_ALL = selecting(_COLUMNS).join(
    SAVED_WORKFLOWS, SAVED_WORKFLOWS.c.id == WORKFLOW_TRIGGERS.c.saved_workflow_id
)
_SCHEDULED = WORKFLOW_TRIGGERS.c.is_active & WORKFLOW_TRIGGERS.c.next_at.is_not(None)
_NEXT = Statement(
    select(WORKFLOW_TRIGGERS.c.next_at)
    .where(_SCHEDULED)
    .order_by(WORKFLOW_TRIGGERS.c.next_at)
    .limit(1)
)
_SECRET = Statement(
    select(WORKFLOW_TRIGGERS.c.secret, WORKFLOW_TRIGGERS.c.is_active).where(
        WORKFLOW_TRIGGERS.c.id == bindparam("row_id"),
        WORKFLOW_TRIGGERS.c.kind == TriggerKind.WEBHOOK.value,
    )
)


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """A trigger to be stored. Settings and parameters are ready for JSON."""

    saved_workflow_id: UUID
    channel_id: UUID
    kind: TriggerKind
    settings: dict[str, Any]
    parameters: dict[str, str]
    auto_start: bool
    is_active: bool
    secret: str | None
    next_at: datetime | None
    created_by: str


async def insert_trigger(session: WriteSession, trigger: NewTrigger) -> UUID:
    """Store a trigger and return its id; its saved workflow is held by the caller."""
    stamp, trigger_id = now(), new_id()
    await session.execute(
        insert(WORKFLOW_TRIGGERS).values(
            id=trigger_id,
            saved_workflow_id=trigger.saved_workflow_id,
            channel_id=trigger.channel_id,
            kind=trigger.kind.value,
            settings=trigger.settings,
            parameters=trigger.parameters,
            auto_start=trigger.auto_start,
            is_active=trigger.is_active,
            secret=trigger.secret,
            next_at=trigger.next_at,
            armed_at=stamp,
            seen_at=stamp,
            created_by=trigger.created_by,
            created_at=stamp,
            updated_at=stamp,
        )
    )
    return trigger_id


async def get(session: ReadSession, trigger_id: UUID) -> TriggerOut | None:
    """Return the trigger, or None."""
    row = (await session.execute(_ALL.where(WORKFLOW_TRIGGERS.c.id == trigger_id))).one_or_none()
    return _trigger(row) if row else None


async def lock(session: WriteSession, trigger_id: UUID) -> TriggerOut | None:
    """Return the trigger and let nobody else change it or make it fire until the transaction ends, or None."""
    statement = (
        select(WORKFLOW_TRIGGERS.c.id)
        .where(WORKFLOW_TRIGGERS.c.id == trigger_id)
        .with_for_update()
    )
    if (await session.execute(statement)).one_or_none() is None:
        return None
    return await get(session, trigger_id)


async def lock_due(session: WriteSession, moment: datetime) -> TriggerOut | None:
    """Lock a schedule whose time has come and which nobody else is at, and return it; None when there is none."""
    statement = (
        select(WORKFLOW_TRIGGERS.c.id)
        .where(_SCHEDULED, WORKFLOW_TRIGGERS.c.next_at <= moment)
        .order_by(WORKFLOW_TRIGGERS.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = (await session.execute(statement)).scalar_one_or_none()
    return await get(session, found) if found is not None else None


async def next_due(session: ReadSession) -> datetime | None:
    """Return the next time of any schedule, or None."""
    row = await session.fetch_one(_NEXT, {})
    return row.next_at if row else None


async def secret_of(session: ReadSession, trigger_id: UUID) -> str | None:
    """Return the secret that calls of a webhook are signed with; None when there is no such webhook, or it is off."""
    row = await session.fetch_one(_SECRET, {"row_id": trigger_id})
    return row.secret if row and row.is_active else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which triggers a list shows; None: whatever."""

    channel_id: UUID | None = None
    saved_workflow_id: UUID | None = None
    kind: TriggerKind | None = None


async def select_page(
    session: ReadSession, only: Filter, before: tuple[datetime, UUID] | None, limit: int
) -> list[TriggerOut]:
    """Return triggers before the given key, newest first, at most `limit`."""
    statement = _ALL.order_by(
        WORKFLOW_TRIGGERS.c.created_at.desc(), WORKFLOW_TRIGGERS.c.id.desc()
    ).limit(limit)
    if only.channel_id is not None:
        statement = statement.where(WORKFLOW_TRIGGERS.c.channel_id == only.channel_id)
    if only.saved_workflow_id is not None:
        statement = statement.where(
            WORKFLOW_TRIGGERS.c.saved_workflow_id == only.saved_workflow_id
        )
    if only.kind is not None:
        statement = statement.where(WORKFLOW_TRIGGERS.c.kind == only.kind.value)
    if before is not None:
        statement = statement.where(
            tuple_(WORKFLOW_TRIGGERS.c.created_at, WORKFLOW_TRIGGERS.c.id) < before
        )
    return [_trigger(row) for row in (await session.execute(statement)).all()]


async def update_trigger(
    session: WriteSession, trigger_id: UUID, changes: Mapping[str, object]
) -> None:
    """Change columns of a trigger."""
    statement = (
        update(WORKFLOW_TRIGGERS).where(WORKFLOW_TRIGGERS.c.id == trigger_id).values(changes)
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def delete_trigger(session: WriteSession, trigger_id: UUID) -> bool:
    """Delete a trigger with its history; return whether there was one."""
    statement = delete(WORKFLOW_TRIGGERS).where(WORKFLOW_TRIGGERS.c.id == trigger_id)
    return (await session.execute(statement)).rowcount > 0


def _trigger(row: AnyRow) -> TriggerOut:
    is_webhook = row.kind == TriggerKind.WEBHOOK.value
    return TriggerOut(
        id=row.id,
        saved_workflow_id=row.saved_workflow_id,
        saved_workflow_name=row.saved_workflow_name,
        channel_id=row.channel_id,
        kind=TriggerKind(row.kind),
        settings=_SETTINGS.validate_python(row.settings),
        parameters=row.parameters,
        auto_start=row.auto_start,
        is_active=row.is_active,
        url=f"/api/hooks/{row.id}" if is_webhook else None,
        next_at=row.next_at if row.is_active else None,
        last_fired_at=row.last_fired_at,
        last_error=row.last_error,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
