"""The part of a text that shows why it was found. Pure.

Texts are compared in a light form of what `search_fold` in the database makes of them: it keeps the number of code
points, so that a place in it is a place in the text.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from reznet.schemas.search import MatchRange, Snippet

LENGTH = 240
_LEAD = 70  # of them before the first match
_SEARCHED = 20_000  # code points of a text; a long one is rarely found only behind them
_MARK = "\0"  # stands for a sign that is dropped
_WORD = re.compile(r"[^\W_]+")
_WIDE = {"ss": "(?:ss|ß)", "ae": "(?:ae|æ)", "oe": "(?:oe|œ)"}


@dataclass(frozen=True, slots=True)
class Sought:
    """A word or phrase that was found, in look-alike form.

    A literal is found as it stands, other words as whole ones, the last of them also as the beginning of
    a longer one if it is open.
    """

    text: str
    is_literal: bool = False
    is_open: bool = False
    stem: str | None = None


def cut(content: str, sought: Sequence[Sought], forms: Collection[str] = ()) -> Snippet:
    """Return the part of a text with most of what was sought; `forms` are more words that match."""
    spans = _spans(content, sought, forms)
    start, end = _window(content, spans)
    return Snippet(
        text=content[start:end],
        matches=tuple(
            MatchRange(start=max(first, start) - start, end=min(last, end) - start)
            for first, last in _joined((first, last) for first, last, _ in spans)
            if first < end and last > start
        ),
        is_cut_before=start > 0,
        is_cut_after=end < len(content),
    )


def possible_forms(content: str, sought: Sequence[Sought]) -> set[str]:
    """Return the words of a text that may be other forms of what was sought and does not stand in it."""
    light = _light(content[:_SEARCHED])
    initials = {
        one.text[0] for one in sought if one.stem and not _pattern(one, light).search(light)
    }
    if not initials:
        return set()
    return {word for word in _WORD.findall(light) if word[0] in initials}


def _spans(
    content: str, sought: Sequence[Sought], forms: Collection[str]
) -> list[tuple[int, int, int]]:
    """Return where each match begins and ends, and which of the sought it is."""
    light = _light(content[:_SEARCHED])
    spans = [
        (match.start(), match.end(), number)
        for number, one in enumerate(sought)
        for match in _pattern(one, light).finditer(light)
        if match.end() > match.start()
    ]
    if forms:
        spans += [
            (match.start(), match.end(), len(sought))
            for match in _WORD.finditer(light)
            if match.group() in forms
        ]
    return sorted(spans)


def _window(content: str, spans: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Return the ends of the part with the most different matches, the first of such parts."""
    if len(content) <= LENGTH:
        return 0, len(content)
    best, most = 0, 0
    reach = LENGTH - _LEAD
    for at, (start, _, _) in enumerate(spans[:200]):
        held = {number for _, end, number in spans[at : at + 50] if end <= start + reach}
        if len(held) > most:
            best, most = start, len(held)
    start = _word_start(content, max(0, min(best - _LEAD, len(content) - LENGTH)), best)
    end = min(len(content), start + LENGTH)
    while end < len(content) and end > start + LENGTH - 20 and content[end - 1].isalnum():
        end -= 1
    return start, end


def _word_start(content: str, at: int, limit: int) -> int:
    """Return the start of the next word, so that the part does not begin inside of one."""
    if at == 0:
        return 0
    place = at
    while place < min(limit, at + 20) and content[place - 1].isalnum():
        place += 1
    while place < limit and content[place].isspace():
        place += 1
    return place


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pattern(one: Sought, light: str) -> re.Pattern[str]:
    between = rf"{_MARK}*" if _MARK in light else ""
    if one.is_literal:
        return re.compile(_spelled(one.text, between, r"\s+"))
    end = r"[^\W_]*" if one.is_open else r"(?![^\W_])"
    return re.compile(rf"(?<![^\W_]){_spelled(one.text, between, r'[\W_]+')}{end}")


def _spelled(text: str, between: str, blank: str) -> str:
    parts = re.findall(r"\s+|ss|ae|oe|.", text, re.DOTALL)
    return between.join(
        blank if part.isspace() else _WIDE.get(part) or re.escape(part) for part in parts
    )


class _Light(dict[int, str]):
    """Maps a sign to its light form, made when it is first met."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        lowered = char.lower()
        folded = "".join(
            part
            for part in unicodedata.normalize("NFKD", lowered)
            if not "\u0300" <= part <= "\u036f"
        )
        folded = unicodedata.normalize("NFKC", folded)
        if not folded or char in _UNSEEN:
            light = _MARK
        else:
            light = folded if len(folded) == 1 else lowered if len(lowered) == 1 else char
        self[point] = light
        return light


_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_ALIKE = ("øłđςı‘’‚‛“”„‟‐‑‒–—−", "oldσi''''\"\"\"\"------")  # noqa: RUF001 - signs that look alike are the point
_LIGHT = _Light({ord(char): like for char, like in zip(*_ALIKE, strict=True)})


def _light(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LIGHT)
