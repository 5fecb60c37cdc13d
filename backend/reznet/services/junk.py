"""What is not worth remembering: greetings, thanks, "ok", and answers that say nothing. Pure.

Only short texts are ever junk, and only when every word of them is; one word that says something keeps the text.
"""

import re
import unicodedata

from reznet.services.word_lists import FILLER, PHRASES, SAYS_NOTHING

MOST_WORDS = 12
_MOST_ANSWER_WORDS = 40
_MENTION = re.compile(r"(?<!\w)@[\w-]{1,60}")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001 - an apostrophe as telephones write it
# Beginnings of answers that only refuse, or only ask what to do.
_REFUSALS = re.compile(
    r"(?:i(?:'| a)?m (?:really |very |so )?sorry,? (?:but )?(?:i|as|there|that)|sorry,? (?:but )?i (?:can|do|am)"
    r"|i (?:can ?not|can't|am unable to|'m unable to|am not able to|don't know|do not know|don't have|do not have)"
    r"|unfortunately,? i (?:can|do|am)|as an ai|as a language model|i'm just an? (?:ai|model)"
    r"|es tut mir leid|tut mir leid|leider kann ich|je suis désolé|désolé|lo siento|no puedo|mi dispiace|desculpe)"
)
_OFFERS = re.compile(
    r"how (?:can|may|could) i (?:help|assist)|what can i (?:do|help)|let me know (?:if|what|how)|feel free to"
    r"|you're (?:most |very )?welcome|glad (?:i could|to) help|happy to help|anything else|wie kann ich (?:dir|ihnen)"
    r"|gern geschehen|comment puis-je|de rien|en qué puedo|de nada|come posso|como posso"
)
_ERRORS = re.compile(
    r"(?:error|fehler|erreur)\b[: ]|\b(?:internal server error|bad gateway|service unavailable|rate limit|timed out"
    r"|too many requests|connection refused|unexpected error)\b"
)


def is_junk(text: str) -> bool:
    """Return whether what a person said is a greeting, thanks, assent or nothing at all."""
    plain = _plain(text)
    words = _WORD.findall(plain)
    if not words:
        return True
    if len(words) > MOST_WORDS:
        return False
    if "".join(words) in PHRASES or all(word in PHRASES for word in words):
        return True
    known = [word for word in words if word in SAYS_NOTHING]
    return bool(known) and all(word in SAYS_NOTHING or word in FILLER for word in words)


def is_junk_answer(answer: str, *, to_junk: bool) -> bool:
    """Return whether an answer says nothing; `to_junk` is whether it answers junk, as a greeting is."""
    plain = _plain(answer)
    count = len(_WORD.findall(plain))
    if is_junk(answer):
        return True
    if count > _MOST_ANSWER_WORDS:
        return False
    begins = plain.lstrip(" \t\n*_#>\"'")
    return (
        to_junk
        or _REFUSALS.match(begins) is not None
        or _ERRORS.search(begins[:200]) is not None
        or (count <= MOST_WORDS and _OFFERS.search(plain) is not None)
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFC", _MENTION.sub(" ", text)).replace("’", "'")  # noqa: RUF001
    return folded.casefold()
