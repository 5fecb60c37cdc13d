"""Agents: personas with a model."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base


class Agent(Base):
    """One agent. `name_key` and `handle` make look-alike names equal."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("name_key", name="agents_name_key_key"),
        UniqueConstraint("handle", name="agents_handle_key"),
        Index("agents_is_custom_created_by_idx", "is_custom", "created_by"),
        Index("agents_created_at_id_idx", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    handle: Mapped[str]
    persona: Mapped[dict[str, Any]]
    config: Mapped[dict[str, Any]]
    is_active: Mapped[bool]
    is_custom: Mapped[bool]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
