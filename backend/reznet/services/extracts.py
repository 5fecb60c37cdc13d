"""A summary without a model: the memories of a conversation that are nearest to all of it. Pure.

Each piece counts by the mean nearness of its vector to those of the others (its centrality), less its nearness to what
is chosen already, so that the same is not said twice (maximal marginal relevance: Carbonell and Goldstein, 1998).
"""

from collections.abc import Sequence

from reznet.core.embedding import Vector
from reznet.services.excerpts import excerpt

_MOST_PIECES, _MOST_CHARS = 5, 240
_NOVELTY = 0.3


def extract(texts: Sequence[str], vectors: Sequence[Vector | None]) -> str:
    """Return the most central of the texts, at most five, each cut to its first sentences, in their order.

    Texts without a vector are chosen only where too few have one; then the longer ones come first.
    """
    return "\n".join(
        excerpt(texts[place], _MOST_CHARS) for place in sorted(_chosen(texts, vectors))
    )


def _chosen(texts: Sequence[str], vectors: Sequence[Vector | None]) -> list[int]:
    known = {place: vector for place, vector in enumerate(vectors) if vector is not None}
    central = {
        place: sum(_nearness(vector, other) for other in known.values()) / len(known)
        for place, vector in known.items()
    }
    chosen: list[int] = []
    while len(chosen) < _MOST_PIECES and len(chosen) < len(known):
        left = [place for place in known if place not in chosen]
        chosen.append(
            max(left, key=lambda place: (central[place] - _repeats(place, chosen, known), -place))
        )
    others = sorted(set(range(len(texts))) - set(known), key=lambda place: -len(texts[place]))
    return (chosen + others)[:_MOST_PIECES]


def _repeats(place: int, chosen: Sequence[int], vectors: dict[int, Vector]) -> float:
    nearest = max((_nearness(vectors[place], vectors[one]) for one in chosen), default=0.0)
    return _NOVELTY * nearest


def _nearness(first: Vector, second: Vector) -> float:
    return sum(one * other for one, other in zip(first, second, strict=True))
