"""Giving memories the vectors that they lack: what is left, and what came of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.embedding import Vector
from reznet.repositories import memory_embedding
from reznet.repositories.memories import Embedded
from reznet.repositories.memory_embedding import Unembedded as Unembedded  # for those who embed
from reznet.repositories.memory_embedding import Vectors
from reznet.services.memory_owners import hold_memories


@dataclass(frozen=True, slots=True)
class Standing:
    """Memories of the whole workspace, as an embedder sees them; `left` are the kinds that it has to embed."""

    total: int
    embedded: int
    failed: int
    left: Sequence[Vectors]

    @property
    def pending(self) -> int:
        """How many the embedder has to embed."""
        return total(self.left)


def standing_of(kinds: Sequence[Vectors], embedder: str, dimensions: int | None) -> Standing:
    """Return how the memories stand to an embedder; with unknown dimensions, all of its vectors are right."""
    right = [
        kind
        for kind in kinds
        if kind.embedder == embedder and dimensions in {None, kind.dimensions}
    ]
    failed = [kind for kind in kinds if kind not in right and kind.refused_by == embedder]
    left = [kind for kind in kinds if kind not in right and kind not in failed]
    return Standing(total(kinds), total(right), total(failed), left)


def total(kinds: Sequence[Vectors]) -> int:
    """Return how many memories these are together."""
    return sum(kind.memories for kind in kinds)


async def look(session: ReadSession, embedder: str, dimensions: int | None) -> Standing:
    """Return how all memories stand to the embedder, counted in the rows."""
    return standing_of(await memory_embedding.count_by_vectors(session), embedder, dimensions)


async def some_left(session: ReadSession, standing: Standing, most: int) -> list[Unembedded]:
    """Return some memories that are to be embedded, whoever owns them."""
    return await memory_embedding.some_with(session, standing.left[0], most)


def by_owner(
    found: Sequence[tuple[Unembedded, Vector]],
) -> dict[UUID, list[tuple[Unembedded, Vector]]]:
    """Return memories and their vectors by owner, each to be stored in a transaction."""
    owners: dict[UUID, list[tuple[Unembedded, Vector]]] = defaultdict(list)
    for memory, vector in found:
        owners[memory.owner_id].append((memory, vector))
    return owners


async def store(
    session: WriteSession,
    embedder: str,
    owner_id: UUID,
    found: Sequence[tuple[Unembedded, Vector]],
) -> None:
    """Give the owner's memories their vectors, but for those that say something else by now."""
    await hold_memories(session, owner_id)
    await memory_embedding.embed(
        session, [(memory, Embedded(embedder, vector)) for memory, vector in found]
    )


async def refuse(session: WriteSession, embedder: str, memory: Unembedded) -> None:
    """Note that the embedder has no vector for a memory's text, so that it is not asked again."""
    await hold_memories(session, memory.owner_id)
    await memory_embedding.refuse(session, memory, embedder)
