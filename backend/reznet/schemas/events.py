"""Socket events, both ways. `docs/reference/events.md` is made from here."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from reznet.schemas.base import Request
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageCreate, MessageOut, ThreadSummary
from reznet.schemas.problems import ProblemOut
from reznet.schemas.reads import ReadState
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.workflows.plan import WorkflowStatus


class EventKind(StrEnum):
    """Recorded events: rows of the outbox, told with a rising `event_id`.

    Those about a channel go to its room, or to everybody where they change the list of channels; those
    about agents go to everybody.
    """

    MESSAGE_SENT = "message_sent"
    MESSAGE_UPDATED = "message_updated"
    MESSAGE_DELETED = "message_deleted"
    TASK_UPDATED = "task_updated"
    CHANNEL_UPDATED = "channel_updated"
    MEMBERS_UPDATED = "members_updated"
    AGENT_UPDATED = "agent_updated"
    AGENT_DELETED = "agent_deleted"
    WORKFLOW_UPDATED = "workflow_updated"
    WORKFLOW_PROGRESS = "workflow_progress"
    WORKFLOW_DELETED = "workflow_deleted"


class Payload(BaseModel):
    """Base of what the server sends."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Recorded(Payload):
    """What is told of a committed change, once."""

    event_id: int


class Durable(Recorded):
    """A durable event of a channel; kept for clients that catch up."""

    channel_id: UUID


class MessageSent(Durable):
    """A message is there for the first time."""

    message: MessageOut
    thread: ThreadSummary | None = Field(None, description="Of a reply: how its thread is now.")


class MessageUpdated(Durable):
    """A message has changed: text, status or attempt. The whole message as it is now."""

    message: MessageOut


class MessageDeleted(Durable):
    """A message is gone. One that begins a thread stays as an empty row while there are replies."""

    id: UUID
    thread: ThreadSummary | None = Field(None, description="Of a reply: how its thread is now.")


class TaskUpdated(Durable):
    """A task has a new status. The whole task as it is now."""

    task: TaskOut


class ChannelUpdated(Durable):
    """A channel was made, renamed, archived or cleared."""

    channel: ChannelOut


class MembersUpdated(Durable):
    """Another agent is a member of the channel, or one no longer is. Load the members anew."""


class WorkflowUpdated(Durable):
    """A workflow was made, its plan was edited, or it has a new status. The whole workflow as it is now."""

    workflow: WorkflowOut


class WorkflowProgressed(Durable):
    """A task of a workflow has changed. `task` is that task as it is now; the rest is the workflow's."""

    workflow_id: UUID
    status: WorkflowStatus
    completed: int
    total: int
    percent: Annotated[int, Field(ge=0, le=100)]
    task: WorkflowTaskOut | None = None


class WorkflowDeleted(Durable):
    """A workflow is gone; its messages stay."""

    workflow_id: UUID


class AgentUpdated(Recorded):
    """An agent was made, changed, or switched on or off. Load it anew."""

    agent_id: UUID


class AgentDeleted(Recorded):
    """An agent is gone."""

    agent_id: UUID


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


class ChannelRead(ReadState, Payload):
    """A person has read on in a channel, or made something new again. Told to that person alone. Not kept."""


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
