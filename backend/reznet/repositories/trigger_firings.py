"""What came of each occurrence of a trigger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.models import TRIGGER_FIRINGS
from reznet.repositories.rows import AnyRow, Columns, selecting
from reznet.schemas.messages import MessageError
from reznet.schemas.triggers import FiringKind, FiringOut, FiringStatus

_COLUMNS: Columns = (
    TRIGGER_FIRINGS.c.id,
    TRIGGER_FIRINGS.c.trigger_id,
    TRIGGER_FIRINGS.c.kind,
    TRIGGER_FIRINGS.c.status,
    TRIGGER_FIRINGS.c.occurrence,
    TRIGGER_FIRINGS.c.workflow_id,
    TRIGGER_FIRINGS.c.message_id,
    TRIGGER_FIRINGS.c.parameters,
    TRIGGER_FIRINGS.c.error_code,
    TRIGGER_FIRINGS.c.error_detail,
    TRIGGER_FIRINGS.c.created_at,
)


@dataclass(frozen=True, slots=True)
class NewFiring:
    """An occurrence to be recorded, and what came with it."""

    trigger_id: UUID
    kind: FiringKind
    occurrence: str
    parameters: Mapping[str, str]
    message_id: UUID | None = None
    status: FiringStatus = FiringStatus.STARTED


async def insert_firing(session: WriteSession, firing: NewFiring) -> UUID | None:
    """Record an occurrence and return the record's id; None when it was recorded before."""
    statement = (
        insert(TRIGGER_FIRINGS)
        .values(
            id=new_id(),
            trigger_id=firing.trigger_id,
            occurrence=firing.occurrence,
            kind=firing.kind.value,
            status=firing.status.value,
            message_id=firing.message_id,
            parameters=dict(firing.parameters),
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["trigger_id", "occurrence"])
        .returning(TRIGGER_FIRINGS.c.id)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def get(session: ReadSession, firing_id: UUID) -> FiringOut | None:
    """Return what came of an occurrence, or None."""
    statement = selecting(_COLUMNS).where(TRIGGER_FIRINGS.c.id == firing_id)
    row = (await session.execute(statement)).one_or_none()
    return _firing(row) if row else None


async def of_occurrence(
    session: ReadSession, trigger_id: UUID, occurrence: str
) -> FiringOut | None:
    """Return what came of this occurrence of the trigger, or None."""
    statement = selecting(_COLUMNS).where(
        TRIGGER_FIRINGS.c.trigger_id == trigger_id, TRIGGER_FIRINGS.c.occurrence == occurrence
    )
    row = (await session.execute(statement)).one_or_none()
    return _firing(row) if row else None


async def update_firing(
    session: WriteSession, firing_id: UUID, changes: Mapping[str, object]
) -> None:
    """Change columns of the record of an occurrence."""
    statement = update(TRIGGER_FIRINGS).where(TRIGGER_FIRINGS.c.id == firing_id).values(changes)
    await session.execute(statement.execution_options(synchronize_session=False))


async def select_page(
    session: ReadSession, trigger_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[FiringOut]:
    """Return what came of a trigger's occurrences before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .where(TRIGGER_FIRINGS.c.trigger_id == trigger_id)
        .order_by(TRIGGER_FIRINGS.c.created_at.desc(), TRIGGER_FIRINGS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(
            tuple_(TRIGGER_FIRINGS.c.created_at, TRIGGER_FIRINGS.c.id) < before
        )
    return [_firing(row) for row in (await session.execute(statement)).all()]


async def delete_before(session: WriteSession, before: datetime, limit: int) -> int:
    """Delete at most `limit` records older than a time and return how many."""
    old = select(TRIGGER_FIRINGS.c.id).where(TRIGGER_FIRINGS.c.created_at < before).limit(limit)
    statement = delete(TRIGGER_FIRINGS).where(TRIGGER_FIRINGS.c.id.in_(old))
    return (await session.execute(statement)).rowcount


def _firing(row: AnyRow) -> FiringOut:
    error = None
    if row.error_code:
        error = MessageError(code=row.error_code, message=row.error_detail or "")
    return FiringOut(
        id=row.id,
        trigger_id=row.trigger_id,
        kind=FiringKind(row.kind),
        status=FiringStatus(row.status),
        occurrence=row.occurrence,
        workflow_id=row.workflow_id,
        message_id=row.message_id,
        parameters=row.parameters,
        error=error,
        created_at=row.created_at,
    )
