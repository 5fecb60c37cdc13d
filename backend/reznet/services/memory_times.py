"""The time that a question speaks of: dates, months and years, "yesterday", "last week", "three days ago"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        1,
    )
} | {"a": 1, "an": 1, "a few": 3, "few": 3, "a couple of": 2, "couple of": 2}
_MONTH = r"(?P<month>" + "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + r"|sept)\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_UNIT = r"(?P<unit>day|week|month|year)s?"
# "may" without a number beside it is mostly a verb.
_ALONE = r"(?:in|during|since|until|last|this|of|by|early|late|mid)[ -]" + _MONTH


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on, up to but without `until`."""

    since: datetime
    until: datetime


def spoken_of(question: str, asked_at: datetime) -> Span | None:
    """Return the time that the question names, as seen when it was asked; None when it names none.

    With several, it is the most exact, the first of those. Days are those of UTC.
    """
    today = asked_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = [
        (read, match) for pattern, read in _FORMS for match in pattern.finditer(question.lower())
    ]
    for read, match in found:
        try:
            return read(match.groupdict(), today)
        except (ValueError, OverflowError):  # the 31st of April, or out of all calendars
            continue
    return None


type _Parts = dict[str, str]


def _iso(parts: _Parts, _today: datetime) -> Span:
    return _days(datetime(int(parts["year"]), int(parts["month"]), int(parts["day"]), tzinfo=UTC))


def _date(parts: _Parts, today: datetime) -> Span:
    month, day = _month_number(parts["month"]), int(parts["day"])
    if parts.get("year"):
        return _days(datetime(int(parts["year"]), month, day, tzinfo=UTC))
    there = datetime(today.year, month, day, tzinfo=UTC)
    return _days(there if there <= today else there.replace(year=today.year - 1))


def _month(parts: _Parts, today: datetime) -> Span:
    month = _month_number(parts["month"])
    year = int(parts["year"]) if parts.get("year") else today.year - (month > today.month)
    since = datetime(year, month, 1, tzinfo=UTC)
    return Span(since, _month_after(since))


def _whole_year(parts: _Parts, _today: datetime) -> Span:
    year = int(parts["year"])
    return Span(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))


def _near_day(parts: _Parts, today: datetime) -> Span:
    back = {"today": 0, "yesterday": 1, "the day before yesterday": 2}[parts["word"]]
    return _days(today - timedelta(days=back))


def _weekday(parts: _Parts, today: datetime) -> Span:
    back = (today.weekday() - _DAYS.index(parts["weekday"])) % 7 or 7
    return _days(today - timedelta(days=back))


def _ago(parts: _Parts, today: datetime) -> Span:
    """Who says "three weeks ago" does not count the days: half a unit to each side."""
    count = _NUMBERS.get(parts["count"]) or int(parts["count"])
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[parts["unit"]]
    middle = today - timedelta(days=count * days)
    return Span(middle - timedelta(days=days // 2), middle + timedelta(days=days // 2 + 1))


def _unit(parts: _Parts, today: datetime) -> Span:
    is_last = parts["which"] != "this"
    match parts["unit"]:
        case "week":
            since = today - timedelta(days=today.weekday() + 7 * is_last)
            return Span(since, since + timedelta(days=7))
        case "month":
            this = today.replace(day=1)
            since = (this - timedelta(days=1)).replace(day=1) if is_last else this
            return Span(since, _month_after(since))
        case "year":
            return _whole_year({"year": str(today.year - is_last)}, today)
        case _:  # a weekend
            since = today + timedelta(days=(-2 if is_last else 5) - today.weekday())
            return Span(since, since + timedelta(days=2))


def _month_number(name: str) -> int:
    return next(at for at, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _month_after(since: datetime) -> datetime:
    return (since + timedelta(days=32)).replace(day=1)


def _days(since: datetime) -> Span:
    return Span(since, since + timedelta(days=1))


# The more exact first.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[_Parts, datetime], Span]], ...] = tuple(
    (re.compile(rf"(?<!\w){pattern}(?!\w)"), read)
    for pattern, read in (
        (_YEAR + r"-(?P<month>\d\d)-(?P<day>\d\d)", _iso),
        (_DAY + r"(?: of)? " + _MONTH + r"(?:,? " + _YEAR + ")?", _date),
        (_MONTH + " " + _DAY + r"(?:,? " + _YEAR + ")?", _date),
        (_MONTH + r",? (?:of )?" + _YEAR, _month),
        (_ALONE, _month),
        (r"(?:in|of|during|since|early|late|mid)[ -]" + _YEAR, _whole_year),
        (r"(?P<word>today|yesterday|the day before yesterday)", _near_day),
        (r"(?:last|on|this) (?P<weekday>" + "|".join(_DAYS) + ")", _weekday),
        (_COUNT + " " + _UNIT + " ago", _ago),
        (r"(?P<which>last|this|past) (?P<unit>weekend|week|month|year)", _unit),
    )
)
