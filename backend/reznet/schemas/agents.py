"""Agents as clients send and see them."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reznet.core.config import ProviderName
from reznet.core.text import name_key
from reznet.schemas.base import Name, Prose, Request, Response

# Names that address everyone or that would pass for the system's voice.
RESERVED_NAMES = frozenset({"all", "here", "channel", "everyone", "system"})
_NAME = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")
# Some letters become several where signs that look alike are made equal.
_MAX_HANDLE = 50
_MODEL = re.compile(r"[A-Za-z0-9][\w.:/@+;=,%{}\"\-]*", re.ASCII)


class AgentKind(StrEnum):
    """Which BaseAgent an agent is run as."""

    ASSISTANT = "assistant"
    ORCHESTRATOR = "orchestrator"


def _agent_name(value: str) -> str:
    value = unicodedata.normalize("NFC", value)
    if not _NAME.fullmatch(value):
        raise ValueError(
            "must be letters and digits, in words joined by single spaces or hyphens, such as 'Code Reviewer' or 'qa-2'"
        )
    if name_key(value) in RESERVED_NAMES:
        raise ValueError("is reserved; choose another name")
    handle = handle_of(value)
    if len(handle) > _MAX_HANDLE or not all(map(_is_typed, handle)):
        raise ValueError("has signs that can't be typed after an @; use plain letters and digits")
    return value


def _is_typed(char: str) -> bool:
    return char.isalnum() or char == "-" or unicodedata.combining(char) != 0


def _model_id(value: str) -> str:
    if not _MODEL.fullmatch(value):
        raise ValueError("must be a model's identifier, such as 'gpt-5-mini' or 'llama3.2:3b'")
    return value


AgentName = Annotated[Name, Field(min_length=3, max_length=50), AfterValidator(_agent_name)]
# Those that come with the product may be shorter.
KnownName = Annotated[Name, Field(min_length=2, max_length=50), AfterValidator(_agent_name)]
Role = Annotated[Prose, Field(min_length=3, max_length=100)]
Goal = Annotated[Prose, Field(max_length=500)]
Backstory = Annotated[Prose, Field(max_length=2000)]
Prompt = Annotated[Prose, Field(min_length=10, max_length=4000)]
Capability = Annotated[Prose, Field(min_length=1, max_length=100)]
ModelId = Annotated[Prose, Field(min_length=1, max_length=200), AfterValidator(_model_id)]
Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
MaxTokens = Annotated[int, Field(ge=1, le=200_000)]
Color = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


def handle_of(name: str) -> str:
    """Return what is typed after `@` to mention an agent of that name, in lower case."""
    return name_key(name).replace(" ", "-")


class Fallback(Request):
    """A model to go on with when the agent's own can't answer."""

    model_config = ConfigDict(frozen=True)

    provider: ProviderName
    model: ModelId


Fallbacks = Annotated[tuple[Fallback, ...], Field(max_length=5)]
Days = Annotated[int, Field(ge=1, le=36_500)]


class Remember(StrEnum):
    """What an agent keeps of a conversation: what it learned, every turn, or nothing."""

    FACTS = "facts"
    TURNS = "turns"
    OFF = "off"


class MemorySettings(Request):
    """How an agent remembers, and whether it uses what it remembers."""

    model_config = ConfigDict(frozen=True)

    recall: bool = Field(
        default=True, description="Whether runs are given what fits of its memories."
    )
    remember: Remember = Field(
        default=Remember.FACTS, description="What is kept of the answers that it completes."
    )
    expire_after_days: Days | None = Field(
        default=None,
        description="Memories are deleted after so many days, unless pinned; null: never.",
    )
    half_life_days: Days | None = Field(
        default=None,
        description="After so many days a memory counts for half; null: it does not fade.",
    )
    summarize_after_days: Days | None = Field(
        default=None, description="Episodes older than that are drawn together; null: never."
    )


class Persona(BaseModel):
    """Who an agent is."""

    model_config = ConfigDict(frozen=True)

    role: str
    goal: str = ""
    backstory: str = ""
    capabilities: tuple[str, ...] = ()
    prompt: str | None = None


class AgentConfig(BaseModel):
    """How an agent runs.

    What is stored has neither provider nor model where the agent follows the settings; what is
    answered has them filled in, and says so in `follows_settings`.
    """

    model_config = ConfigDict(frozen=True)

    kind: AgentKind = AgentKind.ASSISTANT
    follows_settings: bool = False
    provider: ProviderName | None = None
    model: str | None = None
    temperature: float = 0.7
    max_tokens: int = 4000
    color: str | None = None
    fallbacks: tuple[Fallback, ...] = ()
    memory: MemorySettings = MemorySettings()


class AgentCreate(Request):
    """A new agent."""

    name: AgentName
    role: Role
    goal: Goal | None = Field(None, description='Default: "Assist with <role> tasks".')
    backstory: Backstory = ""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    prompt: Prompt | None = Field(None, description="Instructions in the user's own words.")
    provider: ProviderName | None = Field(None, description="Default: that of the settings.")
    model: ModelId | None = Field(None, description="Default: that of the settings.")
    temperature: Temperature = 0.7
    max_tokens: MaxTokens = 4000
    color: Color | None = None
    fallbacks: Fallbacks = ()
    memory: MemorySettings = MemorySettings()
    is_active: bool = True


class AgentUpdate(Request):
    """Changes of an agent; what is left out stays, `null` resets to the default."""

    name: AgentName | None = None
    role: Role | None = None
    goal: Goal | None = None
    backstory: Backstory | None = None
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] | None = None
    prompt: Prompt | None = None
    provider: ProviderName | None = None
    model: ModelId | None = None
    temperature: Temperature | None = None
    max_tokens: MaxTokens | None = None
    color: Color | None = None
    fallbacks: Fallbacks | None = None
    memory: MemorySettings | None = Field(
        None, description="What is left out of it stays, too; null within it means never."
    )
    is_active: bool | None = None


class AgentDuplicate(Request):
    """How the copy is called; left out, the name gets a number."""

    name: AgentName | None = None


class AgentOut(Response):
    """An agent."""

    id: UUID
    name: str
    handle: str
    agent_type: Literal["default", "custom"]
    persona: Persona
    config: AgentConfig
    is_active: bool
    is_custom: bool
    created_by: str
    created_at: datetime
    updated_at: datetime
