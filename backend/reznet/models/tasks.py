"""Tasks, and what their model calls used."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base, one_of


class Task(Base):
    """One run of one agent on one request.

    `run` counts retries by people, `attempt` every start of the model's work, also after a crash.
    Whoever claims a task raises `attempt`; a worker may apply its result only while the number
    is still its own.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(
            one_of("status", "queued", "running", "waiting", "completed", "failed", "cancelled"),
            name="status",
        ),
        UniqueConstraint("message_id", "agent_id", name="tasks_message_id_agent_id_key"),
        Index("tasks_channel_id_created_at_id_idx", "channel_id", "created_at", "id"),
        Index("tasks_created_at_id_idx", "created_at", "id"),
        Index("tasks_agent_id_created_at_id_idx", "agent_id", "created_at", "id"),
        Index("tasks_root_id_idx", "root_id"),
        Index("tasks_answer_id_idx", "answer_id"),
        Index("tasks_parent_id_idx", "parent_id"),
        Index("tasks_workflow_id_idx", "workflow_id", postgresql_where="workflow_id is not null"),
        Index("tasks_remember_at_idx", "remember_at", postgresql_where="remember_at is not null"),
        Index(
            "tasks_unfinished_idx",
            "status",
            postgresql_where="status in ('queued', 'running', 'waiting')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    agent_name: Mapped[str]
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    # The person's message from which this chain of runs came, and the run that mentioned the agent.
    root_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    hop: Mapped[int]
    # The workflow that it works for. Whoever ends such a task locks the workflow first.
    workflow_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workflows.id", ondelete="SET NULL")
    )
    status: Mapped[str]
    run: Mapped[int]
    attempt: Mapped[int]
    worker: Mapped[str | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    finish: Mapped[str | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cached_tokens: Mapped[int | None]
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(16, 8))
    estimated: Mapped[bool]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    first_token_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    # When its answer is looked at for what is worth remembering; empty once that is done.
    remember_at: Mapped[datetime | None]
    remember_attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")


class LlmUsage(Base):
    """One call of a model, failed ones included. Kept when the task and the agent are gone."""

    __tablename__ = "llm_usage"
    __table_args__ = (
        Index("llm_usage_created_at_id_idx", "created_at", "id"),
        Index("llm_usage_agent_id_created_at_idx", "agent_id", "created_at"),
        Index("llm_usage_task_id_idx", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    agent_name: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    attempt: Mapped[int]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cache_read_tokens: Mapped[int]
    cache_write_tokens: Mapped[int]
    # NULL: the price is unknown
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(16, 8))
    estimated: Mapped[bool]
    latency_ms: Mapped[int]
    first_token_ms: Mapped[int | None]
    error_code: Mapped[str | None]
    created_at: Mapped[datetime]
