"""Templates: ready-made teams of agents."""

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from reznet.core.config import ProviderName
from reznet.schemas.agents import (
    AgentKind,
    AgentOut,
    Backstory,
    Capability,
    Color,
    Goal,
    KnownName,
    MaxTokens,
    ModelId,
    Prompt,
    Role,
    Temperature,
    handle_of,
)
from reznet.schemas.base import Prose, Request, Response

_MENTION = re.compile(r"@([a-z0-9-]+)")

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
Starter = Annotated[Prose, Field(min_length=10, max_length=300)]


class TemplateAgent(BaseModel):
    """An agent of a team. `key` names it within the template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    name: KnownName
    role: Role
    goal: Annotated[Goal, Field(min_length=1)]
    backstory: Annotated[Backstory, Field(min_length=1)]
    capabilities: Annotated[tuple[Capability, ...], Field(min_length=1, max_length=50)]
    prompt: Prompt
    temperature: Temperature = 0.7
    max_tokens: MaxTokens = 4000
    color: Color
    kind: AgentKind = AgentKind.ASSISTANT

    @computed_field
    @property
    def handle(self) -> str:
        """What is typed after `@`, unless another agent has the name already."""
        return handle_of(self.name)


class Template(BaseModel):
    """A team: who is in it, and what it may be asked first, each question to agents of the team."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Key
    name: Annotated[Prose, Field(min_length=3, max_length=50)]
    description: Annotated[Prose, Field(min_length=10, max_length=300)]
    agents: Annotated[tuple[TemplateAgent, ...], Field(min_length=1, max_length=20)]
    starters: Annotated[tuple[Starter, ...], Field(min_length=2, max_length=3)]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        handles = {agent.handle for agent in self.agents}
        if len({agent.key for agent in self.agents}) < len(self.agents):
            raise ValueError("two agents of the template have one key")
        if len(handles) < len(self.agents):
            raise ValueError("two agents of the template have one name")
        for starter in self.starters:
            mentioned = set(_MENTION.findall(starter))
            if not mentioned or not mentioned <= handles:
                raise ValueError(f"a starter must mention agents of the template: {starter}")
        return self


class TemplateAgentSummary(Response):
    """Who an agent of a team is, in short."""

    key: str
    name: str
    handle: str
    role: str
    color: str


class TemplateSummary(Response):
    """A team in short."""

    id: str
    name: str
    description: str
    agents: tuple[TemplateAgentSummary, ...]
    starters: tuple[str, ...]


class TemplateInstantiate(Request):
    """Which agents of a team are made, and what answers for them."""

    agents: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Keys of the template's agents; default: the whole team."
    )
    provider: ProviderName | None = Field(
        default=None, description="Default: that of the settings."
    )
    model: ModelId | None = Field(default=None, description="Default: that of the settings.")


class RenamedAgent(Response):
    """An agent that was given a number, since its name was taken."""

    key: str
    name: str
    given_name: str


class TemplateInstantiated(Response):
    """The agents that were made, in the template's order."""

    template: str
    agents: tuple[AgentOut, ...]
    renamed: tuple[RenamedAgent, ...]
