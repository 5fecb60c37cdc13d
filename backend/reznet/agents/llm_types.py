"""The words between agents and models: what is asked, what comes back, and what can go wrong."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol

Finish = Literal["stop", "length", "filter", "empty", "truncated", "cancelled"]
# A plain function, sync or async; its name, docstring and annotations are what the model sees.
Tool = Callable[..., object]


class LLMErrorKind(StrEnum):
    """Why a model gave no answer, or only a part of one, as a stable code."""

    RATE_LIMIT = "rate_limited"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    SERVER = "server"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    AUTH = "auth"
    REJECTED = "rejected"
    CONTEXT = "context"
    TRUNCATED = "truncated"
    OUTPUT = "output"
    MODEL_MISSING = "model_missing"
    NOT_CONFIGURED = "not_configured"


# Asking the same model again may help.
PASSING = frozenset(
    {
        LLMErrorKind.RATE_LIMIT,
        LLMErrorKind.OVERLOADED,
        LLMErrorKind.SERVER,
        LLMErrorKind.CONNECTION,
        LLMErrorKind.TIMEOUT,
        LLMErrorKind.TRUNCATED,
    }
)
# Another model may answer. A refused key or request is a mistake to mend, not to paper over.
ELSEWHERE = PASSING | {LLMErrorKind.QUOTA}


class LLMError(Exception):
    """A model could not answer.

    `message` is a sentence for a person that says what to do, and holds no secret. `partial` is
    the text that had come before; `retry_after` is the wait in seconds that the provider asked for.
    """

    def __init__(
        self,
        kind: LLMErrorKind,
        message: str,
        *,
        retry_after: float | None = None,
        partial: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.partial = partial


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model of a provider, how it is asked, and what to go on with when it can't answer.

    An empty `name` stands for the provider's usual model. `max_tokens` bounds the answer.
    """

    provider: str
    name: str
    temperature: float | None = None
    max_tokens: int | None = None
    fallbacks: tuple["ModelRef", ...] = ()

    def chain(self) -> tuple["ModelRef", ...]:
        """Return this model and its fallbacks, in the order they are tried."""
        return (self, *self.fallbacks)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to have a tool called; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the tool of the call with this id answered."""

    call_id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation, as a model is given it.

    Tool calls belong to the assistant's turns, their results to the user turn that follows.
    """

    role: Literal["user", "assistant"]
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost of one or more requests.

    `input_tokens` includes what was read from and written to the provider's cache. `cost_usd` is
    None when the price is not known, which is not the same as nothing. `estimated` is set when the
    provider did not say and the tokens were counted from the text.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    requests: int = 0
    cost_usd: Decimal | None = Decimal(0)
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum; its cost is unknown as soon as one part's is."""
        cost = None
        if self.cost_usd is not None and other.cost_usd is not None:
            cost = self.cost_usd + other.cost_usd
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            requests=self.requests + other.requests,
            cost_usd=cost,
            estimated=self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was streamed is void: the answer starts over on another model."""

    provider: str
    model: str
    reason: LLMErrorKind
    message: str


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """One call of a model has ended, well or not.

    Times in ms: `latency_ms` to its end, `first_token_ms` to the first piece of text. `attempt`
    counts the calls of one answer from 1.
    """

    provider: str
    model: str
    attempt: int
    usage: Usage
    latency_ms: int
    first_token_ms: int | None
    error: LLMErrorKind | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is over; `finish` says why. `usage` is that of every call it took."""

    finish: Finish
    provider: str
    model: str
    usage: Usage


StreamEvent = TextDelta | Restarted | ModelCalled | Finished


@dataclass(frozen=True, slots=True)
class Result[T]:
    """A whole answer, with every model call that it took."""

    output: T
    finish: Finish
    provider: str
    model: str
    usage: Usage
    calls: tuple[ModelCalled, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A form that an answer should have, as a JSON schema under a name."""

    name: str
    schema: Mapping[str, Any]


class LLMClient(Protocol):
    """Calls models."""

    def stream(
        self,
        prompt: str | Sequence[Turn],
        /,
        *,
        system: str = "",
        model: ModelRef,
        shape: Shape | None = None,
    ) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """Open an answer. Leaving the block, also by cancellation, closes the provider's connection.

        A provider that can keeps the text to the `shape`; from the others it may come in any form.

        Each call that was made is reported by `ModelCalled` before the iteration ends or raises.

        Raises:
            LLMError: while being read, when no model could answer.
        """
        ...
