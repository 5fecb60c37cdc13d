"""Memories that agents share, as clients send and see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from reznet.schemas.base import Name, Prose, Request, Response

CollectionName = Annotated[Name, Field(min_length=1, max_length=80)]
Description = Annotated[Prose, Field(max_length=500)]


class CollectionCreate(Request):
    """A new collection."""

    name: CollectionName
    description: Description = ""
    channel_id: UUID | None = Field(
        default=None,
        description="The channel that it belongs to: it is read only in runs there, and deleted with it.",
    )


class CollectionUpdate(Request):
    """Changes of a collection; what is left out stays."""

    name: CollectionName | None = None
    description: Description | None = None


class CollectionOut(Response):
    """A collection of memories. No agent reads it without a grant."""

    id: UUID
    name: str
    description: str
    channel_id: UUID | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class GrantIn(Request):
    """What an agent may do with a collection; whoever has a grant may read it."""

    can_write: bool = False


class GrantOut(Response):
    """An agent's leave to read a collection, and perhaps to add to it."""

    agent_id: UUID
    name: str
    handle: str
    can_write: bool
    created_by: str
    created_at: datetime


class GrantedOut(Response):
    """A collection that an agent may read."""

    collection: CollectionOut
    can_write: bool
