"""What people do with messages beside writing them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base


class Reaction(Base):
    """One person's emoji on a message."""

    __tablename__ = "reactions"
    __table_args__ = (
        PrimaryKeyConstraint("message_id", "emoji", "user_id", name="reactions_pkey"),
        Index("reactions_user_id_idx", "user_id"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    emoji: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class ChannelRead(Base):
    """How far a person has read a channel: everything up to the place (`read_at`, `message_id`).

    The place outlives its message, so `message_id` is no foreign key.
    """

    __tablename__ = "channel_reads"
    __table_args__ = (
        PrimaryKeyConstraint("channel_id", "user_id", name="channel_reads_pkey"),
        Index("channel_reads_user_id_idx", "user_id"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    read_at: Mapped[datetime]
    message_id: Mapped[UUID]
    updated_at: Mapped[datetime]


class ThreadRead(Base):
    """How far a person has read a thread, in the same way; who has a row follows the thread."""

    __tablename__ = "thread_reads"
    __table_args__ = (
        PrimaryKeyConstraint("thread_id", "user_id", name="thread_reads_pkey"),
        Index("thread_reads_channel_id_user_id_idx", "channel_id", "user_id"),
        Index("thread_reads_user_id_idx", "user_id"),
    )

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    read_at: Mapped[datetime]
    message_id: Mapped[UUID]
    updated_at: Mapped[datetime]
