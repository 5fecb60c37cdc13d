"""Texts as vectors: what an embedder does, and which vectors can be stored."""

import math
from collections.abc import Sequence
from typing import Protocol

# Vectors of unit length.
type Vector = Sequence[float]

MAX_DIMENSIONS = 4000  # of what an index over half precision can hold


class Embedder(Protocol):
    """Turns texts into vectors whose nearness is that of what the texts mean.

    None stands for a text that has no vector: it is blank, or the model failed on it. The others are
    not affected by it, and nothing is raised.
    """

    @property
    def name(self) -> str:
        """What its vectors are stored under; they can't be compared with those of another name."""
        ...

    @property
    def dimensions(self) -> int | None:
        """How many numbers a vector has; None while that is not known."""
        ...

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each question, in their order."""
        ...

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        """Return a vector for each text that is to be found, in their order."""
        ...

    async def aclose(self) -> None:
        """Let go of the model."""
        ...


def unit(values: Sequence[float]) -> Vector | None:
    """Return the vector scaled to length 1; None when it has no direction or can't be stored."""
    if not 0 < len(values) <= MAX_DIMENSIONS:
        return None
    try:
        length = math.hypot(*values)
    except (TypeError, OverflowError):  # what a provider sent are no numbers
        return None
    if not math.isfinite(length) or length < 1e-9:
        return None
    return [value / length for value in values]


def vector_literal(vector: Vector) -> str:
    """Return the vector as PostgreSQL reads it; half precision has four digits."""
    # All numbers by one format, which takes two thirds of the time of each by its own.
    return f"[{','.join(['%.5g'] * len(vector))}]" % tuple(vector)
