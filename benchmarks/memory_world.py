"""Made-up memories for measuring: texts, and a stand-in for an embedder that knows their words.

Texts are made of 30,000 invented words. Half of a text's words come from all of them, by Zipf's law (the n-th has a
frequency of 1/n); the other half from the 60 words of one of 400 topics, by the same law. A word has a random vector, near to
the middle of its topic if it has one; a text's vector is the sum of its words', weighted by rarity, plus a direction
that all texts share and noise. So vectors stand in clusters, as those of real embedders do, and words tell something about
them, but not everything.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from reznet.core.embedding import Vector

DIMENSIONS = 384
_WORDS, _TOPICS, _TOPIC_WORDS = 30_000, 400, 60
_LENGTHS = (8, 40)
_QUESTION_LENGTHS = (3, 8)
_ONSETS = [
    "b",
    "br",
    "c",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ou"]
_SYLLABLES = [f"{onset}{vowel}" for onset in _ONSETS for vowel in _VOWELS]

type Floats = NDArray[np.float32]


class World:
    """Words, topics, and where they lie."""

    def __init__(self, seed: int = 7) -> None:
        chance = np.random.default_rng(seed)
        self._chance = chance
        self._words = [_word(number) for number in range(_WORDS)]
        self._place = {word: place for place, word in enumerate(self._words)}
        # Topics take from the middle: neither the commonest words nor those that hardly come up.
        pool = chance.permutation(np.arange(200, _WORDS))[: _TOPICS * _TOPIC_WORDS]
        self._topic_words = pool.reshape(_TOPICS, _TOPIC_WORDS)
        self._vectors = _unit_rows(chance.standard_normal((_WORDS, DIMENSIONS), np.float32))
        middles = _unit_rows(chance.standard_normal((_TOPICS, DIMENSIONS), np.float32))
        for topic, words in enumerate(self._topic_words):
            self._vectors[words] = _unit_rows(self._vectors[words] + 1.2 * middles[topic])
        self._rarity = np.log1p(np.arange(1, _WORDS + 1)).astype(np.float32) / np.log(_WORDS)
        self._common = _unit_rows(chance.standard_normal((1, DIMENSIONS), np.float32))[0]
        self._shares = _zipf(_WORDS)
        self._topic_shares = _zipf(_TOPIC_WORDS)

    def texts(self, count: int) -> list[str]:
        """Return that many memories."""
        return [self._text(*_LENGTHS) for _ in range(count)]

    def questions(self, count: int) -> list[str]:
        """Return that many questions, each about a topic."""
        return [self._text(*_QUESTION_LENGTHS) for _ in range(count)]

    def vector(self, text: str) -> list[float]:
        """Return the vector of a text, of length 1; always the same one."""
        places = [self._place[word] for word in text.split() if word in self._place]
        noise = np.random.default_rng(crc32(text.encode())).standard_normal(DIMENSIONS, np.float32)
        total = self._rarity[places] @ self._vectors[places] if places else np.zeros(DIMENSIONS)
        meaning = total / (np.linalg.norm(total) or 1)
        vector = meaning + 0.8 * self._common + 0.5 * noise / np.linalg.norm(noise)
        return (vector / np.linalg.norm(vector)).tolist()

    def _text(self, least: int, most: int) -> str:
        chance = self._chance
        length = int(chance.integers(least, most + 1))
        topic = self._topic_words[int(chance.integers(_TOPICS))]
        places = [
            *np.searchsorted(self._shares, chance.random(length - length // 2)),
            *topic[np.searchsorted(self._topic_shares, chance.random(length // 2))],
        ]
        chance.shuffle(places)
        return " ".join([self._words[place] for place in places])


class StandIn:
    """The embedder of a world."""

    name = "stand-in"
    dimensions = DIMENSIONS

    def __init__(self, world: World) -> None:
        self._world = world

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        return [self._world.vector(text) for text in texts]

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        return [self._world.vector(text) for text in texts]

    async def aclose(self) -> None:
        pass


def _word(number: int) -> str:
    """Return a word of its own for each number; the English stemmer leaves it alone."""
    first, second = divmod(number, len(_SYLLABLES))
    return f"{_SYLLABLES[first]}{_SYLLABLES[second]}k"


def _zipf(count: int) -> NDArray[np.float64]:
    """Return the cumulative shares of so many words, the commonest first."""
    shares = np.cumsum(1 / np.arange(1, count + 1))
    return shares / shares[-1]


def _unit_rows(rows: Floats) -> Floats:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
