"""What an answer is made from: the question, and a call that can be made to a model."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from reznet.agents.llm_types import LLMError, ModelRef, Shape, Tool, Turn
from reznet.agents.measures import Reported


class Call(Protocol):
    """One request to one model."""

    # The model, with its name where only the provider was named.
    ref: ModelRef
    failures: tuple[type[Exception], ...]
    # Whether it is silent until its whole answer is there.
    answers_at_once: bool
    # Whether it may be made again: not once it has changed something.
    repeatable: bool
    output: object

    def pieces(self) -> AsyncGenerator[str]:
        """Yield the text as it comes, and "" for signs of life."""
        ...

    def finish(self) -> Literal["stop", "length", "filter", "truncated"]:
        """Return why the answer ended."""
        ...

    def reported(self) -> tuple[Reported, int] | None:
        """Return what the provider counted and in how many requests, if it counted."""
        ...

    def explain(self, error: Exception) -> LLMError:
        """Return what a failure means."""
        ...

    def release(self) -> None:
        """Let go of what the call held; called once, whatever happened."""
        ...


# Opens a call to the model; slow the first time, when a library or a process must be loaded.
OpenCall = Callable[[ModelRef, "Question"], Awaitable[Call]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    system: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    output: type = str
    # Keeps streamed text to a form, where the provider can.
    shape: Shape | None = None
