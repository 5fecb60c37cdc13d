"""Tasks, usage and audit as clients see them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from reznet.schemas.base import ClientId, MessageText, Request, Response
from reznet.schemas.messages import MessageError, MessageOut


class TaskStatus(StrEnum):
    """Where a task is."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the task by itself."""
        return self in FINAL


FINAL = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})


class TaskUsage(BaseModel):
    """Tokens and money of a task; null where not known."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    estimated: bool


class TaskOut(Response):
    """One run of one agent on one request."""

    id: UUID
    channel_id: UUID
    message_id: UUID = Field(description="The request.")
    answer_id: UUID | None = Field(description="The message that holds the answer.")
    agent_id: UUID | None
    agent_name: str
    root_id: UUID | None = Field(description="The message of a person that began the chain.")
    parent_id: UUID | None = Field(description="The run whose answer mentioned this agent.")
    hop: int
    workflow_id: UUID | None = Field(None, description="The workflow that it works for.")
    status: TaskStatus
    run: int = Field(description="Rises with each retry by a person.")
    attempt: int = Field(description="Rises with each start of the work, also after a crash.")
    provider: str | None
    model: str | None
    finish: str | None = Field(description="stop, length, filter, empty, truncated or cancelled.")
    error: MessageError | None
    usage: TaskUsage
    created_at: datetime
    started_at: datetime | None
    first_token_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None


class RunAccount(BaseModel):
    """What the run behind an answer took; `metadata.run` of the message once it is over."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    provider: str | None = None
    model: str | None = None
    finish: str | None = None
    started_at: datetime | None = None
    finished_at: datetime
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    estimated: bool = False


class InvokeRequest(Request):
    """A request to one agent, answered in place."""

    model_config = ConfigDict(populate_by_name=True)

    content: MessageText = Field(
        validation_alias=AliasChoices("content", "input", "prompt", "message"),
        description="What to ask.",
    )
    channel_id: UUID | None = Field(
        None,
        description="Where it is asked and answered; default: the direct messages with the agent.",
    )
    client_id: ClientId | None = None
    wait: Annotated[float, Field(ge=0, le=600, description="Seconds until 202.")] = 60


class InvokeResult(Response):
    """The finished task and its answer."""

    task: TaskOut
    message: MessageOut


class UsageRow(Response):
    """Usage of one agent on one model on one day (UTC)."""

    day: datetime
    agent_id: UUID | None
    agent_name: str
    provider: str
    model: str
    calls: int
    failed_calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal | None = Field(description="Sum of the known prices; null when none is.")
    calls_without_price: int
    estimated_calls: int


class AuditOut(Response):
    """One critical act."""

    id: UUID
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: dict[str, Any]
    created_at: datetime
