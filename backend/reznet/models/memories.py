"""What agents remember."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
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
    """One thing that one agent remembers, or that a collection holds.

    Goes with its owner, its channel, the message it came from and who said it. A memory that a later one corrects
    names it in `superseded_by`, one that a summary stands for in `summarized_by`; either stands again when that one
    is deleted.
    """

    __tablename__ = "agent_memories"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_id", "superseded_by"],
            ["agent_memories.owner_id", "agent_memories.id"],
            name="agent_memories_superseded_by_fkey",
            ondelete="SET NULL (superseded_by)",
        ),
        ForeignKeyConstraint(
            ["owner_id", "summarized_by"],
            ["agent_memories.owner_id", "agent_memories.id"],
            name="agent_memories_summarized_by_fkey",
            ondelete="SET NULL (summarized_by)",
        ),
        CheckConstraint(one_of("origin", "person", "answer", "import", "summary"), name="origin"),
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
        Index("agent_memories_owner_id_said_at_id_idx", "owner_id", "said_at", "id"),
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
            "agent_memories_owner_id_superseded_by_idx",
            "owner_id",
            "superseded_by",
            postgresql_where="superseded_by is not null",
        ),
        Index("agent_memories_pinned_idx", "owner_id", postgresql_where="pinned"),
        Index(
            "agent_memories_author_id_idx", "author_id", postgresql_where="author_id is not null"
        ),
        Index(
            "agent_memories_expires_at_idx",
            "expires_at",
            postgresql_where="expires_at is not null",
        ),
        Index(
            "agent_memories_owner_id_summarized_by_idx",
            "owner_id",
            "summarized_by",
            postgresql_where="summarized_by is not null",
        ),
        Index(
            "agent_memories_summary_messages_idx",
            text("(metadata -> 'messages')"),
            postgresql_using="gin",
            postgresql_where="origin = 'summary'",
        ),
        Index("agent_memories_owner_id_content_idx", "owner_id", text("md5(content)")),
        Index("agent_memories_embedder_idx", "embedder", "dimensions", "refused_by"),
        {"postgresql_partition_by": "list (owner_id)"},
    )

    # An agent or a collection; triggers take the memories along when it goes.
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
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
    # The embedder that gave its text no vector, and is not asked again.
    refused_by: Mapped[str | None]
    # Of the memory and of those said right before and after it.
    words: Mapped[str] = mapped_column(TSVECTOR)
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    origin: Mapped[str] = mapped_column(server_default="person")
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime | None]
    summarized_by: Mapped[UUID | None]
    # By a person, out of a summary: it is not summed up again.
    is_restored: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MemoryCollection(Base):
    """Memories that agents may share, of a channel or of a team. Nobody reads it without a grant."""

    __tablename__ = "memory_collections"
    __table_args__ = (
        Index("memory_collections_name_key", text("lower(name)"), unique=True),
        Index(
            "memory_collections_channel_id_idx",
            "channel_id",
            postgresql_where="channel_id is not null",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MemoryGrant(Base):
    """An agent's leave to read a collection, and perhaps to add to it."""

    __tablename__ = "memory_grants"
    __table_args__ = (Index("memory_grants_agent_id_idx", "agent_id"),)

    collection_id: Mapped[UUID] = mapped_column(
        ForeignKey("memory_collections.id", ondelete="CASCADE"), primary_key=True
    )
    agent_id: Mapped[UUID] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    can_write: Mapped[bool]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class MemoryUpkeep(Base):
    """When an agent's memories were last seen to; whoever says so first sees to them."""

    __tablename__ = "memory_upkeep"

    agent_id: Mapped[UUID] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    begun_at: Mapped[datetime]
