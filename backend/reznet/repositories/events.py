"""Writing to the outbox and the audit log."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.models import AuditEntry, Event


async def append(
    session: WriteSession,
    kind: str,
    *,
    channel_id: UUID,
    message_id: UUID | None = None,
    task_id: UUID | None = None,
) -> None:
    """Record a domain event. Call it last: the sooner the commit follows, the sooner it is told."""
    await session.execute(
        insert(Event).values(
            kind=kind,
            channel_id=channel_id,
            message_id=message_id,
            task_id=task_id,
            payload={},
            created_at=now(),
        )
    )


async def audit(
    session: WriteSession,
    actor: str,
    action: str,
    subject: tuple[str, str],
    details: Mapping[str, object] | None = None,
) -> None:
    """Record a critical act; `subject` is its kind and id, `details` holds no secrets."""
    await session.execute(
        insert(AuditEntry).values(
            id=new_id(),
            actor=actor,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            details=dict(details or {}),
            created_at=now(),
        )
    )
