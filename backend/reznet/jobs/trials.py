"""Answers of agents that are tried before they are saved: streamed to who asks, and kept nowhere."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from reznet.agents.context import HistoryMessage
from reznet.agents.finishes import error_of, finish_of
from reznet.agents.llm_types import (
    Finished,
    LLMClient,
    LLMError,
    Restarted,
    StreamEvent,
    TextDelta,
)
from reznet.agents.registry import AgentRegistry
from reznet.core.background import Background
from reznet.core.database import Database
from reznet.core.errors import LimitReached, Problem, Unavailable
from reznet.jobs.accounts import account
from reznet.jobs.running import UNEXPECTED, Stream, call_of
from reznet.schemas.agents import AgentOut
from reznet.schemas.runs import ModelCall
from reznet.schemas.trials import TrialDelta, TrialDone, TrialMessage
from reznet.services.ports import Actor, Ports
from reznet.services.usage import total

log = structlog.get_logger(__name__)

# In one process; more would take the models from the work that people wait for.
MOST_AT_ONCE = 8
_RETRY_SECONDS = 5
_CHANNEL = "trial"


class Trial:
    """One answer while it comes. Its text waits here for who asked, so a slow reader costs no more."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._first_text: float | None = None
        self._text, self._attempt = "", 1
        self._told_length, self._told_attempt = 0, 1
        self._done: TrialDone | None = None
        self._problem: Problem | None = None
        self._news = asyncio.Event()
        self._stream: Stream | None = None
        self._stopped = False

    @property
    def calls(self) -> list[ModelCall]:
        """Return the calls of models so far."""
        return [call_of(call) for call in self._stream.calls] if self._stream else []

    async def next(self, seconds: float) -> TrialDelta | TrialDone | None:
        """Return what is new, None when nothing came within so many seconds; `TrialDone` is the last.

        Raises Problem when the agent could not answer.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return None
        delta = self._delta()
        if delta is None and self._problem is not None:
            raise self._problem
        if not self._is_over:
            self._news.clear()
        return delta or self._done

    def stop(self) -> None:
        """Close the connection to the model: nobody waits for the answer any more."""
        self._stopped = True
        if self._stream is not None:
            self._stream.cancel()

    def opened(self, stream: object) -> None:
        """Take the stream whose events follow."""
        self._stream = stream if isinstance(stream, Stream) else None
        if self._stopped:
            self.stop()

    def take(self, event: StreamEvent) -> None:
        """Take the next event of the stream."""
        match event:
            case TextDelta(text):
                if self._first_text is None and text:
                    self._first_text = time.perf_counter()
                self._text += text
            case Restarted():
                self._attempt, self._text = self._attempt + 1, ""
            case Finished():
                self._finish(event)
            case _:
                return
        self._news.set()

    def fail(self, error: tuple[str, str]) -> None:
        """End with a code and a sentence instead of an answer."""
        code, sentence = error
        self._problem = Unavailable(sentence, code=code)
        self._news.set()

    @property
    def _is_over(self) -> bool:
        return self._done is not None or self._problem is not None

    def _finish(self, event: Finished) -> None:
        finish = finish_of(event.finish, self._text)
        if (error := error_of(finish)) is not None:
            self.fail(error)
            return
        self._done = TrialDone(
            finish=finish or event.finish,
            provider=event.provider,
            model=event.model,
            usage=total(self.calls),
            first_token_ms=self._since(self._first_text) if self._first_text else None,
            latency_ms=self._since(time.perf_counter()),
        )

    def _delta(self) -> TrialDelta | None:
        if self._told_attempt != self._attempt:
            self._told_attempt, self._told_length = self._attempt, 0
        text = self._text[self._told_length :]
        if not text:
            return None
        delta = TrialDelta(attempt=self._attempt, offset=self._told_length, text=text)
        self._told_length += len(text)
        return delta

    def _since(self, moment: float) -> int:
        return round((moment - self._began) * 1000)


class Trials:
    """Asks agents that are not saved yet, a few at a time."""

    def __init__(
        self, database: Database, ports: Ports, llm: LLMClient, registry: AgentRegistry
    ) -> None:
        """Take what answers need."""
        self._database = database
        self._ports = ports
        self._llm = llm
        self._registry = registry
        self._active: set[Trial] = set()
        self._background = Background()

    def ask(
        self,
        actor: Actor,
        agent: AgentOut,
        roster: Sequence[AgentOut],
        messages: Sequence[TrialMessage],
    ) -> Trial:
        """Begin an answer. It goes on until it is over or stopped, and what it used is recorded.

        Raises LimitReached when there are too many already.
        """
        if len(self._active) >= MOST_AT_ONCE:
            raise LimitReached(
                f"{MOST_AT_ONCE} agents are being tried just now; try again in a moment.",
                code="too_many_trials",
                retry_after=_RETRY_SECONDS,
            )
        trial = Trial()
        self._active.add(trial)
        said = [_said(message, agent, actor) for message in messages]
        self._background.start(self._run(trial, agent, roster, said), name="trial")
        return trial

    def close(self) -> None:
        """End every answer, so that nobody who listens keeps the process from stopping."""
        for trial in self._active:
            trial.stop()

    async def aclose(self) -> None:
        """Stop every answer at once and wait until what it used is recorded."""
        await self._background.aclose()

    async def _run(
        self,
        trial: Trial,
        agent: AgentOut,
        roster: Sequence[AgentOut],
        said: Sequence[HistoryMessage],
    ) -> None:
        try:
            await self._answer(trial, agent, roster, said)
        except LLMError as failure:
            trial.fail((failure.kind.value, failure.message))
        except Exception:
            log.exception("a trial failed")
            trial.fail(UNEXPECTED)
        finally:
            self._active.discard(trial)
            await self._account(agent, trial.calls)

    async def _answer(
        self,
        trial: Trial,
        agent: AgentOut,
        roster: Sequence[AgentOut],
        said: Sequence[HistoryMessage],
    ) -> None:
        default = await self._ports.models.default()
        runner = self._registry.make(agent, default, self._ports.settings.context_tokens)
        async with runner.reply(said, self._llm, channel=_CHANNEL, roster=roster) as stream:
            trial.opened(stream)
            async for event in stream:
                trial.take(event)

    async def _account(self, agent: AgentOut, calls: Sequence[ModelCall]) -> None:
        await account(self._database, (agent.id, agent.name), calls, what="a trial")


def _said(message: TrialMessage, agent: AgentOut, actor: Actor) -> HistoryMessage:
    is_own = message.author == "agent"
    return HistoryMessage(
        author_kind=message.author,
        author_id=str(agent.id) if is_own else None,
        author_name=agent.name if is_own else actor.name,
        text=message.content,
    )
