"""What a sentence states of whom, where it does so in a way that can be compared without a model. Pure.

Only what somebody has one of at a time: a name, a home, a favourite colour. "Ada's cat is Tom" contradicts nothing.
"""

import re
from dataclasses import dataclass

from reznet.services.word_lists import SINGLE

_NAME = r"(?P<who>[^\W\d_][\w.'-]{0,40}(?: [\w.'-]{1,40}){0,3})"
_VALUE = r"(?: now| currently)? (?P<value>[^.!?;\n]{1,120})"
_SAID = rf"{_NAME}: (?:(?:please|also|and|btw|by the way|remember|note)(?: that)?[,:]? ){{0,3}}"
_ATTRIBUTE = r"(?P<attribute>[^\W\d_][\w '-]{1,50}?)"
_LIVES = r"(?:lives? in|(?:have |has |'ve |just )?moved to|am living in|is living in|am based in|is based in)"
_WORKS = r"(?:works? (?:at|for)|am working (?:at|for)|is working (?:at|for)|joined)"
_FORMS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), attribute)
    for pattern, attribute in (
        (rf"{_SAID}my {_ATTRIBUTE} (?:is|are){_VALUE}", None),
        (rf"{_SAID}(?:call me|i'm called|i am called){_VALUE}", "name"),
        (rf"{_SAID}(?:i|we) (?:now )?{_LIVES}{_VALUE}", "home"),
        (rf"{_SAID}(?:i|we) (?:now )?{_WORKS}{_VALUE}", "employer"),
        (rf"{_SAID}i(?:'m| am) (?P<value>\d{{1,3}}) years? old", "age"),
        (rf"{_NAME}['’]s {_ATTRIBUTE} (?:is|are){_VALUE}", None),  # noqa: RUF001
        (rf"{_NAME} (?:now )?{_LIVES}{_VALUE}", "home"),
        (rf"{_NAME} (?:now )?{_WORKS}{_VALUE}", "employer"),
        (rf"{_NAME} is (?P<value>\d{{1,3}}) years? old", "age"),
    )
)
_SAME_WORD = {
    "favorite": "favourite",
    "color": "colour",
    "preferred": "favourite",
    "cell": "phone",
}
# What there is one of; whatever is the favourite, main or current one of its kind is, too.
_ONE_OF_ITS_KIND = frozenset(
    {"favourite", "main", "current", "primary", "default", "usual", "full", "first", "last"}
)


@dataclass(frozen=True, slots=True)
class Stated:
    """Whose what is how, in lower case."""

    subject: str
    attribute: str
    value: str

    def contradicts(self, other: "Stated") -> bool:
        """Return whether both can't be true at once."""
        same = (self.subject, self.attribute) == (other.subject, other.attribute)
        return same and self.value != other.value


def stated_in(text: str) -> Stated | None:
    """Return what a memory such as `Ada: my favourite colour is teal` or `Ada lives in Rome.` states."""
    for pattern, attribute in _FORMS:
        match = pattern.match(text.strip())
        if match is None:
            continue
        named = attribute or _attribute(match["attribute"])
        value = " ".join(match["value"].lower().split()).strip(" ,'\"*_")
        if named is None or not value:
            return None
        return Stated(match["who"].lower(), named, value)
    return None


def _attribute(words: str) -> str | None:
    """Return the attribute in one spelling; None if somebody may have several of them."""
    parts = [_SAME_WORD.get(word, word) for word in words.lower().split()]
    parts = [word for word in parts if word not in {"new", "own", "old"}]
    is_single = any(word in _ONE_OF_ITS_KIND for word in parts[:-1]) or (
        parts[-1:] and parts[-1] in SINGLE
    )
    return " ".join(parts) if is_single else None
