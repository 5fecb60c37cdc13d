"""Memories as files: what an export holds and an import takes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from reznet.schemas.base import Request, Response
from reznet.schemas.memories import (
    MAX_BULK,
    MemoryCreate,
    MemoryKind,
    MemoryOrigin,
)

VERSION = 1


class ExportedMemory(Response):
    """A memory with everything that is known of it; the ids are those of the workspace it comes from."""

    id: UUID
    content: str
    kind: MemoryKind
    importance: float
    pinned: bool
    said_at: datetime
    source_message_id: UUID | None
    channel_id: UUID | None
    author_id: UUID | None
    origin: MemoryOrigin
    metadata: dict[str, Any]
    superseded_by: UUID | None
    summarized_by: UUID | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ExportedAgent(BaseModel):
    """Whose memories they are."""

    name: str
    handle: str


class MemoryExport(Response):
    """All that an agent remembers, what others supersede or sum up included, the first said first."""

    version: Literal[1]
    agent: ExportedAgent
    exported_at: datetime
    memories: list[ExportedMemory]


class MemoryImport(MemoryCreate):
    """A memory from a file.

    A source or channel that is not in this workspace is left out.
    """

    superseded_by: UUID | None = Field(
        default=None, description="The memory here that corrects it: from an earlier answer."
    )
    summarized_by: UUID | None = Field(
        default=None, description="The summary here that stands for it: from an earlier answer."
    )


class MemoryImports(Request):
    """Memories from a file, taken in all or none, in their order."""

    memories: Annotated[list[MemoryImport], Field(min_length=1, max_length=MAX_BULK)]


class ImportedMemory(Response):
    """Which memory it is here, and whether it was not there before."""

    id: UUID
    is_new: bool
