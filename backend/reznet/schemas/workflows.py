"""Workflows as clients send and see them."""

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from reznet.schemas.base import ClientId, MessageText, Prose, Request, Response, not_blank
from reznet.schemas.messages import MessageError
from reznet.workflows.plan import (
    MAX_DEPENDENCIES,
    MAX_TASKS,
    NodeStatus,
    OnFailure,
    WorkflowStatus,
)

MAX_TITLE = 200
MAX_DESCRIPTION = 8_000
MAX_EXPECTED = 2_000
MAX_PARALLEL = 20
MAX_OUTPUT = 2_000  # code points of an answer that a task shows
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}")


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError(
            "must be 1 to 50 letters, digits, dots, hyphens or underscores, such as 'design' or 'step-2'"
        )
    return value


def _bare_handle(value: object) -> object:
    return value.strip().removeprefix("@") if isinstance(value, str) else value


Key = Annotated[Prose, AfterValidator(_key)]
Title = Annotated[Prose, Field(max_length=MAX_TITLE), AfterValidator(not_blank)]
Description = Annotated[Prose, Field(max_length=MAX_DESCRIPTION)]
Expected = Annotated[Prose, Field(max_length=MAX_EXPECTED)]
Handle = Annotated[Prose, BeforeValidator(_bare_handle), Field(min_length=1, max_length=100)]
Parallel = Annotated[int, Field(ge=1, le=MAX_PARALLEL)]


class WaitingFor(StrEnum):
    """What a waiting workflow waits for: to be resumed, or a decision about a failed task."""

    RESUME = "resume"
    DECISION = "decision"


class PlanTaskIn(Request):
    """A task of a plan."""

    key: Key = Field(description="Names the task within the plan.")
    title: Title
    description: Description = ""
    agent: Handle = Field(description="The handle of the agent that does it.")
    depends_on: Annotated[tuple[Key, ...], Field(max_length=MAX_DEPENDENCIES)] = Field(
        default=(), description="Keys of the tasks that must be completed before."
    )
    expected_output: Expected = ""
    on_failure: OnFailure = OnFailure.SKIP


PlanTasks = Annotated[tuple[PlanTaskIn, ...], Field(min_length=1, max_length=MAX_TASKS)]


class WorkflowCreate(Request):
    """A complete plan; it waits for a start unless `auto_start`, or the channel's setting, says otherwise."""

    channel_id: UUID
    title: Title
    tasks: PlanTasks
    request: Description = Field("", description="What was asked for; told to every task.")
    auto_start: bool | None = Field(None, description="Default: the channel's setting.")
    max_parallel: Parallel | None = Field(None, description="Default: that of the settings.")
    client_id: ClientId | None = None


class WorkflowUpdate(Request):
    """The plan as it should be. Tasks that have begun must stay as they are."""

    version: Annotated[int, Field(ge=1)] = Field(
        description="The version that was edited; 409 when it is no longer the newest."
    )
    title: Title | None = None
    tasks: PlanTasks | None = None
    max_parallel: Parallel | None = None


class WorkflowRerun(Request):
    """A workflow run again, as a new one; what is not given is as it was."""

    title: Title | None = None
    tasks: PlanTasks | None = None
    max_parallel: Parallel | None = None
    auto_start: bool = Field(True, description="False: the new one waits for a start.")
    client_id: ClientId | None = None


class PlanRequest(Request):
    """A request to be planned by the orchestrator."""

    channel_id: UUID
    request: MessageText
    auto_start: bool | None = Field(None, description="Default: the channel's setting.")
    client_id: ClientId | None = None


class WorkflowTaskOut(Response):
    """A task of a workflow, and where it is."""

    id: UUID
    key: str
    position: int
    title: str
    description: str
    agent: str = Field(description="The handle.")
    agent_id: UUID | None = Field(description="Null once the agent is gone.")
    depends_on: tuple[str, ...]
    expected_output: str
    on_failure: OnFailure
    status: NodeStatus
    reason: str | None = Field(description="Why it was skipped or cancelled.")
    attempts: int
    retry_at: datetime | None
    resuming: bool = Field(
        default=False,
        description="It runs, but whoever ran it is gone; it is being taken up anew.",
    )
    task_id: UUID | None = Field(description="The run.")
    message_id: UUID | None = Field(default=None, description="The answer.")
    output: str | None = Field(
        default=None, description="The answer's text, shortened where it is long."
    )
    error: MessageError | None
    cost_usd: Decimal | None = None
    started_at: datetime | None
    finished_at: datetime | None


class WorkflowProgress(BaseModel):
    """How far a workflow is. Skipped, failed and cancelled tasks count as done with, not as completed."""

    model_config = ConfigDict(frozen=True)

    completed: int
    done: int
    total: int
    percent: Annotated[int, Field(ge=0, le=100)]


class WorkflowSummary(Response):
    """A workflow as lists show it."""

    id: UUID
    channel_id: UUID
    message_id: UUID | None = Field(
        description="The card in the channel; its thread holds the work."
    )
    request: str
    request_id: UUID | None
    root_id: UUID | None = Field(description="The first of the runs that this one repeats.")
    title: str
    status: WorkflowStatus
    waiting_for: WaitingFor | None
    version: int
    auto_start: bool
    max_parallel: int
    planning_task_id: UUID | None
    summary_task_id: UUID | None
    error: MessageError | None
    progress: WorkflowProgress
    metadata: dict[str, Any]
    created_by: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class WorkflowOut(WorkflowSummary):
    """A workflow with its tasks, in the order of their positions."""

    tasks: tuple[WorkflowTaskOut, ...]
    cost_usd: Decimal | None = Field(
        default=None, description="Of all runs so far; null when no price is known."
    )


class WorkflowVersionSummary(Response):
    """A version of a plan as lists show it."""

    workflow_id: UUID
    version: int
    title: str
    summary: str = Field(description="What the edit changed, in a sentence.")
    created_by: str
    created_at: datetime


class WorkflowVersionOut(WorkflowVersionSummary):
    """A plan as it was after an edit."""

    tasks: tuple[PlanTaskIn, ...]
