"""What may be stored, and which names are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.core.text import name_key, storable, unsafe_name_reason

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x00", ""),
        ("a\ud800b", "a\ufffdb"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("tab\t, \r\n and \x01\x7f", "tab\t, \r\n and \x01\x7f"),
        ("🙂 e\u0301 \u202e \ufffe", "🙂 e\u0301 \u202e \ufffe"),
    ],
)
def test_only_what_cannot_be_stored_is_changed(given: str, kept: str) -> None:
    assert storable(given) == kept


@given(ANY_TEXT)
def test_stored_text_is_utf8_without_nul_and_stays_the_same(text: str) -> None:
    kept = storable(text)
    assert b"\x00" not in kept.encode("utf-8")
    assert storable(kept) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Alpha", "ALPHA"), ("alpha ", " alpha"), ("a  b", "a\tb"), ("Straße", "STRASSE")),
        *(
            ("é", "e\u0301"),
            ("\uff51\uff41", "qa"),
            ("q\u200ba", "qa"),
            ("q\u202ea", "qa"),
            ("ﬁ", "fi"),
        ),
        *(("\u03a3", "\u03c2"), ("a\u00a0b", "a b"), ("q\u00ada", "qa")),
    ],
)
def test_names_that_look_alike_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("qa", "q a"), ("qa", "qa-"), ("a-b", "a b"), ("e", "é")]
)
def test_names_that_differ_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(ANY_TEXT)
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(ANY_TEXT)
def test_case_does_not_matter_to_a_key(name: str) -> None:
    assert name_key(name.casefold()) == name_key(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(("a\u202eb", "direction"), ("a\u200fb", "direction"), ("a\u2066b", "direction")),
        *(("a\u200bb", "invisible"), ("a\ufeffb", "invisible"), ("a\u3164b", "invisible")),
        *(
            ("a\nb", "control"),
            ("a\x00b", "control"),
            ("a\x7fb", "control"),
            ("a\ud800b", "control"),
        ),
        *(("a\u2028b", "control"), ("a\ue000b", "control"), ("a\U000e0041b", "control")),
    ],
)
def test_a_name_that_could_pass_for_another_is_refused(name: str, why: str) -> None:
    assert why in (unsafe_name_reason(name) or "")


@pytest.mark.parametrize("name", ["Code Reviewer", "Zoë", "测试员", "a-1", "Ünïcode", "🙂"])
def test_a_plain_name_is_safe(name: str) -> None:
    assert unsafe_name_reason(name) is None
