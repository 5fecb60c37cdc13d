"""Embeds with a model that the library fastembed fetches once, and then runs on this machine."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import structlog

from reznet.core.embedding import Vector, unit
from reznet.core.text import storable

log = structlog.get_logger(__name__)

_BATCH = 16
# After a download that failed, the next try.
_RETRY_SECONDS = 60.0


class _Model(Protocol):
    """What is used of fastembed's `TextEmbedding`, which yields an array for each text."""

    def query_embed(self, query: Iterable[str]) -> Iterable[Sequence[float]]: ...
    def embed(
        self, documents: Iterable[str], batch_size: int = 256
    ) -> Iterable[Sequence[float]]: ...


class FastEmbedder:
    """Embeds on threads of its own; the model is fetched and loaded when the first text comes."""

    def __init__(self, model: str, threads: int, cache: Path) -> None:
        """Prepare; nothing is imported yet. `threads` of 0 leaves the choice to the library; `cache` keeps the model."""
        self.name = f"fastembed:{model}"
        self.dimensions: int | None = None
        self._load: Callable[[], _Model] = lambda: _load(model, threads or None, cache)
        # One for documents and one for questions, which don't wait until all documents are through.
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="fastembed")
        self._loading = asyncio.Lock()
        self._model: _Model | None = None
        self._not_before = 0.0

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each question, None where the model has none."""
        return await self._embed(texts, lambda model, batch: model.query_embed(batch))

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each text, None where the model has none."""
        return await self._embed(texts, lambda model, batch: model.embed(batch, batch_size=_BATCH))

    async def aclose(self) -> None:
        """Let the batch that is being worked on end, and drop the rest."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _embed(
        self,
        texts: Sequence[str],
        embed: Callable[[_Model, Sequence[str]], Iterable[Sequence[float]]],
    ) -> list[Vector | None]:
        vectors: list[Vector | None] = [None] * len(texts)
        places = [place for place, text in enumerate(texts) if text.strip()]
        model = await self._loaded() if places else None
        if model is None:
            return vectors
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            found = await self._batch(model, [storable(texts[place]) for place in batch], embed)
            for place, vector in zip(batch, found, strict=True):
                vectors[place] = vector
        return vectors

    async def _batch(
        self,
        model: _Model,
        texts: Sequence[str],
        embed: Callable[[_Model, Sequence[str]], Iterable[Sequence[float]]],
    ) -> list[Vector | None]:
        """Return the vectors of the texts; when they fail together, each is tried alone."""

        def work() -> list[list[float]]:
            return [[float(value) for value in values] for values in embed(model, texts)]

        try:
            found = await asyncio.get_running_loop().run_in_executor(self._executor, work)
        except Exception as error:  # noqa: BLE001 - the library's and its runtime's are of many kinds
            if len(texts) == 1:
                log.warning("a text can't be embedded", embedder=self.name, error=str(error))
                return [None]
            return [vector for text in texts for vector in await self._batch(model, [text], embed)]
        vectors = [unit(values) for values in found]
        self.dimensions = next((len(one) for one in vectors if one), self.dimensions)
        return vectors if len(vectors) == len(texts) else [None] * len(texts)

    async def _loaded(self) -> _Model | None:
        async with self._loading:
            loop = asyncio.get_running_loop()
            if self._model is None and loop.time() >= self._not_before:
                try:
                    self._model = await loop.run_in_executor(self._executor, self._load)
                except Exception as error:  # noqa: BLE001 - not installed, not known, not to be fetched
                    self._not_before = loop.time() + _RETRY_SECONDS
                    log.warning("the embedder can't be loaded", name=self.name, error=str(error))
            return self._model


def _load(model: str, threads: int | None, cache: Path) -> _Model:
    library = import_module("fastembed")  # late: it takes a second
    cache.mkdir(parents=True, exist_ok=True)
    return cast("_Model", library.TextEmbedding(model, cache_dir=str(cache), threads=threads))
