"""Reading the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from reznet.models import AuditEntry
from reznet.repositories.rows import Columns, selecting
from reznet.schemas.tasks import AuditOut

_COLUMNS: Columns = (
    AuditEntry.id,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject_kind,
    AuditEntry.subject_id,
    AuditEntry.details,
    AuditEntry.created_at,
)


async def select_page(
    session: AsyncSession, action: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AuditOut]:
    """Return entries before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if action is not None:
        statement = statement.where(AuditEntry.action == action)
    if before is not None:
        statement = statement.where(tuple_(AuditEntry.created_at, AuditEntry.id) < before)
    rows = await session.execute(statement)
    return [AuditOut.model_validate(row, from_attributes=True) for row in rows.all()]
