"""The words between agents and models: what is asked, what comes back, and what can go wrong."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol

type Finish = Literal["stop", "length", "filter", "empty", "truncated", "tool"]


class LLMErrorKind(StrEnum):
    """What went wrong, as a stable code."""

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


# Another try, or another model, may do better; the others fail again in the same way.
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
# Another provider may do better, the same one won't.
ELSEWHERE = PASSING | {LLMErrorKind.QUOTA, LLMErrorKind.MODEL_MISSING, LLMErrorKind.NOT_CONFIGURED}


class LLMError(Exception):
    """A model could not answer. `message` is a sentence with the next step and holds no secret.

    `retry_after` is in seconds; `partial` is what was streamed before it failed.
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
    """A model and how to call it. `max_tokens` bounds the answer; `fallbacks` are tried in order."""

    provider: str
    name: str
    temperature: float | None = None
    max_tokens: int | None = None
    fallbacks: tuple["ModelRef", ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation as a model sees it."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one call. `cost_usd` None: the price is unknown."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: Decimal | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was streamed is void: the answer starts over on another model."""

    provider: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """One call of a model has ended, well or not. Times in ms."""

    provider: str
    model: str
    attempt: int
    usage: Usage
    latency_ms: int
    first_token_ms: int | None
    error: LLMErrorKind | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is over; `finish` says why."""

    finish: Finish
    provider: str
    model: str


type StreamEvent = TextDelta | Restarted | ModelCalled | Finished


class LLMClient(Protocol):
    """Calls models."""

    def stream(
        self, turns: tuple[Turn, ...], *, system: str, model: ModelRef
    ) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """Open an answer. Leaving the block, also by cancellation, closes the provider's connection.

        Each call that was made is reported by `ModelCalled` before the iteration ends or raises.

        Raises:
            LLMError: no model could answer.
        """
        ...
