"""What the client needs of the providers' libraries, in one object."""

from collections.abc import Sequence

from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.local_model import LocalModel
from reznet.agents.questions import Call, Question
from reznet.agents.wire.agent_calls import AgentCall
from reznet.agents.wire.calls import Place, StreamedCall
from reznet.agents.wire.chat_bodies import is_plain
from reznet.agents.wire.chat_calls import ChatCall
from reznet.agents.wire.connections import Connections
from reznet.agents.wire.faults import PROVIDER_FAILURES, read_failure
from reznet.core.config import Settings


class Gateway:
    """Opens calls to models over shared connections."""

    def __init__(self, settings: Settings, explainer: Explainer, local: LocalModel) -> None:
        self._explainer = explainer
        self._local = local
        self._connections = Connections(settings, explainer, local)

    async def open(self, ref: ModelRef, question: Question) -> Call:
        """Return the call, not yet made, once the provider can take it.

        Raises:
            LLMError: the provider isn't set up or can't be started.
        """
        place = Place(self._local.turns if ref.provider == "local" else None)
        await place.take()
        try:
            known = await self._connections.model(ref)
            if not question.tools and question.output is str:
                line = known.line
                if line and question.shape is None and is_plain(question.turns, line.form):
                    return ChatCall(
                        line,
                        ref,
                        self._explainer,
                        place,
                        system=question.system,
                        turns=question.turns,
                    )
                return StreamedCall(
                    known.model,
                    ref,
                    self._explainer,
                    place,
                    system=question.system,
                    turns=question.turns,
                    shape=question.shape,
                )
            return AgentCall(
                known.model,
                ref,
                self._explainer,
                place,
                system=question.system,
                turns=question.turns,
                tools=question.tools,
                output=question.output,
            )
        except BaseException:
            place.leave()
            raise

    async def embed(self, texts: Sequence[str], ref: ModelRef) -> list[list[float]]:
        """Return a vector for each text, in their order.

        Raises:
            LLMError: the provider has no embeddings, or failed.
        """
        if ref.provider == "anthropic":
            raise LLMError(
                LLMErrorKind.REJECTED,
                "anthropic has no embeddings: choose openai or ollama for them.",
            )
        client = await self._connections.openai_client(ref)
        try:
            # Through the library for its reading of failures; base64, its client's usual form, is not known everywhere.
            model = OpenAIEmbeddingModel(
                ref.name, provider=OpenAICompatibleProvider(ref.provider, openai_client=client)
            )
            answer = await model.embed(
                list(texts),
                input_type="document",
                settings={"extra_body": {"encoding_format": "float"}},
            )
        except PROVIDER_FAILURES as error:
            raise read_failure(error, ref, self._explainer, LLMErrorKind.OUTPUT) from None
        return [list(vector) for vector in answer.embeddings]

    async def aclose(self) -> None:
        """Close every connection."""
        await self._connections.aclose()
