"""Files as clients see them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from reznet.schemas.base import Response


class FileOut(Response):
    """A file: what it's called and what it is. Its bytes are at `/api/files/{id}/content`."""

    id: UUID
    name: str
    media_type: str
    size: int = Field(ge=0, description="Bytes.")
    width: int | None = Field(description="Pixels, of an image.")
    height: int | None = Field(description="Pixels, of an image.")
    created_at: datetime
