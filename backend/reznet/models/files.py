"""Files that people attach to messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base


class File(Base):
    """An uploaded file. Until a message takes it, it has no `message_id` and is cleared away after a while."""

    __tablename__ = "files"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("files_message_id_idx", "message_id"),
        Index("files_channel_id_created_at_id_idx", "channel_id", "created_at", "id"),
        Index("files_user_id_idx", "user_id"),
        Index("files_unclaimed_idx", "created_at", postgresql_where="message_id is null"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger())
    sha256: Mapped[str]
    # Of images, in pixels.
    width: Mapped[int | None]
    height: Mapped[int | None]
    # A small WebP of an image that is not small itself.
    thumbnail: Mapped[bytes | None]
    created_at: Mapped[datetime]


class FileChunk(Base):
    """A piece of a file, so that no file has to be in memory whole.

    In the database and not on a disk: every worker sees it, a message and its files commit as one, and a
    backup holds both.
    """

    __tablename__ = "file_chunks"
    __table_args__ = (PrimaryKeyConstraint("file_id", "position", name="file_chunks_pkey"),)

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    position: Mapped[int]
    data: Mapped[bytes]
