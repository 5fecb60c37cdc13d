"""Which agent a text names, written as models and people write names."""

import re
from collections.abc import Iterable
from typing import Protocol
from unicodedata import category

from reznet.core.text import name_key

_LONGEST = 200
_INNER = re.compile(r"[\s_\-]+")
_MARKS = frozenset({"Mn", "Mc"})
_ARTICLE = re.compile(r"^(?:the|agent)-|-agent$")


class Named(Protocol):
    """What is told apart by a handle and a name."""

    @property
    def handle(self) -> str:
        """What is typed after `@`."""
        ...

    @property
    def name(self) -> str:
        """What is shown."""
        ...


class AgentNames[T: Named]:
    """Agents by everything that names them."""

    def __init__(self, agents: Iterable[T]) -> None:
        self._by_handle: dict[str, T] = {}
        self._by_name: dict[str, T] = {}
        self._by_words: dict[str, T] = {}
        for agent in agents:
            self._by_handle.setdefault(agent.handle, agent)
            self._by_name.setdefault(name_key(agent.name), agent)
        # Names are unique, but two may have the same words: the handle that is made of them decides.
        for agent in self._by_handle.values():
            self._by_words.setdefault(words(agent.handle), agent)
        for agent in self._by_handle.values():
            self._by_words.setdefault(words(agent.name), agent)

    def find(self, text: str) -> T | None:
        """Return the one agent that the text names, or None.

        Brackets, quotes, `@`, case and kinds of blanks make no difference, so `['Senior Researcher']`,
        `"senior researcher` and `@Senior-Researcher` are all the same agent.
        """
        key = name_key(_bare(text))
        plain = words(key)
        return (
            self._by_handle.get(key)
            or self._by_name.get(key)
            or self._by_words.get(plain)
            or self._by_words.get(_ARTICLE.sub("", plain))
        )


def resolve_agent[T: Named](text: str, agents: Iterable[T]) -> T | None:
    """Return the one of the agents that the text names, or None; `AgentNames` is for many texts."""
    return AgentNames(agents).find(text)


def likely_handles(text: str) -> set[str]:
    """Return the handles that the text could be, so that they can be looked up among many."""
    plain = words(name_key(_bare(text)))
    return {handle for handle in (plain, _ARTICLE.sub("", plain)) if handle}


def words(text: str) -> str:
    """Return a name in the form of a handle: its words joined by hyphens."""
    return _INNER.sub("-", name_key(text)).strip("-")


def _bare(text: str) -> str:
    """Return the text from its first letter or digit to its last, with the marks on that."""
    text = text[:_LONGEST]
    said = [index for index, char in enumerate(text) if char.isalnum() or category(char) in _MARKS]
    return text[said[0] : said[-1] + 1] if said else ""
