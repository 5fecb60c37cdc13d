"""Saved workflows, what starts them by itself, and who is told how they ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base, one_of


class SavedWorkflow(Base):
    """A plan with placeholders, from which workflows are made."""

    __tablename__ = "saved_workflows"
    __table_args__ = (
        UniqueConstraint("name_key", name="saved_workflows_name_key_key"),
        Index("saved_workflows_created_at_id_idx", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    description: Mapped[str]
    title: Mapped[str]
    request: Mapped[str]
    tasks: Mapped[list[Any]]
    parameters: Mapped[list[Any]]
    max_parallel: Mapped[int | None] = mapped_column(SmallInteger)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WorkflowTrigger(Base):
    """What makes workflows of a saved one by itself: times, calls from outside, or messages.

    `next_at` is the next time of a schedule. Messages count from `armed_at` on; those before `seen_at` have been
    looked through. `secret` is that of calls from outside.
    """

    __tablename__ = "workflow_triggers"
    __table_args__ = (
        CheckConstraint(one_of("kind", "schedule", "webhook", "message"), name="kind"),
        Index("workflow_triggers_created_at_id_idx", "created_at", "id"),
        Index("workflow_triggers_saved_workflow_id_idx", "saved_workflow_id"),
        Index("workflow_triggers_channel_id_idx", "channel_id"),
        Index(
            "workflow_triggers_next_at_idx",
            "next_at",
            postgresql_where="is_active and next_at is not null",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    saved_workflow_id: Mapped[UUID] = mapped_column(
        ForeignKey("saved_workflows.id", ondelete="CASCADE")
    )
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]]
    parameters: Mapped[dict[str, Any]]
    auto_start: Mapped[bool]
    is_active: Mapped[bool]
    secret: Mapped[str | None]
    next_at: Mapped[datetime | None]
    armed_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    last_fired_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TriggerFiring(Base):
    """What came of one occurrence of a trigger. An occurrence fires once, however many processes see it."""

    __tablename__ = "trigger_firings"
    __table_args__ = (
        CheckConstraint(one_of("kind", "schedule", "webhook", "message", "manual"), name="kind"),
        CheckConstraint(one_of("status", "started", "failed", "skipped"), name="status"),
        UniqueConstraint(
            "trigger_id", "occurrence", name="trigger_firings_trigger_id_occurrence_key"
        ),
        Index("trigger_firings_trigger_id_created_at_id_idx", "trigger_id", "created_at", "id"),
        Index("trigger_firings_workflow_id_idx", "workflow_id"),
        Index("trigger_firings_message_id_idx", "message_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    trigger_id: Mapped[UUID] = mapped_column(
        ForeignKey("workflow_triggers.id", ondelete="CASCADE")
    )
    occurrence: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    workflow_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workflows.id", ondelete="SET NULL")
    )
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    parameters: Mapped[dict[str, Any]]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    created_at: Mapped[datetime]


class Webhook(Base):
    """An address that is told how workflows ended: all, or those of a channel, a saved workflow or a trigger."""

    __tablename__ = "webhooks"
    __table_args__ = (
        Index("webhooks_created_at_id_idx", "created_at", "id"),
        Index("webhooks_channel_id_idx", "channel_id"),
        Index("webhooks_saved_workflow_id_idx", "saved_workflow_id"),
        Index("webhooks_trigger_id_idx", "trigger_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    saved_workflow_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("saved_workflows.id", ondelete="CASCADE")
    )
    trigger_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workflow_triggers.id", ondelete="CASCADE")
    )
    statuses: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    is_active: Mapped[bool]
    secret: Mapped[str]
    last_error: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WebhookDelivery(Base):
    """What an address is told of one ending, until it has taken it or all tries are used up.

    `next_at` is the time of the next try; while one is made, the time from which another process may make it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(one_of("status", "waiting", "delivered", "failed"), name="status"),
        Index("webhook_deliveries_webhook_id_created_at_id_idx", "webhook_id", "created_at", "id"),
        Index("webhook_deliveries_workflow_id_idx", "workflow_id"),
        Index("webhook_deliveries_next_at_idx", "next_at", postgresql_where="next_at is not null"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    workflow_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workflows.id", ondelete="SET NULL")
    )
    event: Mapped[str]
    body: Mapped[str]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None]
    response_status: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
