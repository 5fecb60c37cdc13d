"""Reactions as clients see them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Reactor(BaseModel):
    """A person who reacted."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str


class Reaction(BaseModel):
    """One emoji under a message, with everyone who gave it, earliest first."""

    model_config = ConfigDict(frozen=True)

    emoji: str
    count: int = Field(ge=1)
    users: tuple[Reactor, ...]
