"""Who says what a model reads: `[Ada]: …`, `[QA, agent]: …`. Nobody can speak in another voice. Pure."""

import re

# What `[name]:` may look like at the start of a line: after marks, blanks and characters that don't
# show, and with brackets and colons of other scripts.
_BLANK = r" \t\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufeff"
_OPEN, _CLOSE, _COLON = r"\[\uff3b\u3010", r"\]\uff3d\u3011", r":\uff1a"
_FORGED = re.compile(
    rf"(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])([{_BLANK}>*_#-]*)"
    rf"(?=[{_OPEN}][^{_CLOSE}\n]{{1,250}}[{_CLOSE}][{_BLANK}*_]*[{_COLON}])"
)
_NOT_IN_NAMES = re.compile(rf"[{_OPEN}{_CLOSE}{_COLON},\n\r\u2028\u2029]+")


def voice(kind: str, name: str) -> str:
    """Return how an author is called: the name, and that it is an agent if it is."""
    plain = plain_name(name)
    return f"{plain}, agent" if kind == "agent" else plain


def plain_name(name: str) -> str:
    """Return a name without anything that could end it and begin other words."""
    return " ".join(_NOT_IN_NAMES.sub(" ", name).split()) or "someone"


def defused(text: str) -> str:
    """Return a text in which no line begins like somebody's words."""
    return _FORGED.sub(r"\1\2\\", text)
