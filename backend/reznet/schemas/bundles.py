"""Bundles: agents as one file, to be taken into another workspace."""

from enum import StrEnum
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)

from reznet.core.errors import FieldError
from reznet.core.problem_details import from_validation
from reznet.core.text import storable
from reznet.schemas.agents import AgentCreate, AgentKind, Fallback, KnownName, MemorySettings
from reznet.schemas.base import Request, Response
from reznet.schemas.problems import ProblemField

FORMAT = "reznet-agents"
VERSION = 1
MAX_AGENTS = 1000
MAX_BYTES = 4 * 1024 * 1024
_SHOWN_NAME = 100


class BundledAgent(AgentCreate):
    """An agent of a bundle: what it takes to make one, and nothing of the workspace it comes from."""

    name: KnownName
    kind: AgentKind = AgentKind.ASSISTANT


class RefusedAgent:
    """An entry of a bundle that can't be an agent; no model, since no client sends or gets one."""

    def __init__(self, name: str | None, errors: tuple[ProblemField, ...]) -> None:
        """Take what it calls itself, if that can be told, and what is wrong with it."""
        self.name = name
        self.errors = errors


def _entry(value: object) -> BundledAgent | RefusedAgent:
    try:
        return BundledAgent.model_validate(value)
    except ValidationError as error:
        found = from_validation(error.errors(include_url=False)).errors
    return RefusedAgent(name=_name_in(value), errors=tuple(map(_of_entry, found)))


def _name_in(value: object) -> str | None:
    if not isinstance(value, dict):
        return None
    name = cast("dict[str, object]", value).get("name")
    return storable(name[:_SHOWN_NAME]) if isinstance(name, str) else None


def _of_entry(error: FieldError) -> ProblemField:
    return ProblemField(field="" if error.field == "body" else error.field, message=error.message)


def _of_this_format(value: str) -> str:
    if value != FORMAT:
        raise ValueError(f'is not "{FORMAT}": this is no file of agents that RezNet AI has made')
    return value


def _known_version(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be the number of a format version, such as 1")
    if value > VERSION:
        shown = value if value < 10**9 else "far ahead"
        raise ValueError(f"made by a newer RezNet AI (format version {shown}); update first")
    return value


# Checked one by one: what is wrong with one agent hides nothing about the others.
Entry = Annotated[
    BundledAgent | RefusedAgent,
    PlainValidator(_entry, json_schema_input_type=BundledAgent),
]


class BundleIn(Request):
    """A bundle as it is read. Fields beside these three are left alone."""

    model_config = ConfigDict(extra="ignore")

    format: Annotated[
        str, AfterValidator(_of_this_format), Field(json_schema_extra={"const": FORMAT})
    ]
    version: Annotated[
        int, BeforeValidator(_known_version), Field(json_schema_extra={"const": VERSION})
    ]
    agents: Annotated[tuple[Entry, ...], Field(max_length=MAX_AGENTS)]


class ExportedAgent(Response):
    """An agent as a bundle tells it. Without provider and model it follows the settings."""

    name: str
    role: str
    goal: str
    backstory: str
    capabilities: tuple[str, ...]
    prompt: str | None
    provider: str | None
    model: str | None
    temperature: float
    max_tokens: int
    color: str | None
    fallbacks: tuple[Fallback, ...]
    memory: MemorySettings
    is_active: bool
    kind: AgentKind


class BundleOut(Response):
    """A bundle as it is written. It carries no ids, no authors and no keys."""

    format: Literal["reznet-agents"] = FORMAT
    version: int = VERSION
    agents: tuple[ExportedAgent, ...]


class OnConflict(StrEnum):
    """What becomes of an agent whose name is taken by one with other contents."""

    SKIP = "skip"
    RENAME = "rename"
    REPLACE = "replace"


class ImportedAgent(Response):
    """An agent that was made or changed. `index` is its place in the file, from 0.

    `id` is that of the agent; none when it is only told what would be made. `renamed_from` is its
    name in the file where it was given another.
    """

    index: int
    name: str
    handle: str
    id: UUID | None
    renamed_from: str | None = None


class SkippedAgent(Response):
    """An agent that was left alone, since one of its name is there: the same, or another one."""

    index: int
    name: str
    reason: Literal["identical", "name_taken"]
    detail: str
    existing_id: UUID


class FailedAgent(Response):
    """An agent that can't be taken, and why. `name` is missing where the file has none that can be read."""

    index: int
    name: str | None
    errors: tuple[ProblemField, ...]


class ImportReport(Response):
    """What an import did, or would do. When one agent fails, nothing is changed."""

    dry_run: bool
    created: tuple[ImportedAgent, ...]
    replaced: tuple[ImportedAgent, ...]
    skipped: tuple[SkippedAgent, ...]
    failed: tuple[FailedAgent, ...]
