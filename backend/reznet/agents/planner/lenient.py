"""JSON as models write it: Python literals, single quotes, comments, commas too many. Pure.

Linear in the text, and it raises nothing: what can't be read is None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MAX_DEPTH = 24
_SPACE = re.compile(r"(?:\s+|//[^\n]*|#[^\n]*)*")
_COMMAS = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*(?:[,:}\])#/]|$))")
_BARE = re.compile(r"[^,:}\])\n\"'{\[]+")
_ASSIGN = re.compile(r"[:=]>?")
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_ENDS = {
    closing: re.compile(rf"\\.|{re.escape(closing)}", re.DOTALL) for closing in _QUOTES.values()
}
_CLOSERS = {"{": "}", "[": "]", "(": ")"}
# A quote ends a string where the structure goes on behind it; elsewhere it belongs to the text.
_GOES_ON = re.compile(r"\s*(?:[,:}\])]|//|#|$)|[ \t]*\r?\n\s*[\"'\u201c\u2018`{\[]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_WORDS: Mapping[str, object] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "undefined": None,
}
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Read:
    """A value, where it ends, and whether the text broke off within it."""

    value: object
    end: int
    is_whole: bool


def read_value(text: str, start: int) -> Read | None:
    """Return the object or list that begins at `start`, as far as it goes; None when there is none."""
    reader = _Reader(text, start)
    try:
        value = reader.value(0)
    except _Unreadable:
        return None
    return Read(value, reader.at, not reader.broke_off)


class _Unreadable(Exception):
    pass


class _Reader:
    """A place in a text, which only moves forward."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.broke_off = False

    def value(self, depth: int) -> object:
        """Return the value at this place and stop behind it."""
        if depth > _MAX_DEPTH:
            raise _Unreadable
        self._skip(_SPACE)
        opening = self._peek()
        if opening == "{":
            return self._object(depth)
        if opening in {"[", "("}:
            return self._list(depth)
        if opening in _QUOTES:
            return self._string(opening)
        return self._bare()

    def _object(self, depth: int) -> dict[str, object]:
        self.at += 1
        found: dict[str, object] = {}
        while self._has_more("}"):
            key = self._string(self._peek()) if self._peek() in _QUOTES else self._bare()
            self._skip(_SPACE)
            if (assign := _ASSIGN.match(self.text, self.at)) is None:
                if self._is_at_end():
                    break
                raise _Unreadable
            self.at = assign.end()
            self._skip(_SPACE)
            if self._is_at_end():
                break
            found[str(key)] = self.value(depth + 1)
        return found

    def _list(self, depth: int) -> list[object]:
        closer = _CLOSERS[self._peek()]
        self.at += 1
        found: list[object] = []
        while self._has_more(closer):
            before = self.at
            found.append(self.value(depth + 1))
            if self.at == before:
                raise _Unreadable
        return found

    def _has_more(self, closer: str) -> bool:
        """Go to the next item; False behind the closer, or where the text ends before it."""
        while True:
            before = self.at
            self._skip(_SPACE)
            self._skip(_COMMAS)
            if self.at == before:
                break
        if self._is_at_end():
            return False
        if self._peek() == closer:
            self.at += 1
            return False
        if self._peek() in "}])":
            raise _Unreadable
        return True

    def _string(self, opening: str) -> str:
        closing = _QUOTES[opening]
        start = at = self.at + 1
        text = self.text
        ends = _ENDS[closing]
        while (hit := ends.search(text, at)) is not None:
            at = hit.end()
            if hit[0] == closing and _GOES_ON.match(text, at):
                self.at = at
                return _unescaped(text[start : hit.start()])
        self.at = len(text)
        self.broke_off = True
        return _unescaped(text[start:])

    def _bare(self) -> object:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return float(number[0]) if set(number[0]) & set(".eE") else int(number[0][:300])
        word = _BARE.match(self.text, self.at)
        if word is None:
            raise _Unreadable
        self.at = word.end()
        self._is_at_end()
        plain = word[0].strip()
        return _WORDS.get(plain, plain)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if skipped := pattern.match(self.text, self.at):
            self.at = skipped.end()

    def _is_at_end(self) -> bool:
        """Whether the text is over although something is open; that is remembered."""
        if self.at >= len(self.text):
            self.broke_off = True
            return True
        return False


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_meant, text)
    # Two halves of a sign outside the basic plane are one; a half alone is nothing.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(escape: re.Match[str]) -> str:
    sign = escape[1]
    if len(sign) > 1:
        return chr(int(sign[1:], 16))
    return _SHORT.get(sign, sign)
