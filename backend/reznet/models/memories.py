"""What agents remember."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import REAL, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import SmallInteger, UserDefinedType

from reznet.models.base import Base, one_of


class HalfVector(UserDefinedType[str]):
    """pgvector's `halfvec`, of any dimension; written and read as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name."""
        return "halfvec"


class Memory(Base):
    """One thing that one agent remembers.

    Goes with its agent, its channel and the message it came from. A memory that a later one corrects names
    it in `superseded_by`, and stands again when that one is deleted.
    """

    __tablename__ = "agent_memories"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agent_id", "superseded_by"],
            ["agent_memories.agent_id", "agent_memories.id"],
            name="agent_memories_superseded_by_fkey",
            ondelete="SET NULL (superseded_by)",
        ),
        CheckConstraint(
            one_of("kind", "fact", "highlight", "episode", "note", "summary"), name="kind"
        ),
        CheckConstraint("importance between 0 and 1", name="importance"),
        CheckConstraint(
            "(embedding is null and embedder is null and dimensions is null) or (embedding is not null "
            "and embedder is not null and dimensions is not null and vector_dims(embedding) = dimensions "
            "and l2_norm(embedding) > 0)",
            name="embedding",
        ),
        Index("agent_memories_agent_id_said_at_id_idx", "agent_id", "said_at", "id"),
        Index("agent_memories_words_idx", "words", postgresql_using="gin"),
        Index(
            "agent_memories_source_message_id_idx",
            "source_message_id",
            postgresql_where="source_message_id is not null",
        ),
        Index(
            "agent_memories_channel_id_idx",
            "channel_id",
            postgresql_where="channel_id is not null",
        ),
        Index(
            "agent_memories_agent_id_superseded_by_idx",
            "agent_id",
            "superseded_by",
            postgresql_where="superseded_by is not null",
        ),
        {"postgresql_partition_by": "list (agent_id)"},
    )

    agent_id: Mapped[UUID] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    content: Mapped[str]
    importance: Mapped[float] = mapped_column(REAL)
    pinned: Mapped[bool]
    source_message_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE")
    )
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    said_at: Mapped[datetime]
    meta: Mapped[dict[str, Any]] = mapped_column("metadata")
    superseded_by: Mapped[UUID | None]
    embedding: Mapped[str | None] = mapped_column(HalfVector)
    embedder: Mapped[str | None]
    dimensions: Mapped[int | None] = mapped_column(SmallInteger)
    # Of the memory and of those said right before and after it.
    words: Mapped[str] = mapped_column(TSVECTOR)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
