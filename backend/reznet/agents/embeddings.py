"""The embedder that the settings choose: packaged, one of fastembed's, of a provider, or none."""

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

import structlog

from reznet.agents.fastembed_embedder import FastEmbedder
from reznet.agents.kept_questions import KeptQuestions
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.local_embedder import LocalEmbedder, find_model
from reznet.core.config import Settings
from reznet.core.embedding import Embedder, Vector, unit

log = structlog.get_logger(__name__)

_BATCH = 64
_PLAIN = "A plain sentence."
# A search goes on with the words alone rather than wait for a provider that is down.
_QUERY_SECONDS = 5.0
# What one text in a batch may be refused for: the others are tried without it.
_ABOUT_A_TEXT = frozenset({LLMErrorKind.REJECTED, LLMErrorKind.CONTEXT, LLMErrorKind.OUTPUT})


def make_embedder(settings: Settings, llm: LLMClient) -> Embedder | None:
    """Return the embedder of the settings; None when memories are found by their words alone."""
    chosen = _chosen(settings, llm)
    return None if chosen is None else KeptQuestions(chosen)


def _chosen(settings: Settings, llm: LLMClient) -> Embedder | None:
    kind, _, model = settings.embedder.partition(":")
    if kind == "off":
        return None
    if kind == "fastembed":
        if find_spec("fastembed") is None:
            log.warning(
                "memories are found by their words alone",
                embedder=settings.embedder,
                reason="not installed here: `fastembed` (pip install 'reznet[fastembed]')",
            )
            return None
        return FastEmbedder(model, settings.local_threads, settings.data_path / "fastembed")
    if kind != "local":
        return ProviderEmbedder(llm, kind, model)
    found = find_model()
    if found.folder is None:
        log.warning(
            "memories are found by their words alone", embedder="local", reason=found.problem
        )
        return None
    return LocalEmbedder(settings.local_threads)


class ProviderEmbedder:
    """Embeds with a model of a provider: OpenAI or what is compatible with it, or Ollama."""

    def __init__(self, llm: LLMClient, provider: str, model: str) -> None:
        self.name = f"{provider}:{model}"
        self.dimensions: int | None = None
        self._llm = llm
        self._model = ModelRef(provider, model)

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each question, None where the provider gave none in time."""
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                return await self._embed(texts, "query")
        except TimeoutError:
            log.warning("the embedder does not answer in time", embedder=self.name)
            return [None] * len(texts)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each text, None where the provider gave none."""
        return await self._embed(texts, "document")

    async def aclose(self) -> None:
        """Do nothing: the connections are the client's."""

    async def _embed(
        self, texts: Sequence[str], kind: Literal["query", "document"]
    ) -> list[Vector | None]:
        vectors: list[Vector | None] = [None] * len(texts)
        places = [place for place, text in enumerate(texts) if text.strip()]
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            found = await self._batch([texts[place] for place in batch], kind)
            for place, vector in zip(batch, found, strict=True):
                vectors[place] = vector
        return vectors

    async def _batch(
        self, texts: Sequence[str], kind: Literal["query", "document"]
    ) -> list[Vector | None]:
        # The size of a vector is learned from a plain text, which nothing can be wrong with.
        first = [_PLAIN] if self.dimensions is None else []
        try:
            found = await self._llm.embed([*first, *texts], model=self._model, kind=kind)
        except LLMError as error:
            if error.kind in _ABOUT_A_TEXT and len(texts) > 1:
                half = len(texts) // 2
                return [
                    *await self._batch(texts[:half], kind),
                    *await self._batch(texts[half:], kind),
                ]
            log.warning("texts can't be embedded", embedder=self.name, error=error.message)
            return [None] * len(texts)
        if len(found) != len(first) + len(texts):
            log.warning("the embedder gave too few or too many vectors", embedder=self.name)
            return [None] * len(texts)
        return [self._checked(values) for values in found][len(first) :]

    def _checked(self, values: Sequence[float]) -> Vector | None:
        """Return the vector if it can be stored and compared with the others."""
        vector = unit(values)
        if vector is None:
            log.warning("the embedder gave a vector without direction", embedder=self.name)
            return None
        if self.dimensions is None:
            self.dimensions = len(vector)
        if len(vector) != self.dimensions:
            log.warning(
                "the embedder gave a vector of another size than before; if that is wanted, start again",
                embedder=self.name,
                before=self.dimensions,
                size=len(vector),
            )
            return None
        return vector
