"""Channels as clients send and see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from reznet.schemas.base import Name, Prose, Request, Response

ChannelName = Annotated[Name, Field(min_length=1, max_length=80)]
Topic = Annotated[Prose, Field(max_length=500)]


class ChannelKind(StrEnum):
    """What kind of room."""

    CHANNEL = "channel"
    DM = "dm"


class ChannelCreate(Request):
    """A new channel by `name`, or the direct messages with an agent by `agent_id`.

    The latter returns the room that is there, if there is one.
    """

    name: ChannelName | None = None
    topic: Topic = ""
    agent_id: UUID | None = None


class ChannelUpdate(Request):
    """Changes of a channel; what is left out stays."""

    name: ChannelName | None = None
    topic: Topic | None = None
    archived: bool | None = None
    auto_run: bool | None = Field(
        default=None, description="Whether plans start without approval."
    )


class ChannelOut(Response):
    """A channel."""

    id: UUID
    kind: ChannelKind
    name: str
    topic: str
    agent_id: UUID | None
    auto_run: bool = Field(
        default=False, description="Plans made in the channel start without approval."
    )
    cleared_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class MemberOut(Response):
    """An agent that is a member of a channel."""

    agent_id: UUID
    name: str
    handle: str
    joined_at: datetime
