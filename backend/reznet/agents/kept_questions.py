"""The vectors of questions that were asked lately, so that a question is embedded once.

Three agents that one message mentions look for the same thing at the same time, and so do a retry and a second search.
"""

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from reznet.core.embedding import Embedder, Vector

# As plain numbers of 8 bytes they take 1.5 MB when each vector has 384.
_KEPT = 500

type _Found = Mapping[bytes, Vector | None]


class KeptQuestions:
    """An embedder that asks another one; of its questions it keeps the vectors, and of the texts nothing."""

    def __init__(self, embedder: Embedder) -> None:
        """Take who embeds."""
        self._embedder = embedder
        self._kept: OrderedDict[bytes, array[float]] = OrderedDict()  # the last used at the end
        self._asking: dict[bytes, asyncio.Task[_Found]] = {}

    @property
    def name(self) -> str:
        """That of who embeds."""
        return self._embedder.name

    @property
    def dimensions(self) -> int | None:
        """Those of who embeds."""
        return self._embedder.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each question, in their order."""
        keys = [_key(text) for text in texts]
        new = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if key not in self._kept and key not in self._asking
        }
        if new:
            asking = asyncio.get_running_loop().create_task(self._ask(new), name="embed questions")
            self._asking |= dict.fromkeys(new, asking)
        found: dict[bytes, Vector | None] = {
            key: self._kept[key].tolist() for key in keys if key in self._kept
        }
        for key in found:
            self._kept.move_to_end(key)
        for asking in {self._asking[key] for key in keys if key not in found}:
            found |= await asyncio.shield(asking)  # who stops waiting leaves it to the others
        return [found[key] for key in keys]

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each text that is to be found, in their order."""
        return await self._embedder.embed_documents(texts)

    async def aclose(self) -> None:
        """Let go of the model."""
        await self._embedder.aclose()

    async def _ask(self, new: Mapping[bytes, str]) -> _Found:
        """Return the vectors of questions, and keep those that there are."""
        try:
            vectors = await self._embedder.embed_queries(list(new.values()))
        finally:
            for key in new:
                del self._asking[key]
        found = dict(zip(new, vectors, strict=True))
        self._kept |= {
            key: array("d", vector) for key, vector in found.items() if vector is not None
        }
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
