"""Workflows: plans, their runs, and every version a plan has had."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base, one_of


class Workflow(Base):
    """A plan and its run.

    `version` rises with each edit of the plan, and an edit names the version it was made from. `message_id` is the
    card in the channel, in whose thread the tasks are asked and answered. `root_id` is the first of those that were
    run again one after another.
    """

    __tablename__ = "workflows"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "status",
                "planning",
                "ready",
                "running",
                "waiting",
                "completed",
                "failed",
                "cancelled",
            ),
            name="status",
        ),
        CheckConstraint(one_of("waiting_for", "resume", "decision"), name="waiting_for"),
        Index("workflows_channel_id_created_at_id_idx", "channel_id", "created_at", "id"),
        Index("workflows_created_at_id_idx", "created_at", "id"),
        Index("workflows_root_id_idx", "root_id"),
        Index("workflows_message_id_idx", "message_id", postgresql_where="message_id is not null"),
        Index("workflows_channel_id_client_id_key", "channel_id", "client_id", unique=True),
        Index(
            "workflows_unfinished_idx",
            "status",
            postgresql_where="status in ('planning', 'running', 'waiting')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    # What a person asked for, and the message that did; empty for plans that came whole.
    request: Mapped[str]
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    root_id: Mapped[UUID | None] = mapped_column(ForeignKey("workflows.id", ondelete="SET NULL"))
    title: Mapped[str]
    status: Mapped[str]
    waiting_for: Mapped[str | None]
    version: Mapped[int]
    auto_start: Mapped[bool]
    max_parallel: Mapped[int] = mapped_column(SmallInteger)
    # The orchestrator's run that plans, and the one that sums up.
    planning_task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="SET NULL", use_alter=True)
    )
    summary_task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="SET NULL", use_alter=True)
    )
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    client_id: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class WorkflowTask(Base):
    """A node of a plan, and where its run is. It owns one task once it has been started."""

    __tablename__ = "workflow_tasks"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "status",
                "pending",
                "ready",
                "running",
                "completed",
                "failed",
                "cancelled",
                "skipped",
            ),
            name="status",
        ),
        CheckConstraint(one_of("on_failure", "skip", "fail", "ask"), name="on_failure"),
        UniqueConstraint("workflow_id", "key", name="workflow_tasks_workflow_id_key_key"),
        Index("workflow_tasks_task_id_idx", "task_id", postgresql_where="task_id is not null"),
        Index("workflow_tasks_agent_id_idx", "agent_id"),
        Index("workflow_tasks_retry_at_idx", "retry_at", postgresql_where="retry_at is not null"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workflow_id: Mapped[UUID] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    description: Mapped[str]
    expected_output: Mapped[str]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    agent: Mapped[str]  # the handle, kept when the agent is gone
    depends_on: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    on_failure: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]  # why it was skipped or cancelled
    attempts: Mapped[int] = mapped_column(SmallInteger)
    retry_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class WorkflowVersion(Base):
    """The plan as it was after an edit, who made the edit, and in a sentence what it changed."""

    __tablename__ = "workflow_versions"

    workflow_id: Mapped[UUID] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    tasks: Mapped[list[Any]]
    summary: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
