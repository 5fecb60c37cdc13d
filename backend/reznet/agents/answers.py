"""One answer: its tries, its models one after the other, its clock and its account."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from reznet.agents.addresses import address_of
from reznet.agents.limits import Limits, Overdue
from reznet.agents.llm_types import (
    ELSEWHERE,
    Finish,
    Finished,
    LLMError,
    LLMErrorKind,
    ModelCalled,
    ModelRef,
    Restarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from reznet.agents.measures import estimated, measured
from reznet.agents.pace import Pace, Reading
from reznet.agents.questions import Call, OpenCall, Question
from reznet.agents.retries import Retries, RetryPolicy
from reznet.core.config import Settings


@dataclass(slots=True)
class _Attempt:
    """One request, while it runs."""

    ref: ModelRef
    number: int
    started: float
    call: Call | None = None
    first_text: float | None = None
    finish: Finish | None = None
    failure: LLMError | None = None


class _Stopped(Exception):
    """The answer was cancelled by its owner."""


class AnswerStream(AbstractAsyncContextManager["AnswerStream"], AsyncIterator[StreamEvent]):
    """The events of an answer, to be read once, inside `async with`.

    Leaving the block, cancelling the task or calling `cancel` closes the provider's connection at
    once. `text` and `calls` can be read at any time, also after a failure.

    Raises:
        LLMError: while being read, when no model of the chain could answer; its `partial` is the
            text of the last one.
    """

    def __init__(
        self,
        open_call: OpenCall,
        question: Question,
        model: ModelRef,
        settings: Settings,
        policy: RetryPolicy,
        pace: Pace,
    ) -> None:
        self._pace = pace
        self._open = open_call
        self._question = question
        self._model = model
        self._settings = settings
        self._policy = policy
        self._parts: list[str] = []
        self._limits = Limits()
        self._stopped = False
        self._deadline = float("inf")
        self._attempts = 0
        self._events = self._run()
        self.calls: list[ModelCalled] = []
        self.output: object = None

    @property
    def text(self) -> str:
        """The text so far, of the model that answers now."""
        return "".join(self._parts)

    @property
    def usage(self) -> Usage:
        """Tokens and cost of all calls that have ended so far."""
        return sum((call.usage for call in self.calls), Usage())

    def cancel(self) -> None:
        """Stop: the stream ends with `Finished("cancelled")`. Call it on the stream's own loop."""
        self._stopped = True
        self._limits.end()

    async def __aenter__(self) -> Self:
        self._deadline = asyncio.get_running_loop().time() + self._settings.answer_seconds
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._events.aclose()
        finally:
            self._limits.close()

    async def __anext__(self) -> StreamEvent:
        return await anext(self._events)

    async def _run(self) -> AsyncGenerator[StreamEvent]:
        chain = list(self._model.chain())
        while chain:
            ref = chain.pop(0)
            retries = Retries(self._policy, has_fallback=bool(chain))
            while True:
                attempt = self._begin(ref)
                async with aclosing(self._ask(attempt)) as events:
                    async for event in events:
                        yield event
                yield self.calls[-1]
                if attempt.finish is not None:
                    yield self._finished(attempt, attempt.finish)
                    return
                failure = attempt.failure or self._timed_out(ref)
                repeatable = attempt.call is None or attempt.call.repeatable
                pause = retries.pause(failure) if repeatable and not self._parts else None
                if pause is None or not self._has_time(pause):
                    break
                if await self._is_stopped_within(pause):
                    yield self._finished(attempt, "cancelled")
                    return
            gives_up = failure.kind not in ELSEWHERE or not repeatable
            if not chain or gives_up or not self._has_time(0):
                failure.partial = self.text
                raise failure
            if self._parts:
                self._parts.clear()
                yield Restarted(chain[0].provider, chain[0].name, failure.kind, failure.message)

    def _begin(self, ref: ModelRef) -> _Attempt:
        self._attempts += 1
        return _Attempt(ref, self._attempts, time.perf_counter())

    def _finished(self, attempt: _Attempt, finish: Finish) -> Finished:
        return Finished(finish, attempt.ref.provider, attempt.ref.name, self.usage)

    async def _ask(self, attempt: _Attempt) -> AsyncGenerator[StreamEvent]:
        """Yield the text of one request, and leave in the attempt how it ended."""
        failures: tuple[type[Exception], ...] = ()
        try:
            call = attempt.call = await self._within(
                self._settings.answer_seconds, attempt, self._open(attempt.ref, self._question)
            )
            failures, attempt.ref = call.failures, call.ref
            attempt.started = time.perf_counter()
            async with aclosing(self._read(attempt, call)) as deltas:
                async for delta in deltas:
                    yield delta
            self._conclude(attempt, call)
        except LLMError as error:
            attempt.failure = error
        except _Stopped:
            attempt.finish = "cancelled"
        except failures as error:
            assert attempt.call is not None  # noqa: S101 - failures is empty until there is a call
            attempt.failure = attempt.call.explain(error)
        except (asyncio.CancelledError, GeneratorExit):
            attempt.finish = "cancelled"
            raise
        finally:
            self.calls.append(self._account(attempt))
            if attempt.call is not None:
                attempt.call.release()

    async def _read(self, attempt: _Attempt, call: Call) -> AsyncGenerator[TextDelta]:
        settings = self._settings
        limit = settings.answer_seconds if call.answers_at_once else settings.first_token_seconds
        with Reading(self._pace) as reading:
            async with aclosing(call.pieces()) as pieces:
                while True:
                    if self._stopped:
                        raise _Stopped
                    try:
                        piece = await self._within(limit, attempt, anext(pieces))
                    except StopAsyncIteration:
                        return
                    if not call.answers_at_once:
                        limit = settings.token_seconds
                    if piece:
                        if attempt.first_text is None:
                            attempt.first_text = time.perf_counter()
                        self._parts.append(piece)
                        yield TextDelta(piece)
                        await reading.rest()

    def _conclude(self, attempt: _Attempt, call: Call) -> None:
        finish = call.finish()
        has_text = any(not part.isspace() for part in self._parts)
        if finish == "truncated" and not has_text:
            attempt.failure = call.explain(EOFError())
            return
        attempt.finish = "empty" if finish == "stop" and not has_text else finish
        self.output = call.output

    async def _within[T](self, seconds: float, attempt: _Attempt, work: Awaitable[T]) -> T:
        """Await the work, but no longer than so many seconds, than the answer's time, or a stop."""
        until = min(asyncio.get_running_loop().time() + seconds, self._deadline)
        try:
            return await self._limits.wait(work, until)
        except Overdue:
            if self._stopped:
                raise _Stopped from None
            raise self._timed_out(attempt.ref) from None

    def _timed_out(self, ref: ModelRef) -> LLMError:
        if not self._has_time(0):
            setting, what = "REZNET_ANSWER_SECONDS", "did not finish its answer in time"
        elif self._parts:
            setting, what = "REZNET_TOKEN_SECONDS", "fell silent in the middle of its answer"
        else:
            setting, what = "REZNET_FIRST_TOKEN_SECONDS", "did not begin to answer in time"
        return LLMError(
            LLMErrorKind.TIMEOUT,
            f"{ref.name} on {ref.provider} {what}: "
            f"try again, choose a faster model, or raise {setting}.",
        )

    def _has_time(self, seconds: float) -> bool:
        return asyncio.get_running_loop().time() + seconds < self._deadline

    async def _is_stopped_within(self, seconds: float) -> bool:
        """Wait, and return whether the answer was cancelled meanwhile."""
        if not self._stopped:
            loop = asyncio.get_running_loop()
            with suppress(Overdue):
                await self._limits.wait(loop.create_future(), loop.time() + seconds)
        return self._stopped

    def _account(self, attempt: _Attempt) -> ModelCalled:
        now, ref = time.perf_counter(), attempt.ref
        first = attempt.first_text
        return ModelCalled(
            provider=ref.provider,
            model=ref.name,
            usage=self._usage_of(attempt),
            latency_ms=round((now - attempt.started) * 1000),
            first_token_ms=None if first is None else round((first - attempt.started) * 1000),
            attempt=attempt.number,
            error=attempt.failure.kind if attempt.failure else None,
        )

    def _usage_of(self, attempt: _Attempt) -> Usage:
        ref, address = attempt.ref, address_of(self._settings, attempt.ref.provider)
        counted = attempt.call.reported() if attempt.call else None
        ended_well = attempt.failure is None and attempt.finish not in {"cancelled", "truncated"}
        if counted is not None and ended_well:
            return measured(ref, address, counted[0], requests=counted[1])
        refused = attempt.failure is not None and attempt.first_text is None
        if attempt.call is None or (refused and counted is None):
            return Usage(requests=1 if attempt.call else 0)
        return estimated(
            ref,
            address,
            counted[0] if counted else None,
            system=self._question.system,
            turns=self._question.turns,
            text=self.text,
        )
