"""Writing to the outbox and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.models import AUDIT, EVENTS


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A domain event to be recorded."""

    kind: str
    channel_id: UUID
    message_id: UUID | None
    task_id: UUID | None


async def insert_events(session: WriteSession, events: Sequence[NewEvent]) -> None:
    """Record domain events, in this order."""
    stamp = now()
    rows: list[dict[str, object]] = [
        {
            "kind": event.kind,
            "channel_id": event.channel_id,
            "message_id": event.message_id,
            "task_id": event.task_id,
            "payload": {},
            "created_at": stamp,
        }
        for event in events
    ]
    if len(rows) == 1:
        await session.execute(_INSERT, rows[0])
    else:
        # One statement with many rows keeps their order, which executing it many times need not.
        await session.execute(insert(EVENTS).values(rows))


_INSERT = insert(EVENTS)


async def audit(
    session: WriteSession,
    actor: str,
    action: str,
    subject: tuple[str, str],
    details: Mapping[str, object] | None = None,
) -> None:
    """Record a critical act; `subject` is its kind and id, `details` holds no secrets."""
    await session.execute(
        insert(AUDIT).values(
            id=new_id(),
            actor=actor,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            details=dict(details or {}),
            created_at=now(),
        )
    )
