"""Draws old memories together: each old conversation of an agent into one summary, by the agent's model where it has one."""

import asyncio

import structlog

from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import PASSING, LLMError, LLMErrorKind, ModelCalled, ModelRef
from reznet.agents.registry import AgentRegistry
from reznet.agents.summaries import write_summary
from reznet.core.database import Database
from reznet.core.text import storable
from reznet.jobs.accounts import account
from reznet.jobs.running import call_of
from reznet.schemas.agents import AgentOut
from reznet.services import summaries
from reznet.services.excerpts import excerpt
from reznet.services.extracts import extract
from reznet.services.memories import embed_documents
from reznet.services.ports import Ports
from reznet.services.redaction import redacted
from reznet.services.summaries import Pieces, Summary

log = structlog.get_logger(__name__)

# Of one agent in an hour: a history that was imported does not become a bill in one night.
_MOST_CONVERSATIONS = 50
_CALL_SECONDS = 100.0
_MOST_CHARS = 1_600  # what the packaged embedder reads


class MemorySummaries:
    """Sums up what agents remember from long ago."""

    def __init__(
        self, database: Database, ports: Ports, llm: LLMClient, registry: AgentRegistry
    ) -> None:
        """Take what summing up needs."""
        self._database = database
        self._ports = ports
        self._llm = llm
        self._registry = registry

    async def run(self) -> int:
        """Sum up for each agent that is due; return how many summaries there are now. Raises Unavailable."""
        made = 0
        while True:
            async with self._database.write() as session:
                agent = await summaries.claim(session)
            if agent is None:
                return made
            made += await self._sum_up(agent)

    async def _sum_up(self, agent: AgentOut) -> int:
        """Sum up an agent's old conversations; when its model fails for the moment, the rest waits."""
        model = await self._model_of(agent)
        made, after = 0, None
        for _ in range(_MOST_CONVERSATIONS):
            async with self._database.read() as session:
                pieces = await summaries.next_pieces(session, agent, after)
            if pieces is None:
                break
            after = pieces.conversation
            try:
                summary = await self._summary(pieces, model)
            except (LLMError, TimeoutError) as error:
                problem = error.message if isinstance(error, LLMError) else "the model is slow"
                log.warning("summing up has to wait", agent=agent.name, error=problem)
                break
            async with self._database.write() as session:
                made += await summaries.store(session, pieces, summary) is not None
            if not summary.is_by_model:
                model = None  # it could not do one, and need not be asked for the others
        return made

    async def _summary(self, pieces: Pieces, model: ModelRef | None) -> Summary:
        """Return a summary by the model, or where that can't write one the most central of the pieces.

        Raises LLMError and TimeoutError when the model may do it later.
        """
        text = "" if model is None else await self._written(pieces, model)
        is_by_model = bool(text)
        if not text:
            contents = [memory.content for memory in pieces.memories]
            found = await embed_documents(self._ports, contents)
            text = extract(contents, [one.vector if one else None for one in found])
        (embedded,) = await embed_documents(self._ports, [text])
        return Summary(text, embedded, is_by_model)

    async def _written(self, pieces: Pieces, model: ModelRef) -> str:
        calls: list[ModelCalled] = []
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                text = await write_summary(self._llm, model, pieces.memories, calls)
        except LLMError as error:
            if error.kind in PASSING - {LLMErrorKind.TRUNCATED}:
                raise
            log.warning("summed up without a model", agent=pieces.agent.name, error=error.message)
            return ""
        finally:
            agent = pieces.agent
            used = [call_of(call) for call in calls]
            await account(self._database, (agent.id, agent.name), used, what="summing up")
        return excerpt(redacted(storable(text)), _MOST_CHARS)

    async def _model_of(self, agent: AgentOut) -> ModelRef | None:
        """Return the agent's model, unless that is the trial one, which knows too little."""
        model = self._registry.make(agent, await self._ports.models.default()).model
        return None if model.provider == self._ports.settings.trial_provider else model
