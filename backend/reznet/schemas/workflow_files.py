"""Plans as files: out of a workspace, and into another."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from reznet.schemas.base import Request, Response
from reznet.schemas.workflows import Description, Parallel, PlanTasks, Title
from reznet.workflows.plan import OnFailure

FORMAT = "reznet-workflow"
VERSION = 1


def _of_this_format(value: str) -> str:
    if value != FORMAT:
        raise ValueError(f'is not "{FORMAT}": this is no file of a plan that RezNet AI has made')
    return value


def _known_version(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be the number of a format version, such as 1")
    if value > VERSION:
        shown = value if value < 10**9 else "far ahead"
        raise ValueError(f"made by a newer RezNet AI (format version {shown}); update first")
    return value


class WorkflowFileIn(Request):
    """A plan as it is read from a file. Fields beside these are left alone."""

    model_config = ConfigDict(extra="ignore")

    format: Annotated[
        str, AfterValidator(_of_this_format), Field(json_schema_extra={"const": FORMAT})
    ]
    version: Annotated[
        int, BeforeValidator(_known_version), Field(json_schema_extra={"const": VERSION})
    ]
    title: Title
    request: Description = ""
    max_parallel: Parallel | None = None
    tasks: PlanTasks


class ExportedTask(Response):
    """A task of a plan as a file tells it."""

    key: str
    title: str
    description: str
    agent: str = Field(description="The handle.")
    depends_on: tuple[str, ...]
    expected_output: str
    on_failure: OnFailure


class WorkflowFileOut(Response):
    """A plan as it is written to a file. It carries no ids, no authors and nothing of its run."""

    format: Literal["reznet-workflow"] = FORMAT
    version: int = VERSION
    title: str
    request: str
    max_parallel: int
    tasks: tuple[ExportedTask, ...]
