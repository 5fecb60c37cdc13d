"""What an agent is while it runs: its persona and context become turns, and a model answers them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import UUID

from reznet.agents.attachments import AttachedFile
from reznet.agents.context import HistoryMessage, build_context
from reznet.agents.llm_types import LLMClient, ModelRef, StreamEvent
from reznet.agents.persona import system_prompt
from reznet.agents.windows import context_budget
from reznet.schemas.agents import AgentKind, AgentOut
from reznet.schemas.files import FileOut
from reznet.schemas.messages import MessageOut, MessageStatus
from reznet.schemas.runs import FileText, RunContext


class BaseAgent:
    """One agent, made for one run; cheap, since it holds no connection of its own."""

    kind: ClassVar[AgentKind]

    def __init__(self, agent: AgentOut, default: tuple[str, str], context_tokens: int = 0) -> None:
        """Take the agent's configuration; `default` stands in where it names no model.

        `context_tokens` overrides the model's own window; 0 does not.
        """
        self.agent = agent
        self.model = _model_of(agent, default)
        self._context_tokens = context_tokens

    def instructions(self, roster: Sequence[AgentOut]) -> str:
        """Return what this kind adds to the persona, empty if nothing; `roster` is who else is there."""
        del roster
        return ""

    @asynccontextmanager
    async def answer(
        self, run: RunContext, llm: LLMClient
    ) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
        """Open the stream of the answer. Raises LLMError like `LLMClient.stream`."""
        texts = run.file_texts
        said = [_history(message, texts) for message in (*run.history, run.request)]
        async with self.reply(said, llm, channel=run.channel.name, roster=run.roster) as stream:
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
        with_files = any(message.files for message in said)
        instructions = self.instructions(roster)
        system = system_prompt(self.agent, channel, instructions, with_files=with_files)
        budget = context_budget(self.model, system, override=self._context_tokens)
        turns = build_context(said, agent_id=str(self.agent.id), budget_tokens=budget)
        async with llm.stream(tuple(turns), system=system, model=self.model) as stream:
            yield stream


class Assistant(BaseAgent):
    """Answers what it is asked."""

    kind = AgentKind.ASSISTANT


class Orchestrator(BaseAgent):
    """Answers, or hands on to the agents it knows of."""

    kind = AgentKind.ORCHESTRATOR

    def instructions(self, roster: Sequence[AgentOut]) -> str:
        """Tell who there is to hand on to."""
        return _team(roster)


def _team(roster: Sequence[AgentOut]) -> str:
    if not roster:
        return ""
    lines = [f"- @{agent.handle}: {agent.persona.role}" for agent in roster]
    return (
        "These agents can be asked by mentioning them in your answer. Mention one only when it should "
        "act now, with everything it needs to know:\n" + "\n".join(lines)
    )


def _model_of(agent: AgentOut, default: tuple[str, str]) -> ModelRef:
    config = agent.config
    provider = config.provider or default[0]
    name = config.model or (default[1] if provider == default[0] else "")

    def ref(provider: str, name: str, fallbacks: tuple[ModelRef, ...] = ()) -> ModelRef:
        return ModelRef(provider, name, config.temperature, config.max_tokens, fallbacks)

    return ref(provider, name, tuple(ref(item.provider, item.model) for item in config.fallbacks))


def _history(message: MessageOut, texts: Mapping[UUID, FileText]) -> HistoryMessage:
    unfinished = message.status in {MessageStatus.FAILED, MessageStatus.STREAMING}
    return HistoryMessage(
        author_kind=message.author.kind.value,
        author_id=str(message.author.id) if message.author.id else None,
        author_name=message.author.name,
        text="" if unfinished else message.content,
        files=tuple(_file(file, texts.get(file.id)) for file in message.files),
    )


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
