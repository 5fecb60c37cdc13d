"""What is known of a run while it goes on, and what that comes to when it is over."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from reznet.agents.finishes import error_of, finish_of
from reznet.agents.llm_types import ModelCalled
from reznet.agents.planner.outcome import Concluded
from reznet.agents.recollections import cited
from reznet.core import metrics
from reznet.schemas.memories import UsedMemory
from reznet.schemas.runs import Claim, Ending, ModelCall, Outcome

UNEXPECTED = (
    "internal_error",
    "Something went wrong inside RezNet; retry, and see the server's log if it stays.",
)


@runtime_checkable
class Stream(Protocol):
    """A stream that can be told to end, and that knows its calls, also the one that was broken off."""

    calls: Sequence[ModelCalled]

    def cancel(self) -> None:
        """End the stream soon, with the account of its call."""
        ...


@dataclass
class Progress:
    """What has come of a run so far."""

    calls: list[ModelCall] = field(default_factory=list[ModelCall])
    first_token_at: datetime | None = None
    is_first_token_stored: bool = False
    finish: str | None = None
    memories: tuple[UsedMemory, ...] = ()
    concluded: Concluded | None = None


@dataclass(eq=False)
class Running:
    """A run of this process, and how to stop it."""

    claim: Claim
    progress: Progress = field(default_factory=Progress)
    task: asyncio.Task[None] | None = None
    stream: Stream | None = None
    cancelled: bool = False
    interrupted: bool = False
    # While the claim changes, what the database says of it is either too old or too new.
    restarting: bool = False

    def cancel(self) -> None:
        """Stop as a person wants it, once: the partial text is kept and the run ends cancelled."""
        if self.cancelled:
            return
        self.cancelled = True
        if self.stream is not None:
            self.stream.cancel()
        elif self.task is not None:
            self.task.cancel()

    def interrupt(self) -> None:
        """Stop because the process stops."""
        self.interrupted = True
        if self.task is not None:
            self.task.cancel()


def outcome_of(
    running: Running, text: str, progress: Progress, error: tuple[str, str] | None
) -> Outcome:
    """Return what to apply: a stop goes before an error, an error before whatever the text is."""
    finish, concluded = progress.finish, progress.concluded
    if running.cancelled:
        ending, error, finish = Ending.CANCELLED, None, "cancelled"
    elif error is not None:
        ending = Ending.FAILED
    elif concluded is not None and concluded.refusal is not None:
        text, code, detail = concluded.refusal
        ending, error = Ending.FAILED, (code, detail)
    else:
        finish = finish_of(finish, text)
        error = error_of(finish)
        ending = Ending.FAILED if error else Ending.COMPLETED
    calls, first_token_at = tuple(progress.calls), progress.first_token_at
    return Outcome(
        ending,
        text,
        finish,
        error,
        calls,
        first_token_at,
        cited(progress.memories, text),
        plan=concluded.plan if concluded is not None else None,
    )


def call_of(event: ModelCalled) -> ModelCall:
    """Return a call as it is recorded."""
    usage = event.usage
    return ModelCall(
        provider=event.provider,
        model=event.model,
        attempt=event.attempt,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cost_usd=usage.cost_usd,
        estimated=usage.estimated,
        latency_ms=event.latency_ms,
        first_token_ms=event.first_token_ms,
        error_code=event.error.value if event.error else None,
    )


def count_calls(calls: Sequence[ModelCall]) -> None:
    """Count calls in the metrics."""
    for call in calls:
        metrics.count_tokens(
            call.provider, call.model, sent=call.input_tokens, received=call.output_tokens
        )
        if call.first_token_ms is not None:
            metrics.observe_first_token(call.provider, call.first_token_ms / 1000)
