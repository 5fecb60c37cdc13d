"""How many memories have a vector of the embedder that is set, and how many still wait for one."""

from collections.abc import Sequence

from reznet.core.database import ReadSession
from reznet.repositories import memory_embedding, memory_partitions
from reznet.repositories.memory_embedding import Vectors
from reznet.schemas.memory_status import MemoryCounts, MemoryStatusOut, StoredVectors
from reznet.services.memory_embedding import standing_of, total
from reznet.services.ports import Ports


async def status(session: ReadSession, ports: Ports) -> MemoryStatusOut:
    """Return the numbers, counted in the rows."""
    kinds = await memory_embedding.count_by_vectors(session)
    stored = [
        StoredVectors(embedder=kind.embedder, dimensions=kind.dimensions, count=kind.memories)
        for kind in _together(kinds)
    ]
    partitions = len(await memory_partitions.owners_apart(session))
    if ports.embedder is None:
        return MemoryStatusOut(
            embedder=None,
            dimensions=None,
            memories=MemoryCounts(total=total(kinds), embedded=0, pending=0, failed=0),
            vectors=stored,
            partitions=partitions,
        )
    name = ports.embedder.name
    dimensions = ports.embedder.dimensions or _usual(kinds, name)
    standing = standing_of(kinds, name, dimensions)
    return MemoryStatusOut(
        embedder=name,
        dimensions=dimensions,
        memories=MemoryCounts(
            total=standing.total,
            embedded=standing.embedded,
            pending=standing.pending,
            failed=standing.failed,
        ),
        vectors=stored,
        partitions=partitions,
    )


def _usual(kinds: Sequence[Vectors], embedder: str) -> int | None:
    """Return the dimensions that most of the embedder's vectors have; another process may have made them."""
    own = [kind for kind in kinds if kind.embedder == embedder]
    return max(own, key=lambda kind: kind.memories).dimensions if own else None


def _together(kinds: Sequence[Vectors]) -> list[Vectors]:
    """Return the kinds of vectors, the most frequent first, whoever refused to replace them."""
    counts: dict[tuple[str | None, int | None], int] = {}
    for kind in kinds:
        key = (kind.embedder, kind.dimensions)
        counts[key] = counts.get(key, 0) + kind.memories
    every = [Vectors(*key, None, count) for key, count in counts.items()]
    return sorted(every, key=lambda kind: -kind.memories)
