"""Writing to the outbox and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import AUDIT, EVENTS


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A domain event to be recorded. `payload` holds what it refers to beside channel, message and task."""

    kind: str
    channel_id: UUID | None
    message_id: UUID | None = None
    task_id: UUID | None = None
    payload: Mapping[str, str] = field(default_factory=dict[str, str])


async def insert_events(session: WriteSession, events: Sequence[NewEvent]) -> None:
    """Record domain events, in this order."""
    stamp = now()
    await session.fetch(
        _INSERT,
        {
            "kind": [event.kind for event in events],
            "channel_id": [event.channel_id for event in events],
            "message_id": [event.message_id for event in events],
            "task_id": [event.task_id for event in events],
            "payload": [event.payload for event in events],
            "created_at": [stamp] * len(events),
        },
    )


def _insert() -> Statement:
    """Return the statement that takes a list for each column; its ids rise in the lists' order."""
    columns = [
        EVENTS.c[name]
        for name in ("kind", "channel_id", "message_id", "task_id", "payload", "created_at")
    ]
    lists = [bindparam(column.name, type_=ARRAY(column.type)) for column in columns]
    parts = [sql_column(column.name, column.type) for column in columns]
    rows = func.unnest(*lists).table_valued(*parts, with_ordinality="place").render_derived()
    chosen = select(*(rows.c[column.name] for column in columns)).order_by(rows.c.place)
    return Statement(insert(EVENTS).from_select([column.name for column in columns], chosen))


_INSERT = _insert()


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
