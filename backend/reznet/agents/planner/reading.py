"""From what a model wrote to a plan, whatever it is wrapped in. Pure; raises nothing; linear in the text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from reznet.agents.planner.drafts import Draft, draft_of
from reznet.agents.planner.lenient import read_value

_FENCE = re.compile(r"```+[ \t]*([\w-]*)[^\n`]*\n?")
_OPENING = re.compile(r"[{\[]")
_PLAN_FENCES = ("plan", "json")
# How often the text may be read over, when it holds many beginnings that lead to nothing.
_READINGS = 4
_MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The draft of a plan that a text holds, and whether the text broke off in it.

    `intro` is what was said before it.
    """

    draft: Draft | None
    broke_off: bool = False
    intro: str = ""


def read_plan(text: str) -> Reading:
    """Return the plan that stands in the text: fenced, in prose, or alone.

    One that is whole goes before one that broke off.
    """
    text = text[:_MAX_TEXT]
    broken: Reading | None = None
    left = _READINGS * len(text) + 10_000
    end = 0
    for start in _starts(text):
        if start < end:
            continue
        read = read_value(text, start)
        left -= (len(text) if read is None else read.end) - start
        if read is not None:
            draft = draft_of(read.value)
            if draft is not None:
                found = Reading(draft, not read.is_whole, _said_before(text, start))
                if read.is_whole:
                    return found
                broken = broken or found
            elif read.is_whole:
                end = read.end
            elif broken is None and _is_object(read.value):
                broken = Reading(None, broke_off=True, intro=_said_before(text, start))
        if left <= 0:
            break
    return broken or Reading(None)


def _starts(text: str) -> Iterator[int]:
    """Yield where a plan may begin, the likeliest first; what is within a value read before is yielded too."""
    fenced: Sequence[tuple[str, int]] = [
        (fence[1].lower(), fence.end()) for fence in _FENCE.finditer(text)
    ]
    for name in _PLAN_FENCES:
        for info, begin in fenced:
            if info == name and (opening := _OPENING.match(text, _after_space(text, begin))):
                yield opening.start()
    for opening in _OPENING.finditer(text):
        yield opening.start()


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _is_object(value: object) -> bool:
    """Whether a value that broke off looks like more than a bracket in prose."""
    return isinstance(value, dict) and bool(cast("dict[str, object]", value))


def _said_before(text: str, start: int) -> str:
    before = text[:start]
    fence = before.rfind("```")
    if fence != -1 and "\n" not in before[fence:].rstrip():
        before = before[:fence]
    return before.strip()
