"""What happened: the outbox of domain events and the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base


class Event(Base):
    """A domain event, written by the transaction that made it happen.

    Holds references, not contents: whoever tells it to clients loads the present state. `id` rises, but
    transactions commit out of its order, so readers wait at gaps.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("events_channel_id_id_idx", "channel_id", "id"),
        Index("events_created_at_idx", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    # No foreign keys: an event outlives what it tells about.
    message_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """One critical act. Rows are never changed or removed; a trigger refuses it."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_created_at_id_idx", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
