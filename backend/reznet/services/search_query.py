r"""What somebody types to search, read once. Pure, and every text is a query: nothing is refused here.

    deploy "exact words" -draft from:me in:general after:2026-01-31

Words are parted by white space; all of them must be there. A word in double quotes is taken as it is, blanks
included; a quote that is not closed reaches to the end. `-` before a word or an operator excludes. The operators
are `from:`, `in:`, `before:`, `after:` and `on:`; a value with blanks is quoted (`in:"release notes"`). What only looks
like an operator (`std::vector`, `http://x`, `note:`) is a word, and so is an operator in quotes.

The last word is open while it is being typed: `depl` finds `deploy`, and a blank behind it closes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

MAX_TERMS = 20
MAX_NAMES = 10
_OPERATORS = frozenset({"from", "in", "before", "after", "on"})
_TOKEN = re.compile(
    r"""\s*(?P<not>-(?=["\w]))?(?:(?P<operator>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)(?P<closed>"|\Z)|(?P<plain>[^\s"]\S*))?"""
)
_WORD = re.compile(r"\s*(?P<plain>\S+)")
# Ends of sentences and clauses; nobody who types `really?` wants to miss `really`.
_TRAILING = ".,;:!?…。、，！？：；"  # noqa: RUF001 - they are what Chinese and Japanese end with
_SHOWN_VALUE = 60
_CURLY = str.maketrans("“”„", '"""')  # telephones write these for "


@dataclass(frozen=True, slots=True)
class Term:
    """Something that must be in the text, or must not."""

    text: str
    is_excluded: bool = False
    is_quoted: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """Who said it, or where; without the `@` or `#` that says what kind of name it is."""

    text: str
    sign: str = ""
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as it was understood. `since` is included, `until` is not."""

    terms: tuple[Term, ...] = ()
    authors: tuple[Name, ...] = ()
    places: tuple[Name, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    # Sentences about what was not understood; with one that `is_void`, nothing can be found.
    notes: tuple[str, ...] = ()
    is_void: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.terms or self.authors or self.places or self.since or self.until)


def parse(text: str, *, now: datetime, zone: tzinfo = UTC) -> SearchQuery:
    """Return what the text asks for. `zone` is where days begin, `now` decides what `today` is."""
    reading = _Reading(now.astimezone(zone))
    for token in _tokens(text.translate(_CURLY)):
        reading.take(token)
    return reading.result()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    operator: str | None
    is_excluded: bool
    is_quoted: bool
    is_open: bool


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        operator = (match["operator"] or "").lower() if match else ""
        if match and operator and operator not in _OPERATORS:
            match, operator = _WORD.match(text, at), ""
        if not match or match.end() == at:
            return
        at = match.end()
        found = match.groupdict()
        value = found["plain"] if found.get("quoted") is None else found["quoted"]
        yield _Token(
            text=value or "",
            operator=operator or None,
            is_excluded=bool(found.get("not")),
            is_quoted=found.get("quoted") is not None,
            is_open=at == len(text) and not found.get("closed"),
        )


class _Reading:
    """Collects the parts of a query."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._terms: list[Term] = []
        self._authors: list[Name] = []
        self._places: list[Name] = []
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._notes: dict[str, None] = {}
        self._is_void = False

    def take(self, token: _Token) -> None:
        match token.operator:
            case None:
                self._word(token)
            case "from":
                self._name(self._authors, token)
            case "in":
                self._name(self._places, token)
            case operator:
                self._date(operator, token)

    def result(self) -> SearchQuery:
        if self._since and self._until and self._since >= self._until:
            self._note("No time is both after and before these dates.", is_void=True)
        return SearchQuery(
            terms=tuple(self._terms),
            authors=tuple(self._authors),
            places=tuple(self._places),
            since=self._since,
            until=self._until,
            notes=tuple(self._notes),
            is_void=self._is_void,
        )

    def _word(self, token: _Token) -> None:
        text = token.text if token.is_quoted else token.text.rstrip(_TRAILING) or token.text
        # A blank at the end of quoted words closes the last of them.
        is_open = token.is_open and text == token.text and not text[-1:].isspace()
        text = text.strip()
        if not text:
            return
        if len(self._terms) == MAX_TERMS:
            self._note(f"Only the first {MAX_TERMS} words are searched for.")
            return
        self._terms.append(Term(text, token.is_excluded, token.is_quoted, is_open))

    def _name(self, names: list[Name], token: _Token) -> None:
        text = token.text.strip()
        sign = text[:1] if text[:1] in {"@", "#"} else ""
        text = text[len(sign) :].strip()
        if not text:
            return  # still being typed
        if len(names) == MAX_NAMES:
            self._note(f"Only the first {MAX_NAMES} names are searched for.")
            return
        names.append(Name(text, sign, token.is_excluded))

    def _date(self, operator: str, token: _Token) -> None:
        if not token.text.strip():
            return
        if token.is_excluded:
            self._note(f"-{operator}: is not known; leave out the minus.", is_void=True)
            return
        span = _span(token.text.strip(), self._now)
        if span is None:
            shown = token.text.strip()[:_SHOWN_VALUE]
            self._note(
                f"“{shown}” is not a date: write {operator}:2026-01-31, {operator}:2026-01, "
                f"{operator}:today or {operator}:yesterday.",
                is_void=True,
            )
            return
        first, end = span
        if operator == "on":
            self._bound(first, end)
        elif operator == "after":
            self._bound(end, None)
        else:
            self._bound(None, first)

    def _bound(self, since: datetime | None, until: datetime | None) -> None:
        if since is not None:
            self._since = max(since, self._since or since)
        if until is not None:
            self._until = min(until, self._until or until)

    def _note(self, text: str, *, is_void: bool = False) -> None:
        self._notes[text] = None
        self._is_void = self._is_void or is_void


def _span(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when a day, a month or a year begins and when the next one does; None when it is neither."""
    relative = {"today": 0, "yesterday": 1}.get(text.lower())
    parts = re.fullmatch(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?", text)
    try:
        if relative is not None:
            first = now.date() - timedelta(days=relative)
            end = first + timedelta(days=1)
        elif parts is not None:
            year, month, day = (int(part) if part else None for part in parts.groups())
            first = date(year or 0, month or 1, day or 1)
            if day:
                end = first + timedelta(days=1)
            elif month:
                end = (first + timedelta(days=32)).replace(day=1)
            else:
                end = first.replace(year=first.year + 1)
        else:
            return None
        return _midnight(first, now.tzinfo), _midnight(end, now.tzinfo)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
