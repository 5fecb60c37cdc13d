"""Who a text mentions, read as a person reads Markdown. Pure; no database.

Two steps, so that a workspace with a thousand agents looks up only the handles that could be meant:
`candidates` finds where a text may name somebody, and `resolve` keeps what is known.

A mention is `@` and a handle, in any case. Before it stands no letter, digit or part of an address;
after it the word ends: `@qa-lead` and `@qa.example` never mean `qa`, while `(@qa:)`, `**@qa**` and `@qa's`
do. Where writing changes from ASCII to another script the word may end too (`@qa你好`). Code, links,
HTML, e-mail addresses and URLs name nobody.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference

from reznet.core.text import name_key

MAX_CANDIDATES = 100  # more sites than this in one message are not looked at
_MAX_HANDLE = 60

_MARKDOWN = MarkdownIt("commonmark").disable("inline")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TICKS = re.compile(r"`+")
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]{1,20}://|www\.|mailto:)[^\s<>]+")
_ANGLE = re.compile(r"<(?:!--.*?-->|[A-Za-z/!?][^<>]{0,2000}>)", re.DOTALL)
_DESTINATION = re.compile(
    r"\(\s*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_MAX_DESTINATION = 2000
# Before a mention these make it part of an address, a path or another word.
_NOT_BEFORE = frozenset("@/\\.+%&$#")


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
    """Return the places of a Markdown text that may name somebody, in order."""
    if "@" not in text:
        return []
    found: list[Candidate] = []
    for start, end, references in _prose(text):
        for place in _sites(text, start, end, references):
            found.append(place)
            if len(found) == MAX_CANDIDATES:
                return found
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


def _prose(text: str) -> Iterator[tuple[int, int, Collection[str]]]:
    """Yield the stretches that are paragraphs, headings and the like, with the link labels there are."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    env: dict[str, dict[str, object]] = {}
    tokens = _MARKDOWN.parse(text, env)
    references = env.get("references", {}).keys()
    for token in tokens:
        if token.type == "inline" and token.map is not None:
            first, last = token.map
            yield starts[first], starts[min(last, len(starts) - 1)], references


def _sites(text: str, start: int, end: int, references: Collection[str]) -> Iterator[Candidate]:
    skips = _skipped(text, start, end, references)
    begins = [skip[0] for skip in skips]
    at = text.find("@", start, end)
    while at != -1:
        place = bisect_right(begins, at) - 1
        if place >= 0 and at < skips[place][1]:
            at = text.find("@", skips[place][1], end)
            continue
        if _may_begin(text, at) and (options := _options(text, at + 1, end)):
            yield Candidate(at, options)
        at = text.find("@", at + 1, end)


def _may_begin(text: str, at: int) -> bool:
    before = at - 1
    while before >= 0 and text[before] == "_":  # emphasis, unless it is inside a word
        before -= 1
    if before < 0:
        return True
    char = text[before]
    if char == "-":  # the end of a word such as an e-mail's, or a dash
        return before == 0 or not text[before - 1].isalnum()
    return not (char.isalnum() or char in _NOT_BEFORE)


def _options(text: str, start: int, end: int) -> tuple[tuple[str, int], ...]:
    stop = start
    while stop < end and stop - start < _MAX_HANDLE and _is_handle_char(text[stop]):
        stop += 1
    whole = _trimmed(text, start, stop)
    options: list[int] = [whole] if whole > start and _may_end(text, whole) else []
    ascii_end = start
    while ascii_end < stop and text[ascii_end].isascii():
        ascii_end += 1
    if start < ascii_end < stop and text[ascii_end - 1] != "-":
        options.append(ascii_end)
    return tuple((name_key(text[start:option]), option) for option in options)


def _is_handle_char(char: str) -> bool:
    return char.isalnum() or char == "-" or unicodedata.combining(char) != 0


def _trimmed(text: str, start: int, stop: int) -> int:
    """Return the end of the handle without hyphens that only follow it."""
    if text[start : start + 1] == "-":
        return start
    while stop > start and text[stop - 1] == "-":
        stop -= 1
    return stop


def _may_end(text: str, end: int) -> bool:
    """Whether the word ends here: neither a longer word, an address, nor a path goes on."""
    after = text[end : end + 2]
    if not after:
        return True
    if after[0].isalnum():  # longer than any handle
        return False
    goes_on = len(after) == 2 and after[1].isalnum()
    return not (after[0] == "@" or (after[0] in "./\\_" and goes_on))


def _skipped(
    text: str, start: int, end: int, references: Collection[str]
) -> list[tuple[int, int]]:
    """Return the stretches that are code spans, links, HTML or addresses, in order."""
    spans: list[tuple[int, int]] = []
    ticks = _TickRuns(text, start, end)
    closers = _bracket_pairs(text, start, end)
    at = start
    while at < end:
        stop = _skip_from(text, at, end, ticks, closers, references)
        if stop is None:
            # A run of backticks that nothing closes is no code span, and neither is its tail.
            at = _next(text, at)
            continue
        spans.append((at, stop))
        at = stop
    return spans


def _skip_from(
    text: str,
    at: int,
    end: int,
    ticks: "_TickRuns",
    closers: dict[int, int],
    references: Collection[str],
) -> int | None:
    char = text[at]
    if char == "`":
        return ticks.close(at)
    if char == "<":
        match = _ANGLE.match(text, at, end)
        return match.end() if match else None
    if char == "[":
        return _link_end(text, at, end, closers, references)
    if char.isalpha() and (at == 0 or not text[at - 1].isalnum()):
        match = _URL.match(text, at, end)
        return match.end() if match else None
    return None


def _link_end(
    text: str, at: int, end: int, closers: dict[int, int], references: Collection[str]
) -> int | None:
    close = closers.get(at)
    if close is None:
        return None
    after = text[close + 1 : close + 2]
    if after == "(":
        match = _DESTINATION.match(text, close + 1, min(end, close + 1 + _MAX_DESTINATION))
        if match:
            return match.end()
    if not references:
        return None
    if after == "[" and (label_end := closers.get(close + 1)) is not None:
        label = text[close + 2 : label_end] or text[at + 1 : close]
        if normalizeReference(label) in references:
            return label_end + 1
    return close + 1 if normalizeReference(text[at + 1 : close]) in references else None


def _next(text: str, at: int) -> int:
    if text[at] == "`" and (run := _TICKS.match(text, at)):
        return run.end()
    # What a backslash stands before is not markup, but may be a mention's `@`.
    return at + 2 if text[at] == "\\" and text[at + 1 : at + 2] in {"`", "<", "["} else at + 1


class _TickRuns:
    """Where the runs of backticks of each length are; a code span closes at the next equal one."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._lengths: dict[int, int] = {}
        self._starts: dict[int, list[int]] = {}
        for run in _TICKS.finditer(text, start, end):
            length = run.end() - run.start()
            self._lengths[run.start()] = length
            self._starts.setdefault(length, []).append(run.start())

    def close(self, at: int) -> int | None:
        """Return the end of the code span that opens here, or None."""
        length = self._lengths.get(at)
        if length is None:  # the rest of a run whose first backtick is escaped
            return None
        same = self._starts[length]
        place = bisect_right(same, at)
        return same[place] + length if place < len(same) else None


def _bracket_pairs(text: str, start: int, end: int) -> dict[int, int]:
    """Return the closing bracket of each opening one."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    at = start
    while at < end:
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "[":
            opened.append(at)
        elif char == "]" and opened:
            pairs[opened.pop()] = at
        at += 1
    return pairs
