"""What an agent is while it runs: its persona and context become turns, and a model answers them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from reznet.agents.attachments import AttachedFile
from reznet.agents.context import HistoryMessage, build_context, build_window
from reznet.agents.llm_types import LLMClient, ModelRef, StreamEvent
from reznet.agents.persona import system_prompt
from reznet.agents.planner.outcome import AgentEvent
from reznet.agents.recollections import memory_budget, recalled_block, without_marks
from reznet.agents.tokens import estimate_tokens
from reznet.agents.windows import context_budget
from reznet.schemas.agents import AgentKind, AgentOut
from reznet.schemas.files import FileOut
from reznet.schemas.memories import UsedMemory
from reznet.schemas.messages import MessageOut, MessageStatus
from reznet.schemas.runs import FileText, RunContext
from reznet.workflows.brief import Brief, compose

_VOICE_TOKENS = 32  # more than the name before a request takes, and what defuses others


class BaseAgent:
    """One agent, made for one run; cheap, since it holds no connection of its own."""

    kind: ClassVar[AgentKind]

    def __init__(self, agent: AgentOut, default: tuple[str, str], context_tokens: int = 0) -> None:
        """Take the agent's configuration; `default` stands in where it names no model.

        `context_tokens` overrides the model's own window; 0 does not.
        """
        self.agent = agent
        self.model = _model_of(agent, default)
        self.given: tuple[UsedMemory, ...] = ()  # what `answer` told the model of memories
        self._context_tokens = context_tokens

    def instructions(self, roster: Sequence[AgentOut]) -> str:
        """Return what this kind adds to the persona, empty if nothing; `roster` is who else is there."""
        del roster
        return ""

    @asynccontextmanager
    async def answer(
        self, run: RunContext, llm: LLMClient
    ) -> AsyncGenerator[AsyncIterator[AgentEvent]]:
        """Open the stream of the answer. Raises LLMError like `LLMClient.stream`."""
        said = self._said(run)
        system = self._system(said, run.channel.name, run.roster, with_memories=run.remembers)
        model = self.model
        if run.brief is not None and run.brief.answer_tokens:
            model = _shorter(model, run.brief.answer_tokens)
        budget = context_budget(model, system, override=self._context_tokens)
        if run.brief is not None:
            said = [_briefed(run.brief, budget - memory_budget(budget))]
        preface = self._recall(run, said, budget)
        turns = build_context(
            said, agent_id=str(self.agent.id), budget_tokens=budget, preface=preface
        )
        async with llm.stream(tuple(turns), system=system, model=model) as stream:
            yield stream

    @asynccontextmanager
    async def reply(
        self,
        said: Sequence[HistoryMessage],
        llm: LLMClient,
        *,
        channel: str,
        roster: Sequence[AgentOut] = (),
    ) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        """Open the stream of the answer to what was said, oldest first and the request last.

        Raises LLMError like `LLMClient.stream`.
        """
        system = self._system(said, channel, roster)
        budget = context_budget(self.model, system, override=self._context_tokens)
        turns = build_context(said, agent_id=str(self.agent.id), budget_tokens=budget)
        async with llm.stream(tuple(turns), system=system, model=self.model) as stream:
            yield stream

    def _system(
        self,
        said: Sequence[HistoryMessage],
        channel: str,
        roster: Sequence[AgentOut],
        *,
        with_memories: bool = False,
    ) -> str:
        return system_prompt(
            self.agent,
            channel,
            self.instructions(roster),
            with_files=any(message.files for message in said),
            with_memories=with_memories,
        )

    def _said(self, run: RunContext) -> list[HistoryMessage]:
        """Return what was said in the channel, oldest first and the request last."""
        return [_history(message, run.file_texts) for message in (*run.history, run.request)]

    def _recall(self, run: RunContext, said: Sequence[HistoryMessage], budget: int) -> str:
        """Return what is told of memories, and note it as given; nothing that the turns tell anyway."""
        messages = (*run.history, run.request)
        tokens = memory_budget(budget)
        if not run.recollections or not tokens:
            return ""
        window = build_window(said, agent_id=str(self.agent.id), budget_tokens=budget - tokens)
        shown = {message.id for message in messages[-window.messages :]}
        recalled = recalled_block(
            run.recollections, tokens=tokens, asked_at=run.request.created_at, shown=shown
        )
        self.given = recalled.given
        return recalled.text


class Assistant(BaseAgent):
    """Answers what it is asked."""

    kind = AgentKind.ASSISTANT


def _model_of(agent: AgentOut, default: tuple[str, str]) -> ModelRef:
    config = agent.config
    provider = config.provider or default[0]
    name = config.model or (default[1] if provider == default[0] else "")

    def ref(provider: str, name: str, fallbacks: tuple[ModelRef, ...] = ()) -> ModelRef:
        return ModelRef(provider, name, config.temperature, config.max_tokens, fallbacks)

    return ref(provider, name, tuple(ref(item.provider, item.model) for item in config.fallbacks))


def _shorter(model: ModelRef, most_tokens: int) -> ModelRef:
    """Return the model, and what stands in for it, with answers of at most so many tokens."""
    return replace(
        model,
        max_tokens=min(model.max_tokens or most_tokens, most_tokens),
        fallbacks=tuple(_shorter(other, most_tokens) for other in model.fallbacks),
    )


def _history(message: MessageOut, texts: Mapping[UUID, FileText]) -> HistoryMessage:
    unfinished = message.status in {MessageStatus.FAILED, MessageStatus.STREAMING}
    # Marks of earlier answers meant other memories than those that are told now.
    cited = [one["mark"] for one in message.metadata.get("memories", ()) if one["cited"]]
    return HistoryMessage(
        author_kind=message.author.kind.value,
        author_id=str(message.author.id) if message.author.id else None,
        author_name=message.author.name,
        text="" if unfinished else without_marks(message.content, cited),
        files=tuple(_file(file, texts.get(file.id)) for file in message.files),
    )


def _briefed(brief: Brief, tokens: int) -> HistoryMessage:
    """Return the request of a workflow's task, no longer than so many tokens with its voice."""
    text = compose(brief, tokens - _VOICE_TOKENS, estimate_tokens)
    return HistoryMessage("user", None, "Workflow", text)


def _file(file: FileOut, text: FileText | None) -> AttachedFile:
    has_size = file.width is not None and file.height is not None
    return AttachedFile(
        file.name,
        file.media_type,
        file.size,
        pixels=(file.width or 0, file.height or 0) if has_size else None,
        text=text.text if text else None,
        is_whole=text.is_whole if text else True,
        is_guess=text.is_guess if text else False,
    )
