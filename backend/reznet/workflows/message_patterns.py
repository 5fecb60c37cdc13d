"""Patterns of messages, such as `!release {version} to {place}`. Pure.

Their own small language instead of regular expressions, so that no pattern can take long: the texts of a pattern are
looked for one after the other, each behind the one before, and never anew.

- Text stands for itself, in whatever case; white space for any white space.
- `{name}` is anything, at least one character, and what stands there is captured. It ends where the text that follows
  in the pattern begins for the first time, or with the message.
- `*` is anything too, but captures nothing.
- A pattern begins with text, at the beginning of the message. If it ends with text, the message may go on behind it
  after white space: `!release` is also the beginning of `!release now`, but not of `!released`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reznet.workflows.placeholders import NAME

MAX_PATTERN = 200
MAX_CAPTURES = 10
MIN_BEGINNING = 2  # characters before the first capture: a pattern must not match whatever is said
_PART = re.compile(r"\{([^{}]*)\}|\*")


class BadPattern(ValueError):
    """The text is no pattern; says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: texts, with a gap between each two; the last text may be empty. A gap without a name is dropped."""

    texts: tuple[str, ...]
    gaps: tuple[str | None, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it captures, in order."""
        return tuple(name for name in self.gaps if name is not None)


def parse_pattern(text: str) -> Pattern:
    """Return the pattern. Raises BadPattern."""
    if len(text) > MAX_PATTERN:
        raise BadPattern(f"must be at most {MAX_PATTERN} characters")
    normal = " ".join(text.split())
    texts: list[str] = []
    gaps: list[str | None] = []
    place = 0
    for found in _PART.finditer(normal):
        texts.append(normal[place : found.start()])
        gaps.append(_name_in(found))
        place = found.end()
    texts.append(normal[place:])
    _check(texts, gaps)
    return Pattern(tuple(_folded(text)[0] for text in texts), tuple(gaps))


def captured(pattern: Pattern, message: str) -> dict[str, str] | None:
    """Return what the pattern captures of a message, without white space around it; None when it doesn't match."""
    text, places = _folded(message.strip())
    if not text.startswith(pattern.texts[0]):
        return None
    end = len(pattern.texts[0])
    found: dict[str, str] = {}
    for number, gap in enumerate(pattern.gaps, start=1):
        begin = end
        after = _next(text, pattern.texts[number], begin + 1, number == len(pattern.gaps))
        if after is None:
            return None
        between = message.strip()[places[begin] : places[after]].strip()
        if not between:
            return None
        if gap is not None:
            found[gap] = between
        end = after + len(pattern.texts[number])
    is_open = bool(pattern.gaps) and not pattern.texts[-1]
    return found if is_open or _ends_word(text, end) else None


def beginning(pattern: Pattern) -> str:
    """Return how each message begins that the pattern matches, in lower case: plain letters only, perhaps none."""
    first = pattern.texts[0].partition(" ")[0]
    plain = next((at for at, char in enumerate(first) if not char.isascii()), len(first))
    return first[:plain]


def _next(text: str, wanted: str, start: int, is_last: bool) -> int | None:
    """Return where the wanted text begins next; for the last one, where a word ends behind it. None: nowhere."""
    if not wanted:
        return len(text) if start <= len(text) else None
    at = text.find(wanted, start)
    while is_last and at >= 0 and not _ends_word(text, at + len(wanted)):
        at = text.find(wanted, at + 1)
    return at if at >= 0 else None


def _ends_word(text: str, place: int) -> bool:
    return place >= len(text) or text[place] == " "


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and for each of its characters, and its end, the place in the text."""
    folded: list[str] = []
    places: list[int] = []
    in_space = False
    for place, char in enumerate(text):
        if char.isspace():
            if not in_space:
                folded.append(" ")
                places.append(place)
            in_space = True
            continue
        in_space = False
        for one in char.casefold():
            folded.append(one)
            places.append(place)
    return "".join(folded), [*places, len(text)]


def _name_in(found: re.Match[str]) -> str | None:
    if found[0] == "*":
        return None
    if not NAME.fullmatch(found[1]):
        raise BadPattern(
            f"{found[0][:50]!r} is no capture: write a name of letters, digits and underscores "
            "in braces, such as {version}"
        )
    return found[1]


def _check(texts: Sequence[str], gaps: Sequence[str | None]) -> None:
    if len(texts[0].strip()) < MIN_BEGINNING:
        raise BadPattern(
            f"must begin with at least {MIN_BEGINNING} characters of text, such as '!release'"
        )
    if any("{" in text or "}" in text for text in texts):
        raise BadPattern("holds a brace that belongs to no capture")
    if len(gaps) > MAX_CAPTURES:
        raise BadPattern(f"must capture at most {MAX_CAPTURES} parts")
    if any(not text.strip() and text != " " for text in texts[1:-1]):
        raise BadPattern("has two captures with nothing between them")
    names = [name for name in gaps if name is not None]
    if len(set(names)) < len(names):
        raise BadPattern("captures two parts under one name")
