"""Which stretches of a Markdown text are prose: neither code, nor links, nor HTML, nor addresses.

Blocks are found by markdown-it (CommonMark). It does not tell where inline marks stand, so those are
read here: code spans and tags first, since they bind tighter, then links, then bare addresses. Every
pass is linear in the text, whatever is in it.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference

_MARKDOWN = MarkdownIt("commonmark").disable("inline")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TICKS = re.compile(r"`+")
_ATOM = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<")
_BRACKET = re.compile(r"\\[!-/:-@\[-`{-~]|[\[\]]")
_URL = re.compile(
    r"(?<![^\W_])(?:[a-z][a-z0-9+.\-]{1,20}+://|www\.|mailto:)[^\s<>]+", re.IGNORECASE
)

# Possessive quantifiers throughout: a hostile text must not make these try again.
_TAG = re.compile(
    r"</[a-z][a-z0-9-]*+\s*+>"
    r"|<[a-z][a-z0-9+.-]{1,31}:[^\s<>]*+>"
    r"|<[a-z][a-z0-9-]*+"
    r"(?:\s++[a-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+)*+\s*+/?>",
    re.IGNORECASE,
)
_MARKUP_ENDS = (
    (re.compile("<!--"), "-->"),
    (re.compile(r"<\?"), "?>"),
    (re.compile(r"<!\[CDATA\["), "]]>"),
    (re.compile("<![A-Za-z]"), ">"),
)
_FLAT = r"(?:\\.|[^\s()\\])*+"
_NESTED = rf"{_FLAT}(?:\({_FLAT}(?:\({_FLAT}(?:\({_FLAT}\){_FLAT})*+\){_FLAT})*+\){_FLAT})*+"
_DESTINATION = re.compile(
    rf"\(\s*+(?:<(?:\\.|[^<>\\\n])*+>|(?!<){_NESTED})"
    r"(?:\s++(?:\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|\((?:\\.|[^()\\])*+\)))?+\s*+\)",
    re.DOTALL,
)
_LABEL = re.compile(r"\[((?:\\.|[^\[\]\\])*+)\]", re.DOTALL)
_MAX_LABEL = 999  # CommonMark's


@dataclass(frozen=True, slots=True)
class Prose:
    """The blocks of a text that hold prose, and what in them is hidden: 1 at such code points."""

    blocks: tuple[tuple[int, int], ...]
    hidden: bytearray


def prose_of(text: str) -> Prose:
    """Return where the prose of a Markdown text stands. Positions are code points."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    env: dict[str, dict[str, object]] = {}
    blocks: list[tuple[int, int]] = []
    for token in _MARKDOWN.parse(text, env):
        if token.type == "inline" and token.map is not None:
            first, last = token.map
            blocks.append((starts[first], starts[min(last, len(starts) - 1)]))
    hidden = bytearray(len(text))
    references = env.get("references", {}).keys()
    for start, end in blocks:
        _hide_code_and_tags(text, start, end, hidden)
        _hide_links(text, start, end, hidden, references)
        for url in _URL.finditer(text, start, end):
            if not hidden[url.start()]:
                _hide(hidden, url.start(), url.end())
    return Prose(tuple(blocks), hidden)


def _hide(hidden: bytearray, start: int, end: int) -> None:
    hidden[start:end] = b"\x01" * (end - start)


def _hide_code_and_tags(text: str, start: int, end: int, hidden: bytearray) -> None:
    closers = _closing_ticks(text, start, end)
    last_ends = {close: text.rfind(close, start, end) for _, close in _MARKUP_ENDS}
    at = start
    while (atom := _ATOM.search(text, at, end)) is not None:
        at = atom.end()
        stop = None
        if atom[0][0] == "`":
            stop = _code_end(closers.get(len(atom[0]), ()), at, len(atom[0]))
        elif atom[0] == "<":
            stop = _tag_end(text, atom.start(), end, last_ends)
        if stop is not None:
            _hide(hidden, atom.start(), stop)
            at = stop


def _closing_ticks(text: str, start: int, end: int) -> dict[int, list[int]]:
    """Return where the runs of backticks of each length stand."""
    runs: dict[int, list[int]] = {}
    for run in _TICKS.finditer(text, start, end):
        runs.setdefault(len(run[0]), []).append(run.start())
    return runs


def _code_end(runs: Sequence[int], at: int, length: int) -> int | None:
    place = bisect_left(runs, at)
    return runs[place] + length if place < len(runs) else None


def _tag_end(text: str, at: int, end: int, last_ends: dict[str, int]) -> int | None:
    for opening, close in _MARKUP_ENDS:
        # Looked for only where there is one: a text full of openings is else read over and over.
        if opening.match(text, at, end) and last_ends[close] > at:
            return text.find(close, at + 2, end) + len(close)
    tag = _TAG.match(text, at, end)
    return tag.end() if tag else None


def _hide_links(
    text: str, start: int, end: int, hidden: bytearray, references: Collection[str]
) -> None:
    openers: list[int] = []
    inert = 0  # openers below this one lie around a link, and links don't nest
    last_bracket = at = start
    while (bracket := _BRACKET.search(text, at, end)) is not None:
        at = bracket.end()
        if bracket[0][0] == "\\" or hidden[bracket.start()]:
            continue
        if bracket[0] == "[":
            openers.append(bracket.start())
        elif openers:
            opener = openers.pop()
            is_image = text[max(start, opener - 1) : opener] == "!"
            stop = None
            if len(openers) >= inert or is_image:
                own_label = last_bracket == opener  # a label holds no brackets
                pair = (opener, bracket.start())
                stop = _link_end(text, pair, end, references, own_label=own_label)
            inert = min(inert, len(openers))
            if stop is not None:
                _hide(hidden, opener, stop)
                at = stop
                inert = inert if is_image else len(openers)
        last_bracket = bracket.start()


def _link_end(
    text: str, pair: tuple[int, int], end: int, references: Collection[str], *, own_label: bool
) -> int | None:
    """Return the end of the link or image whose text stands in these brackets, or None."""
    opener, close = pair
    if destination := _DESTINATION.match(text, close + 1, end):
        return destination.end()
    if not references:
        return None
    following = _LABEL.match(text, close + 1, min(end, close + 3 + _MAX_LABEL))
    if following and following[1]:
        return following.end() if normalizeReference(following[1]) in references else None
    label = text[opener + 1 : close]
    if not own_label or len(label) > _MAX_LABEL or normalizeReference(label) not in references:
        return None
    return following.end() if following else close + 1
