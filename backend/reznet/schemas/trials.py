"""Trying an agent before it is saved: what is asked, and what comes back."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reznet.schemas.agents import AgentCreate
from reznet.schemas.base import MessageText, Response
from reznet.schemas.tasks import TaskUsage


class TrialMessage(BaseModel):
    """What was said while trying."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    author: Literal["user", "agent"]
    content: MessageText


def _asked(messages: list[TrialMessage]) -> list[TrialMessage]:
    if messages[-1].author != "user":
        raise ValueError("must end with what the user asks")
    return messages


class AgentTry(AgentCreate):
    """An agent as it stands in a form, and what it is asked. Nothing of it is kept but what it used."""

    messages: Annotated[
        list[TrialMessage],  # of a tuple, one bad item would be told as a missing one, too
        Field(
            min_length=1,
            max_length=50,
            description="What was said so far, oldest first; the last one, of the user, is answered.",
        ),
        AfterValidator(_asked),
    ]
    agent_id: UUID | None = Field(
        None, description="The agent that is being changed; what is used counts as its."
    )


class TrialDelta(Response):
    """More text; with a higher `attempt` the text starts over."""

    attempt: int
    offset: int = Field(description="Code points of the text before this piece.")
    text: str


class TrialDone(Response):
    """How the answer ended. Times in ms, null where there was no text."""

    finish: str = Field(description="stop, length or cancelled.")
    provider: str
    model: str
    usage: TaskUsage
    first_token_ms: int | None
    latency_ms: int
