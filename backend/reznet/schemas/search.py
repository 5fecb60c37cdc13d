"""What a search finds, as clients see it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from reznet.schemas.base import Response
from reznet.schemas.channels import ChannelKind
from reznet.schemas.messages import MessageOut


class SearchSort(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    RELEVANCE = "relevance"


class MatchRange(BaseModel):
    """A part of a text that matched, in Unicode code points."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class Snippet(Response):
    """The part of a message's text around what matched; plain text, not HTML."""

    text: str
    matches: tuple[MatchRange, ...]
    is_cut_before: bool = Field(description="Whether the message begins before it.")
    is_cut_after: bool = Field(description="Whether the message goes on behind it.")


class SearchChannel(Response):
    """Where a found message was said."""

    id: UUID
    name: str
    kind: ChannelKind
    archived_at: datetime | None


class SearchHit(Response):
    """A message that was found."""

    message: MessageOut
    channel: SearchChannel
    snippet: Snippet
