"""Who does a task whose own agent may not be there. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent that could do it: its handle, and everything that says what it is good at."""

    handle: str
    about: str
    is_orchestrator: bool = False


def cast(wanted: str, role: str, candidates: Sequence[Candidate]) -> str | None:
    """Return the handle of the agent that does the task; None without candidates.

    The one that is wanted, if it is there. Else the one that shares most words with the role, the first of them
    in the given order, but an orchestrator only when nobody else is there.
    """
    if any(candidate.handle == wanted for candidate in candidates):
        return wanted
    words = _words(role)
    ranked = sorted(
        enumerate(candidates),
        key=lambda pair: (
            pair[1].is_orchestrator,
            -len(words & _words(pair[1].about)),
            pair[0],
        ),
    )
    return ranked[0][1].handle if ranked else None


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.findall(text))
