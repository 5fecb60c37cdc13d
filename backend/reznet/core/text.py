"""Hygiene of text that comes from outside: what may be stored, and keys for comparing names."""

import re
import unicodedata

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f\u115f\u1160\u3164\uffa0")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text as PostgreSQL can hold it: NUL dropped, lone surrogates replaced by U+FFFD.

    Everything else stays byte for byte.
    """
    if "\x00" in text:
        text = text.replace("\x00", "")
    return _SURROGATE.sub("\ufffd", text)


def name_key(name: str) -> str:
    """Return the form in which two names that look alike are equal.

    NFKC, case folded, invisible characters removed, runs of white space made one space.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    visible = "".join(char for char in folded if char not in _INVISIBLE and char not in _BIDI)
    return " ".join(visible.split())


def unsafe_name_reason(name: str) -> str | None:
    """Return why a display name can't be shown safely, or None.

    Control characters, bidirectional overrides and invisible characters are refused, since they
    let one name pass for another.
    """
    for char in name:
        if char in _BIDI:
            return "must not contain characters that change the direction of text"
        if char in _INVISIBLE:
            return "must not contain invisible characters"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            return "must not contain control characters"
    return None
