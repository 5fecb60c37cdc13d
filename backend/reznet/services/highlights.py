"""Sentences worth more than others, known by how they begin, for when no model draws facts. Pure.

Somebody asks for something to be remembered, says who they are, what they like and where they live, or what was
decided. Questions never count, and nothing in quotes or code does.
"""

import re
from dataclasses import dataclass

from reznet.schemas.memories import MemoryKind
from reznet.services.excerpts import sentences, without_code

_QUESTION_MARKS = ("?", "？")  # noqa: RUF001 - the second is that of Chinese and Japanese
_MOST = 5  # of one message
_MOST_CHARS = 400
_MENTIONS = re.compile(r"(?:@[\w-]{1,60}[,:]?\s{0,3})+")
_LEAD = r"(?:(?:and|also|but|so|well|hey|hi|ok|okay|btw|by the way|fyi|please|pls|bitte|por favor)[,:]? +){0,3}"
_NO_STATEMENT = r"(?:question|point|guess|problem|issue|bad|code|error|request|fault|idea|hope|goal|aim|turn|god|pleasure)"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A sentence, and how much it counts."""

    text: str
    kind: MemoryKind
    importance: float


_RULES: tuple[tuple[re.Pattern[str], MemoryKind, float], ...] = tuple(
    (re.compile(rf"{_LEAD}(?:{pattern})", re.IGNORECASE), kind, importance)
    for pattern, kind, importance in (
        (
            r"(?:remember|note|memorize|memorise|keep in mind|don't forget|do not forget|merk dir|vergiss nicht"
            r"|souviens-toi|n'oublie pas|retiens|recuerda|no olvides|ricorda|lembre-se)\b(?! (?:when|me\b|how|the time))",
            MemoryKind.HIGHLIGHT,
            0.9,
        ),
        (
            r"(?:my (?:full |first |last )?name is|i(?:'m| am) called|call me|ich heiße|mein name ist|nenn mich"
            r"|je m'appelle|mon nom est|me llamo|mi nombre es|mi chiamo|meu nome é|me chamo)\b",
            MemoryKind.FACT,
            0.9,
        ),
        (
            r"(?:i (?:really |much |always |usually |strongly |personally )?(?:prefer|like|love|hate|dislike|avoid"
            r"|can't stand|cannot stand|never (?:eat|drink|use))|i(?:'m| am) (?:allergic|a vegetarian|vegetarian"
            r"|vegan|a vegan)|i (?:don't|do not) (?:like|eat|drink|use)|ich (?:mag|liebe|hasse|bevorzuge)"
            r"|ich bin allergisch|je préfère|j'aime|je déteste|prefiero|me gusta|odio|preferisco|prefiro)"
            r"\b(?! (?:it|that|this|your|how|the way|to know|what)\b)",
            MemoryKind.FACT,
            0.7,
        ),
        (
            r"(?:i (?:now )?(?:live|work|moved|was born|grew up|study|studied|joined)\b|i(?:'m| am) from\b"
            r"|i(?:'m| am) \d{1,3} years old|ich (?:wohne|arbeite|lebe|komme aus)\b|j'habite|je travaille"
            r"|vivo en|trabajo en|abito a|moro em)",
            MemoryKind.FACT,
            0.7,
        ),
        (
            rf"my (?!{_NO_STATEMENT}\b)[^\W\d_][\w' -]{{1,40}}? (?:is|are)\b(?! (?:that|why|how|what|to)\b)",
            MemoryKind.FACT,
            0.7,
        ),
        (
            r"(?:we(?:'ve| have)? (?:all )?(?:decided|agreed|settled|chose|chosen)|it was decided|the decision is"
            r"|decision:|let's go with|wir haben (?:uns )?(?:\w+ ){0,6}?(?:entschieden|beschlossen)|nous avons décidé"
            r"|hemos decidido|abbiamo deciso|decidimos)",
            MemoryKind.HIGHLIGHT,
            0.8,
        ),
        (
            r"(?:the |our )?(?:[\w-]+ ){0,3}?(?:deadline|due date|release date|launch date|birthday|launch|release)"
            r" (?:is|will be|was moved to|moves to|is moved to)\b",
            MemoryKind.HIGHLIGHT,
            0.7,
        ),
    )
)


def highlights(text: str) -> list[Highlight]:
    """Return the sentences of what a person said that are worth more, in their order, at most five."""
    found: list[Highlight] = []
    for sentence in sentences(without_code(text)):
        plain = _MENTIONS.sub("", sentence).strip()
        if (
            not plain
            or len(plain) > _MOST_CHARS
            or plain[0] in ">`"
            or plain.rstrip("\"'*_)").endswith(_QUESTION_MARKS)
        ):
            continue
        straight = plain.replace("’", "'")  # noqa: RUF001
        rule = next((rule for rule in _RULES if rule[0].match(straight)), None)
        if rule is not None:
            found.append(Highlight(plain, rule[1], rule[2]))
    return found[:_MOST]
