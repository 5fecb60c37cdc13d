"""The part of a text that shows why it was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.services.snippets import LENGTH, Sought, cut, possible_forms

SOUGHT = st.builds(
    Sought,
    st.sampled_from(["a", "strasse", "two words", "c++", "文検", "ae", "\\", "(?"]),
    is_literal=st.booleans(),
    is_open=st.booleans(),
)


def marked(content: str, *sought: Sought, forms: frozenset[str] = frozenset()) -> list[str]:
    snippet = cut(content, sought, forms)
    return [snippet.text[match.start : match.end] for match in snippet.matches]


@given(
    st.lists(st.one_of(st.text(max_size=60), st.sampled_from(["Straße ", "A\u0308 ", "c++", "two\nwords"])))
    .map("".join),
    st.lists(SOUGHT, max_size=4),
)  # fmt: skip
def test_a_snippet_is_a_part_of_the_text_with_ordered_matches(
    content: str, sought: list[Sought]
) -> None:
    snippet = cut(content, sought)
    assert snippet.text in content
    assert len(snippet.text) <= LENGTH
    assert snippet.is_cut_before is not content.startswith(snippet.text) or snippet.is_cut_before
    edges = [edge for match in snippet.matches for edge in (match.start, match.end)]
    assert edges == sorted(edges)
    assert all(match.start < match.end <= len(snippet.text) for match in snippet.matches)


@pytest.mark.parametrize(
    ("content", "sought", "expected"),
    [
        ("Run, running, rerun", Sought("run"), ["Run"]),
        ("Run, running, rerun", Sought("run", is_open=True), ["Run", "running"]),
        ("user_id, user", Sought("user"), ["user", "user"]),
        ("Straße strasse", Sought("strasse"), ["Straße", "strasse"]),
        ("Gru\u0308ße", Sought("grusse"), ["Gru\u0308ße"]),
        ("İstanbul ΣΊΣΥΦΟΣ", Sought("σισυφοσ"), ["ΣΊΣΥΦΟΣ"]),
        ("one,\ntwo", Sought("one two"), ["one,\ntwo"]),
        ("say c++ c", Sought("c++", is_literal=True), ["c++"]),
        ("全文検索", Sought("文検", is_literal=True), ["文検"]),
        ("a\n a", Sought("a a", is_literal=True), ["a\n a"]),
        ("\U0001d518nicode 😀 word", Sought("word"), ["word"]),
        ("nothing", Sought("word"), []),
    ],
)
def test_matches_are_told_apart_from_their_neighbours(
    content: str, sought: Sought, expected: list[str]
) -> None:
    assert marked(content, sought) == expected


def test_the_part_with_most_of_the_words_is_shown() -> None:
    content = "alpha " + "filler " * 200 + "alpha beta gamma " + "filler " * 200 + "beta"
    snippet = cut(content, [Sought("alpha"), Sought("beta"), Sought("gamma")])
    assert [snippet.text[match.start : match.end] for match in snippet.matches] == [
        "alpha",
        "beta",
        "gamma",
    ]
    assert snippet.is_cut_before
    assert snippet.is_cut_after
    assert not snippet.text.startswith(" ")


def test_other_forms_are_looked_for_only_where_the_word_itself_is_missing() -> None:
    sought = [Sought("run", stem="run")]
    assert possible_forms("Running rivers", sought) == {"running", "rivers"}
    assert possible_forms("run, running", sought) == set()
    assert marked("Running rivers", *sought, forms=frozenset({"running"})) == ["Running"]
