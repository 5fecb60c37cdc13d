"""The form of a plan that a model is asked for, as types and as the schema that constrains its answer."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field

from reznet.agents.llm_types import Shape
from reznet.workflows.plan import MAX_TASKS


class PlannedTask(BaseModel):
    """A task of a plan, as a model writes it."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(description="A short name, such as research or step-2.")]
    title: Annotated[str, Field(description="What is done, in a few words.")]
    description: Annotated[str, Field(description="Everything the agent needs to know.")]
    agent: Annotated[str, Field(description="The handle of one of the agents.")]
    depends_on: Annotated[
        list[str], Field(description="Keys of the tasks whose results this one needs.")
    ]
    expected_output: Annotated[str, Field(description="What a good result looks like.")]


class PlannedWork(BaseModel):
    """A plan, as a model writes it."""

    model_config = ConfigDict(extra="forbid")

    title: str
    tasks: list[PlannedTask]


def shape_of(handles: Sequence[str], *, most_tasks: int = MAX_TASKS) -> Shape:
    """Return the schema of a plan for these agents.

    It names the handles, so a model whose answer is constrained by it can't name anybody else.
    """
    schema = PlannedWork.model_json_schema()
    task = cast("dict[str, Any]", schema["$defs"]["PlannedTask"])
    if handles:
        task["properties"]["agent"]["enum"] = list(handles)
    schema["properties"]["tasks"] |= {"minItems": 1, "maxItems": most_tasks}
    return Shape("plan", schema)
