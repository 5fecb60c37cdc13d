"""How far the embedding of memories is, as clients see it."""

from pydantic import Field

from reznet.schemas.base import Response


class MemoryCounts(Response):
    """Memories of the whole workspace."""

    total: int
    embedded: int = Field(description="They have a vector of the embedder.")
    pending: int = Field(description="They wait for one, and are found by their words until then.")
    failed: int = Field(
        description="The embedder has none for their text, and is not asked again."
    )


class StoredVectors(Response):
    """Memories with vectors of one embedder, or without."""

    embedder: str | None
    dimensions: int | None
    count: int


class MemoryStatusOut(Response):
    """What memories are embedded with, and how far that is."""

    embedder: str | None = Field(
        description="The embedder that is set; null: memories are found by their words alone."
    )
    dimensions: int | None = Field(
        description="How many numbers its vectors have; null: it has not made one yet."
    )
    memories: MemoryCounts
    vectors: list[StoredVectors] = Field(description="What is stored, the most frequent first.")
    partitions: int = Field(
        description="Owners with so many memories that they have a vector index of their own."
    )
