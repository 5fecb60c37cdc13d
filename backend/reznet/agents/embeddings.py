"""The embedder that the settings choose: packaged, one of fastembed's, of a provider, or none."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

import structlog

from reznet.agents.fastembed_embedder import FastEmbedder
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.local_embedder import LocalEmbedder, find_model
from reznet.core.config import Settings
from reznet.core.embedding import Embedder, Vector, unit

log = structlog.get_logger(__name__)

_BATCH = 64
# A search goes on with the words alone rather than wait for a provider that is down.
_QUERY_SECONDS = 5.0
# What one text in a batch may be refused for: the others are tried without it.
_ABOUT_A_TEXT = frozenset({LLMErrorKind.REJECTED, LLMErrorKind.CONTEXT, LLMErrorKind.OUTPUT})


def make_embedder(settings: Settings, llm: LLMClient) -> Embedder | None:
    """Return the embedder of the settings; None when memories are found by their words alone."""
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
        try:
            found = await self._llm.embed(texts, model=self._model, kind=kind)
        except LLMError as error:
            if error.kind in _ABOUT_A_TEXT and len(texts) > 1:
                half = len(texts) // 2
                return [
                    *await self._batch(texts[:half], kind),
                    *await self._batch(texts[half:], kind),
                ]
            log.warning("texts can't be embedded", embedder=self.name, error=error.message)
            return [None] * len(texts)
        if len(found) != len(texts):
            log.warning("the embedder gave too few or too many vectors", embedder=self.name)
            return [None] * len(texts)
        return self._checked(found)

    def _checked(self, found: Sequence[Sequence[float]]) -> list[Vector | None]:
        """Return the vectors that can be stored and compared with each other."""
        vectors = [unit(values) for values in found]
        sizes = Counter(len(vector) for vector in vectors if vector is not None)
        if None in vectors:
            log.warning("the embedder gave vectors that are none", embedder=self.name)
        if not sizes:
            return vectors
        usual = sizes.most_common(1)[0][0]
        right = self.dimensions if self.dimensions in sizes else usual
        if len(sizes) > 1:
            log.warning(
                "the embedder gave vectors of the wrong size", embedder=self.name, right=right
            )
        elif self.dimensions not in {None, right}:
            log.warning(
                "the embedder's vectors have another size than before",
                embedder=self.name,
                before=self.dimensions,
                now=right,
            )
        self.dimensions = right
        return [vector if vector and len(vector) == right else None for vector in vectors]
