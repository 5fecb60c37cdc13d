"""How far people have read, as clients tell and see it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from reznet.schemas.base import Request, Response

COUNTED = 100  # where counting stops: more is not worth looking for

Unread = Annotated[
    int, Field(ge=0, le=COUNTED, description=f"Messages of others; {COUNTED} stands for more.")
]


class ReadUpdate(Request):
    """How far one has read: up to a message of the channel, or of a thread in it."""

    message_id: UUID | None = Field(
        None, description="Without it, all that is there now: the channel and its threads."
    )
    unread: bool = Field(
        default=False,
        description="Read up to before the message; it and what follows is new again.",
    )


class Place(BaseModel):
    """A message up to which all is read, and when it was written. It may have been deleted since."""

    model_config = ConfigDict(frozen=True)

    message_id: UUID
    at: datetime


class UnreadThread(BaseModel):
    """A thread with unread replies."""

    model_config = ConfigDict(frozen=True)

    thread_id: UUID
    last_read: Place
    unread_count: Unread


class ReadState(Response):
    """What a person has not read in a channel.

    `unread_count` counts what stands in the channel itself. Replies count in `threads`, which holds those
    that the person follows, by having opened them, and that have something new.
    """

    channel_id: UUID
    user_id: UUID
    last_read: Place | None = Field(description="Null when nothing was ever read.")
    unread_count: Unread
    has_answer: bool = Field(description="An answer to the person is among what is new.")
    newest_at: datetime | None = Field(
        description="Of the newest message in the channel; later ones are not counted yet."
    )
    threads: tuple[UnreadThread, ...]
