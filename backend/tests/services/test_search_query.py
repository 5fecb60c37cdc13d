"""What somebody types is read as a query, whatever it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.services.search_query import MAX_NAMES, MAX_TERMS, Name, SearchQuery, Term, parse

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
PIECES = st.sampled_from(
    ["from:", "in:", "on:", "before:", "after:", '"', "-", " ", "@", "#", "me", "2026-02", "%", "_", "\\", ":", "é", "文", "\u3000"]
)  # fmt: skip


def read(text: str) -> SearchQuery:
    return parse(text, now=NOW)


def terms(text: str) -> list[str]:
    return [term.text for term in read(text).terms]


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)))
def test_every_text_is_a_query(text: str) -> None:
    query = read(text)
    assert len(query.terms) <= MAX_TERMS
    assert len(query.authors) <= MAX_NAMES
    assert all(term.text.strip() == term.text != "" for term in query.terms)
    assert all(name.text.strip() == name.text != "" for name in (*query.authors, *query.places))
    assert all(not term.is_open for term in query.terms[:-1])
    assert query.is_void is False or query.notes
    for moment in (query.since, query.until):
        assert moment is None or moment.tzinfo is UTC


@given(st.lists(st.from_regex(r"\A[^\W_]{1,8}\Z"), min_size=1, max_size=MAX_TERMS), st.booleans())
def test_words_are_terms_and_only_the_last_may_be_open(words: list[str], ended: bool) -> None:
    query = read(" ".join(words) + " " * ended)
    assert [term.text for term in query.terms] == words
    assert query.terms[-1].is_open is not ended


@given(st.text(st.characters(exclude_characters='"“”„')).filter(str.strip))
def test_what_is_quoted_is_taken_as_it_is(text: str) -> None:
    assert read(f'"{text}"').terms == (Term(text.strip(), is_quoted=True),)


def test_the_parts_of_a_query_are_told_apart() -> None:
    query = read('deploy "exact words" -draft FROM:@qa -from:"Code Reviewer" in:#general wo')
    assert query.terms == (
        Term("deploy"),
        Term("exact words", is_quoted=True),
        Term("draft", is_excluded=True),
        Term("wo", is_open=True),
    )
    assert query.authors == (Name("qa", "@"), Name("Code Reviewer", is_excluded=True))
    assert query.places == (Name("general", "#"),)
    assert not query.notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("std::vector", ["std::vector"]),
        ("http://a.b/c?d=e", ["http://a.b/c?d=e"]),
        ("note: this", ["note", "this"]),
        ("C++ --flag -", ["C++", "--flag", "-"]),
        ("really? yes! 本当。", ["really", "yes", "本当"]),
        ("... ?", ["...", "?"]),
        ('say "two words', ["say", "two words"]),
        ('"from:me"', ["from:me"]),
        ("“curly quotes”", ["curly quotes"]),
        ('a"b', ['a"b']),
        ("from: in:@ on:", []),
        ('"" " "', []),
    ],
)
def test_signs_are_words_where_they_mean_nothing_else(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("on:2026-02-28", "2026-02-28", "2026-03-01"),
        ("on:2026-2", "2026-02-01", "2026-03-01"),
        ("on:2026/12", "2026-12-01", "2027-01-01"),
        ("on:2024", "2024-01-01", "2025-01-01"),
        ("on:today", "2026-03-01", "2026-03-02"),
        ("on:YESTERDAY", "2026-02-28", "2026-03-01"),
        ("after:2026-01", "2026-02-01", None),
        ("before:2026-01", None, "2026-01-01"),
        ("after:2026-01-01 after:2026-01-05 before:2026-02 before:2026-03", "2026-01-06", "2026-02-01"),
    ],
)  # fmt: skip
def test_dates_are_days_months_and_years(text: str, since: str | None, until: str | None) -> None:
    query = read(text)
    assert query.since == (since and datetime.fromisoformat(since).replace(tzinfo=UTC))
    assert query.until == (until and datetime.fromisoformat(until).replace(tzinfo=UTC))
    assert not query.notes


def test_days_begin_where_the_reader_is() -> None:
    query = parse("on:today", now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert query.since == datetime(2026, 3, 1, 15, tzinfo=UTC)
    # The night in which the clocks go forward has 23 hours.
    spring = parse("on:2026-03-29", now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert spring.since
    assert spring.until
    assert spring.until - spring.since == timedelta(hours=23)


@pytest.mark.parametrize(
    "text",
    ["on:2026-02-30", "before:soon", "after:9999-12-31", "on:0000", "on:20260101", "-on:2026"],
)
def test_what_is_no_date_finds_nothing_and_says_why(text: str) -> None:
    query = read(f"word {text}")
    assert query.is_void
    assert len(query.notes) == 1


def test_too_many_words_are_left_out_with_a_note() -> None:
    query = read(" ".join(f"w{number}" for number in range(MAX_TERMS + 5)))
    assert len(query.terms) == MAX_TERMS
    assert len(query.notes) == 1
