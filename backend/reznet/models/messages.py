"""Messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base, one_of


class Message(Base):
    """What a user, an agent or the system says.

    A deleted message stays as an empty row with `deleted_at`, so that threads and pages keep their
    shape. `author_name` outlives the agent.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(one_of("author_kind", "user", "agent", "system"), name="author_kind"),
        CheckConstraint(
            one_of("status", "complete", "streaming", "failed", "cancelled"), name="status"
        ),
        Index("messages_channel_id_created_at_id_idx", "channel_id", "created_at", "id"),
        Index("messages_created_at_id_idx", "created_at", "id"),
        Index("messages_thread_id_created_at_id_idx", "thread_id", "created_at", "id"),
        Index("messages_reply_to_id_idx", "reply_to_id"),
        Index("messages_task_id_idx", "task_id"),
        Index("messages_agent_id_idx", "agent_id"),
        Index("messages_channel_id_client_id_key", "channel_id", "client_id", unique=True),
        Index(
            "messages_search_idx",
            "search",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "on", "gin_pending_list_limit": 512},
            postgresql_where="search is not null",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    # The message that started the thread this one is in.
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    # The request that an answer answers.
    reply_to_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("messages.id", ondelete="SET NULL")
    )
    author_kind: Mapped[str]
    author_name: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="SET NULL", use_alter=True)
    )
    content: Mapped[str]
    status: Mapped[str]
    attempt: Mapped[int]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    client_id: Mapped[str | None]
    # [{agent_id, handle, start, end}], offsets in code points
    mentions: Mapped[list[Any]]
    meta: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    # The words of what can be found: not of a deleted message, nor of an answer that still streams.
    search: Mapped[str | None] = mapped_column(
        TSVECTOR,
        Computed(
            "case when deleted_at is null and status <> 'streaming' then search_words(content) end",
            persisted=True,
        ),
    )
