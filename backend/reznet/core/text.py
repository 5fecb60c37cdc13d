"""Hygiene of text that comes from outside: what may be stored, and keys for comparing names."""

import re
import unicodedata

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
# Unicode's Default_Ignorable_Code_Point without the two sets beside it, and two signs drawn as a blank.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164\ufeff"
    r"\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000\U000e0002-\U000e001f\U000e0080-\U000e00ff"
    r"\U000e01f0-\U000e0fff]"
)
# They choose how the sign before them is drawn, such as an emoji in colour.
_VARIATIONS = re.compile(r"[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_UNSEEN = _CONTROLS | {"Mn", "Me", "Zs"}
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
    visible = "".join(char for char in folded if char not in _BIDI)
    visible = _VARIATIONS.sub("", _INVISIBLE.sub("", visible))
    return " ".join(visible.split())


def unsafe_name_reason(name: str) -> str | None:
    """Return why a display name can't be shown safely, or None.

    Control characters, bidirectional overrides and invisible characters are refused, since they
    let one name pass for another.
    """
    if _INVISIBLE.search(name):
        return "must not contain invisible characters"
    for char in name:
        if char in _BIDI:
            return "must not contain characters that change the direction of text"
        if unicodedata.category(char) in _CONTROLS or ord(char) & 0xFFFE == 0xFFFE:
            return "must not contain control characters"
    return None if is_visible(name) else "must contain a visible character"


def is_visible(text: str) -> bool:
    """Return whether anything of the text can be seen; marks that only change other signs can't."""
    return any(unicodedata.category(char) not in _UNSEEN for char in name_key(text))
