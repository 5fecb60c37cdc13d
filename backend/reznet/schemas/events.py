"""Socket events, both ways. `docs/reference/events.md` is made from here."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from reznet.schemas.base import Request
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageCreate, MessageOut
from reznet.schemas.problems import ProblemOut
from reznet.schemas.tasks import TaskOut


class EventKind(StrEnum):
    """Durable events: rows of the outbox, told to the channel's room with a rising `event_id`."""

    MESSAGE_SENT = "message_sent"
    MESSAGE_UPDATED = "message_updated"
    MESSAGE_DELETED = "message_deleted"
    TASK_UPDATED = "task_updated"
    CHANNEL_UPDATED = "channel_updated"


class Payload(BaseModel):
    """Base of what the server sends."""

    model_config = ConfigDict(frozen=True)


class Durable(Payload):
    """A durable event; kept for clients that catch up."""

    event_id: int
    channel_id: UUID


class MessageSent(Durable):
    """A message is there for the first time."""

    message: MessageOut


class MessageUpdated(Durable):
    """A message has changed: text, status or attempt. The whole message as it is now."""

    message: MessageOut


class MessageDeleted(Durable):
    """A message is gone."""

    id: UUID


class TaskUpdated(Durable):
    """A task has a new status. The whole task as it is now."""

    task: TaskOut


class ChannelUpdated(Durable):
    """A channel was made, renamed, archived or cleared."""

    channel: ChannelOut


class MessageDelta(Payload):
    """More text of an answer. Not kept: who sees a gap at `offset` fetches the message."""

    channel_id: UUID
    message_id: UUID
    task_id: UUID
    attempt: int
    offset: Annotated[int, Field(ge=0, description="Code points of the text before this piece.")]
    text: str


class AgentTypingState(StrEnum):
    """What a running agent does."""

    THINKING = "thinking"
    WRITING = "writing"
    DONE = "done"


class AgentTyping(Payload):
    """An agent began, writes, or has stopped. Not kept."""

    channel_id: UUID
    agent_id: UUID | None
    task_id: UUID
    state: AgentTypingState


class UserTyping(Payload):
    """A person types. Not kept."""

    channel_id: UUID
    user: str


class SocketError(Payload):
    """A refusal that answers no single request; sent to the socket alone."""

    problem: ProblemOut


class JoinChannel(Request):
    """Enter a channel's room; with `last_event_id`, get what was missed since."""

    channel_id: UUID
    last_event_id: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None


class LeaveChannel(Request):
    """Leave a channel's room."""

    channel_id: UUID


class SendMessage(MessageCreate):
    """Post a message to a channel."""

    channel_id: UUID


class Typing(Request):
    """Tell the room that the user types."""

    channel_id: UUID


class TaskCommand(Request):
    """Cancel or retry a task."""

    task_id: UUID


class InvokeAgent(Request):
    """Start an agent on a request, in a channel or in its direct messages."""

    model_config = ConfigDict(populate_by_name=True)

    agent_id: UUID
    content: str = Field(validation_alias=AliasChoices("content", "input", "prompt"))
    channel_id: UUID | None = None
    client_id: str | None = None


class Ack(Payload):
    """The acknowledgement of what was done."""

    ok: Literal[True] = True


class JoinAck(Ack):
    """The room was entered. With `refetch`, too much was missed: load the channel anew.

    `event_id` is the newest event the client is now up to.
    """

    event_id: int
    refetch: bool
    replayed: int


class SendAck(Ack):
    """The message was accepted, with the tasks it started."""

    message: MessageOut
    task_ids: list[UUID]


class TaskAck(Ack):
    """The task as it is now."""

    task: TaskOut
