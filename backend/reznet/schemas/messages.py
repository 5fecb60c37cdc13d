"""Messages as clients send and see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from reznet.schemas.base import ClientId, MessageText, Request, Response
from reznet.schemas.files import FileOut
from reznet.schemas.reactions import Reaction


class AuthorKind(StrEnum):
    """Whose voice a message is."""

    USER = "user"
    AGENT = "agent"
    SYSTEM = "system"


class MessageStatus(StrEnum):
    """Where an answer is; what people say is always complete."""

    COMPLETE = "complete"
    STREAMING = "streaming"
    FAILED = "failed"
    CANCELLED = "cancelled"


class MessageCreate(Request):
    """A new message. A repeated `client_id` in a channel returns the first one."""

    content: MessageText
    thread_id: UUID | None = Field(None, description="The message whose thread this goes to.")
    client_id: ClientId | None = Field(None, description="Chosen by the client, once a message.")


class MessageUpdate(Request):
    """The new text of a message."""

    content: MessageText


class Mention(BaseModel):
    """An agent named in a text; `start` and `end` are offsets in Unicode code points."""

    model_config = ConfigDict(frozen=True)

    agent_id: UUID
    handle: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class Author(BaseModel):
    """Who said it. `id` is null once the agent or user is gone, and for the system."""

    model_config = ConfigDict(frozen=True)

    kind: AuthorKind
    id: UUID | None
    name: str


class MessageError(BaseModel):
    """Why an answer failed: a stable code and a sentence with the next step."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str


class MessageOut(Response):
    """A message. `content` holds the text so far while `status` is `streaming`."""

    id: UUID
    channel_id: UUID
    thread_id: UUID | None
    reply_to_id: UUID | None
    author: Author
    content: str
    status: MessageStatus
    attempt: int = Field(description="Rises when an answer is begun anew; the text starts over.")
    task_id: UUID | None
    error: MessageError | None
    client_id: str | None
    mentions: tuple[Mention, ...]
    metadata: dict[str, Any]
    reactions: tuple[Reaction, ...] = Field((), description="In the order of their first use.")
    files: tuple[FileOut, ...] = ()
    reply_count: int = Field(0, description="Messages in the thread that hangs on this one.")
    last_reply_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
