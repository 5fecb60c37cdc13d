"""Files as clients see them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from reznet.schemas.base import Response

MAX_FILES = 10


class FileOut(Response):
    """A file: what it's called and what it is. Its bytes are at `/api/files/{id}/content`."""

    id: UUID
    name: str
    media_type: str = Field(description="Found in the bytes; every text is `text/plain`.")
    size: int = Field(ge=0, description="Bytes.")
    width: int | None = Field(description="Pixels, of an image that can be shown.")
    height: int | None = Field(description="Pixels, of an image that can be shown.")
    created_at: datetime


class FileLimits(Response):
    """What can be attached."""

    max_file_size: int = Field(description="Bytes of one file.")
    max_files: int = Field(description="Files of one message.")
