"""People who use the workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reznet.models.base import Base


class User(Base):
    """A person. Without sign-in there is one, `local-user`."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("handle", name="users_handle_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
