"""Reading the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_

from reznet.core.database import ReadSession
from reznet.models import AUDIT
from reznet.repositories.rows import Columns, selecting
from reznet.schemas.tasks import AuditOut

_COLUMNS: Columns = (
    AUDIT.c.id,
    AUDIT.c.actor,
    AUDIT.c.action,
    AUDIT.c.subject_kind,
    AUDIT.c.subject_id,
    AUDIT.c.details,
    AUDIT.c.created_at,
)


async def select_page(
    session: ReadSession, action: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AuditOut]:
    """Return entries before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS).order_by(AUDIT.c.created_at.desc(), AUDIT.c.id.desc()).limit(limit)
    )
    if action is not None:
        statement = statement.where(AUDIT.c.action == action)
    if before is not None:
        statement = statement.where(tuple_(AUDIT.c.created_at, AUDIT.c.id) < before)
    rows = await session.execute(statement)
    return [AuditOut.model_validate(row, from_attributes=True) for row in rows.all()]
