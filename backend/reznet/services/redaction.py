"""Secrets in what people and agents say, taken out before any of it is remembered. Pure, in linear time.

What looks like a key, token, password or card number is replaced by `[redacted: …]`, which says what it was.
Keys are known by the beginnings that their issuers give them; other secrets by the words before them. It is
better to take out too much: the message itself keeps its text. Every pattern can begin at one place only of what
it may swallow, or swallows no more than some hundred characters, so that no text makes it slow.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from reznet.services.word_lists import NO_PASSWORD

_MARK = "[redacted: "
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

# Behind a letter, digit or hyphen none of them begins, so that each run of such signs is read once.
_KEYS = re.compile(
    r"(?<![\w-])(?:"
    r"(?:sk|pk|rk|ak)[-_][\w-]{16,}"  # Anthropic, OpenAI, OpenRouter, Stripe, Clerk
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|hf_\w{20,}|gsk_\w{20,}|r8_\w{20,}|npm_\w{30,}|pypi-[\w-]{20,}|dop_v1_\w{20,}|shp(?:at|ca|pa|ss)_\w{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|AGE-SECRET-KEY-1\w{20,}"
    r")",
    re.ASCII,
)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]{0,})?", re.ASCII)
_BEARER = re.compile(r"\b(bearer|basic)([ \t]{1,4})([\w.~+/=-]{12,})", re.IGNORECASE | re.ASCII)
_IN_ADDRESS = re.compile(
    r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,20}://[^\s/@:\[]{0,100}:)([^\s/@]{1,200})@",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(
    r"([?&](?:[\w-]{0,20}(?:key|token|secret|password|signature)|sig|pwd|auth)=)([^&\s#\"'<>]{6,})",
    re.IGNORECASE | re.ASCII,
)
# Words for what is spoken or typed, in the languages that most people write here.
_SPOKEN = (
    r"(?<![^\W_])(?:pass(?:word|code|phrase|wd)?|pwd|pin(?: code)?|passwort|kennwort|contrase(?:ñ|n)a|mot de passe"
    r"|senha|parola d'ordine|wachtwoord|пароль)|密码|密碼|パスワード|비밀번호"  # the last need no blank before them
)
_TYPED = (
    r"(?<![^\W_])(?:api[ _-]?keys?|api[ _-]?token|access[ _-]?key(?:[ _-]?id)?|access[ _-]?token|auth[ _-]?token"
    r"|refresh[ _-]?token|secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|private[ _-]?key"
    r"|bot[ _-]?token|token|credentials?)"
)
_AS_IS = r"""["'`]?[ \t]{0,3}(?:=>|[:=：]|(?:is|ist|es|est|lautet|equals)\b)[ \t]{0,3}["'`]?"""  # noqa: RUF001
_NAMED = re.compile(
    rf"((?:(?P<password>{_SPOKEN})|(?P<token>{_TYPED})){_AS_IS})"
    r"""(?P<value>[^\s"'`,;]{3,})""",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"((?<!\S)--?[\w-]{0,20}(?:password|passwd|token|secret|api-?key)[ \t=]{1,3}[\"']?)([^\s\"']{4,})",
    re.IGNORECASE | re.ASCII,
)
_CARD = re.compile(r"(?<![\d.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d-]?\d)")
_CARD_FORMS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}"
)


def redacted(text: str) -> str:
    """Return the text without the secrets in it; doing it again changes nothing."""
    text = _without_private_keys(text)
    text = _JWT.sub(_marked("token"), text)
    text = _KEYS.sub(_marked("api key"), text)
    text = _IN_ADDRESS.sub(lambda match: f"{match[1]}{_mark('password', match[2])}@", text)
    text = _IN_QUERY.sub(lambda match: match[1] + _mark("token", match[2]), text)
    text = _BEARER.sub(_without_bearer, text)
    text = _OPTION.sub(lambda match: match[1] + _mark("secret", match[2]), text)
    text = _NAMED.sub(_without_named, text)
    without_cards = _CARD.sub(_without_card, text)
    # A key that stood right behind a number begins only now.
    return text if without_cards == text else redacted(without_cards)


def _marked(what: str) -> Callable[[re.Match[str]], str]:
    return lambda _: f"{_MARK}{what}]"


def _mark(what: str, value: str) -> str:
    """Return the mark in place of the value, unless that is one already."""
    return value if value.startswith(_MARK.rstrip()) else f"{_MARK}{what}]"


def _without_private_keys(text: str) -> str:
    return "".join(_around_private_keys(text))


def _around_private_keys(text: str) -> Iterator[str]:
    """Yield what is beside private keys, and a mark for each; one that does not end takes the rest."""
    at = 0
    while (begin := _PEM_BEGIN.search(text, at)) is not None:
        yield text[at : begin.start()]
        yield f"{_MARK}private key]"
        end = _PEM_END.search(text, begin.end())
        if end is None:
            return
        at = end.end()
    yield text[at:]


def _without_bearer(match: re.Match[str]) -> str:
    if not _looks_random(match[3]):
        return match[0]
    return f"{match[1]}{match[2]}{_MARK}token]"


def _without_named(match: re.Match[str]) -> str:
    value = match["value"]
    if value.startswith(_MARK.rstrip()):
        return match[0]
    if match["password"]:
        if value.rstrip(".!?)]}").lower() in NO_PASSWORD:
            return match[0]
        return f"{match[1]}{_MARK}password]"
    return f"{match[1]}{_MARK}secret]" if _looks_random(value) else match[0]


def _looks_random(value: str) -> bool:
    """Return whether letters and digits, or small and capital letters, are mixed as in no word."""
    value = value.rstrip(".!?)]}")
    has_digit, has_letter = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    turns = sum(one.islower() and other.isupper() for one, other in pairwise(value))
    return len(value) >= 8 and has_letter and (has_digit or turns >= 2)


def _without_card(match: re.Match[str]) -> str:
    digits = "".join(filter(str.isdigit, match[0]))
    is_card = _CARD_FORMS.fullmatch(digits) is not None and _passes_luhn(digits)
    return f"{_MARK}card number]" if is_card else match[0]


def _passes_luhn(digits: str) -> bool:
    """Return whether the check digit is right (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0
