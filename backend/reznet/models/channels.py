"""Channels and who is in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base, one_of


class Channel(Base):
    """A room. A `dm` is the private room of one agent and has it in `agent_id`."""

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint(one_of("kind", "channel", "dm"), name="kind"),
        # Archived channels give their name free.
        Index(
            "channels_name_key_key",
            "name_key",
            unique=True,
            postgresql_where="kind = 'channel' and archived_at is null",
        ),
        Index("channels_agent_id_key", "agent_id", unique=True, postgresql_where="kind = 'dm'"),
        Index("channels_created_at_id_idx", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    topic: Mapped[str]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    # Agents see nothing said up to here.
    cleared_at: Mapped[datetime | None]
    # Plans made here start without approval.
    auto_run: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ChannelMember(Base):
    """A person or an agent in a channel."""

    __tablename__ = "channel_members"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, agent_id) = 1", name="one_member"),
        Index("channel_members_channel_id_user_id_key", "channel_id", "user_id", unique=True),
        Index("channel_members_channel_id_agent_id_key", "channel_id", "agent_id", unique=True),
        Index("channel_members_agent_id_idx", "agent_id"),
        Index("channel_members_user_id_idx", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
