"""Saved workflows as clients send and see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reznet.schemas.base import ClientId, Name, Prose, Request, Response
from reznet.schemas.workflows import Description, Parallel, PlanTaskIn, PlanTasks, Title
from reznet.workflows.placeholders import MAX_VALUE, NAME

MAX_PARAMETERS = 30


def _parameter_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            "must be 1 to 40 letters, digits and underscores, and begin with no digit, such as 'product'"
        )
    return value


def _different(values: "Sequence[SavedParameter]") -> "Sequence[SavedParameter]":
    names = [value.name for value in values]
    if len(set(names)) < len(names):
        raise ValueError("must not name a parameter twice")
    return values


SavedName = Annotated[Name, Field(min_length=1, max_length=80)]
ParameterName = Annotated[str, AfterValidator(_parameter_name)]
Value = Annotated[Prose, Field(max_length=MAX_VALUE)]
Values = Annotated[dict[ParameterName, Value], Field(max_length=MAX_PARAMETERS)]


class SavedParameter(Request):
    """What a saved workflow asks for; `{{name}}` in its texts stands for the value."""

    model_config = ConfigDict(frozen=True)

    name: ParameterName
    description: Annotated[Prose, Field(max_length=500)] = ""
    default: Value | None = Field(
        default=None, description="Stands in for a value that is not given."
    )
    required: bool = Field(default=True, description="False: without a value, it is empty.")


Parameters = Annotated[
    tuple[SavedParameter, ...], Field(max_length=MAX_PARAMETERS), AfterValidator(_different)
]


class SavedWorkflowCreate(Request):
    """A plan with placeholders, such as `{{product}}`, in titles, request, descriptions and expected outputs."""

    name: SavedName
    description: Annotated[Prose, Field(max_length=500)] = ""
    title: Title = Field(description="Of the workflows that are made of it.")
    request: Description = ""
    tasks: PlanTasks
    parameters: Parameters = ()
    max_parallel: Parallel | None = Field(None, description="Default: that of the settings.")


class SavedWorkflowUpdate(Request):
    """Changes of a saved workflow; what is left out stays."""

    name: SavedName | None = None
    description: Annotated[Prose, Field(max_length=500)] | None = None
    title: Title | None = None
    request: Description | None = None
    tasks: PlanTasks | None = None
    parameters: Parameters | None = None
    max_parallel: Parallel | None = None


class SaveWorkflow(Request):
    """Keeps the plan of a workflow; placeholders in it that `parameters` does not name become required ones."""

    name: SavedName
    description: Annotated[Prose, Field(max_length=500)] = ""
    parameters: Parameters = ()


class SavedWorkflowRun(Request):
    """A workflow to be made of a saved one."""

    channel_id: UUID
    parameters: Values = Field(default_factory=dict[str, str])
    auto_start: bool | None = Field(None, description="Default: the channel's setting.")
    client_id: ClientId | None = None


class SavedWorkflowOut(Response):
    """A saved workflow."""

    id: UUID
    name: str
    description: str
    title: str
    request: str
    tasks: tuple[PlanTaskIn, ...]
    parameters: tuple[SavedParameter, ...]
    max_parallel: int | None
    is_demo: bool = Field(
        default=False, description="It comes with the product, and can't be changed."
    )
    created_by: str
    created_at: datetime
    updated_at: datetime


class DemoTask(BaseModel):
    """A task of a demo: like that of a plan, with words by which another agent is found where its own is not there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    title: str
    agent: str
    role: str
    description: str
    expected_output: str
    depends_on: tuple[str, ...] = ()


class Demo(BaseModel):
    """A workflow that comes with the product."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    name: str
    description: str
    title: str
    request: str
    parameters: tuple[SavedParameter, ...]
    tasks: tuple[DemoTask, ...]
