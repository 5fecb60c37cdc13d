"""Messages as clients send and see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from reznet.schemas.base import ClientId, Request, Response, TextWithFiles, not_blank
from reznet.schemas.files import MAX_FILES, FileOut
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


def _each_once(ids: tuple[UUID, ...]) -> tuple[UUID, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("must not name a file twice")
    return ids


class MessageCreate(Request):
    """A new message. A repeated `client_id` in a channel returns the first one."""

    # Before the text, which may be blank if there are files.
    file_ids: Annotated[tuple[UUID, ...], AfterValidator(_each_once)] = Field(
        default=(),
        max_length=MAX_FILES,
        description="Files that were uploaded to the channel and that no message has yet.",
    )
    content: TextWithFiles = Field(description="Blank only where there are files.")
    thread_id: UUID | None = Field(None, description="The message whose thread this goes to.")
    client_id: ClientId | None = Field(None, description="Chosen by the client, once a message.")

    @field_validator("content")
    @classmethod
    def _says_something(cls, content: str, info: ValidationInfo) -> str:
        # Where the files were refused, that is all there is to mend.
        return content if info.data.get("file_ids", True) else not_blank(content)


class MessageUpdate(Request):
    """The new text of a message."""

    content: TextWithFiles = Field(description="Blank only where the message has files.")


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


class ThreadSummary(BaseModel):
    """What the beginning of a thread tells of its replies, as that is now."""

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(description="The message that begins the thread.")
    reply_count: int
    last_reply_at: datetime | None
