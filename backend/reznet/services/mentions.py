r"""Who a text mentions, read as a person reads Markdown. Pure; no database.

Two steps, so that a workspace with a thousand agents looks up only the handles that could be meant:
`candidates` finds where a text may name somebody, and `resolve` keeps what is known.

A mention is `@` and a handle, in any case, standing as a word of its own. Before it is no letter, digit
or sign that joins it to an address or a path (`bob@qa`, `host/@qa`, `\@qa`); after it no letter or digit,
nor `-`, `_`, `.`, `/` or `\` with a letter or digit behind. So `@qa-leader`, `@qa_2`, `@qa.example` and `@qa/lib`
never mean `qa`, while `(@qa:)`, `**@qa**`, `@qa-`, `@qa.` and `@qa's` do. Scripts that put no space between
words (`请@qa看一下`) touch a mention freely. Code, links, HTML, e-mail addresses and URLs name nobody.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from reznet.core.text import name_key
from reznet.services.prose import prose_of

MAX_HANDLES = 500  # possible handles of one message after which no further place is looked at
_MAX_HANDLE = 60  # code points as typed; a handle has at most 50, but may be typed decomposed

# Before a mention these make it part of an address, a path or another word.
_JOINED_BEFORE = frozenset("@/\\.+%$#")
_JOINED_AFTER = frozenset("-_./\\")
# Thai, Lao, Tibetan, Myanmar, Hangul, Khmer, Kana, CJK ideographs. Korean has spaces, but its
# particles follow a name without one.
_SPACELESS = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3130-\u318f"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may name somebody: each possible handle with its end, the longest first."""

    start: int
    options: tuple[tuple[str, int], ...]

    @property
    def handles(self) -> tuple[str, ...]:
        """The handles that could be meant, in the form in which they are stored."""
        return tuple(handle for handle, _ in self.options)


@dataclass(frozen=True, slots=True)
class Found:
    """A known handle in a text, from its `@` to its end, in code points."""

    handle: str
    start: int
    end: int


def candidates(text: str) -> list[Candidate]:
    """Return the places of a Markdown text that may name somebody, in order.

    Ends early at `MAX_HANDLES` possible handles, so that no text makes a large query.
    """
    found: list[Candidate] = []
    handles = 0
    if "@" not in text:
        return found
    for at, end in _sites(text):
        if options := _options(text, at + 1, end):
            found.append(Candidate(at, options))
            handles += len(options)
            if handles >= MAX_HANDLES:
                break
    return found


def resolve(places: Sequence[Candidate], known: Collection[str]) -> list[Found]:
    """Return what the places name among the known handles; the longest handle wins."""
    found: list[Found] = []
    for place in places:
        for handle, end in place.options:
            if handle in known:
                found.append(Found(handle, place.start, end))
                break
    return found


def _sites(text: str) -> Iterator[tuple[int, int]]:
    """Yield each `@` that may begin a mention, with the end of the block it stands in."""
    prose = prose_of(text)
    for start, end in prose.blocks:
        at = text.find("@", start, end)
        while at != -1:
            if not prose.hidden[at] and _may_begin(text, at):
                yield at, end
            at = text.find("@", at + 1, end)


def _may_begin(text: str, at: int) -> bool:
    before = at - 1
    while before >= 0 and text[before] == "_":  # emphasis, unless it is inside a word
        before -= 1
    if before < 0:
        return True
    char = text[before]
    if char == "-":  # the end of a word such as an e-mail's, or a dash
        return before == 0 or text[before - 1] == "-" or not _is_handle_char(text[before - 1])
    if char in _JOINED_BEFORE:
        return False
    return not _is_handle_char(char) or _SPACELESS.match(char) is not None


def _options(text: str, start: int, end: int) -> tuple[tuple[str, int], ...]:
    stop = start
    limit = min(end, start + _MAX_HANDLE)
    while stop < limit and _is_handle_char(text[stop]):
        stop += 1
    ends: list[int] = []
    whole = _without_hyphens(text, start, stop)
    if whole > start and _ends_word(text, whole, end):
        ends.append(whole)
    ends += _spaceless_ends(text, start, whole)
    # A handle has a hyphen where a sign stands for several words.
    return tuple((name_key(text[start:option]).replace(" ", "-"), option) for option in ends)


def _spaceless_ends(text: str, start: int, whole: int) -> Iterator[int]:
    """Yield, the longest first, where a handle may end within a word of a script without spaces."""
    if text[start:whole].isascii():
        return
    for at in range(whole - 1, start, -1):
        touches = _SPACELESS.match(text[at]) or _SPACELESS.match(text[at - 1])
        if touches and "-" not in text[at - 1 : at + 1] and not unicodedata.combining(text[at]):
            yield at


def _is_handle_char(char: str) -> bool:
    return char.isalnum() or char == "-" or unicodedata.combining(char) != 0


def _without_hyphens(text: str, start: int, stop: int) -> int:
    """Return the end of the handle without hyphens that only follow it; `start` if it is none."""
    if text[start : start + 1] == "-":
        return start
    while stop > start and text[stop - 1] == "-":
        stop -= 1
    return stop


def _ends_word(text: str, at: int, end: int) -> bool:
    """Whether the word ends here: neither a longer word, an address, nor a path goes on."""
    if at == end:
        return True
    first = text[at]
    if first == "@" or first.isalnum():
        return False
    after = at
    limit = min(end, at + _MAX_HANDLE)
    while after < limit and text[after] == first and first in "-_":
        after += 1
    after = max(after, at + 1)
    goes_on = after < end and text[after].isalnum() and not _SPACELESS.match(text[after])
    return not (first in _JOINED_AFTER and goes_on)
