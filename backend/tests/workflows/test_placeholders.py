"""Placeholders and what is put in their places."""

from hypothesis import given
from hypothesis import strategies as st

from reznet.workflows.placeholders import (
    MAX_VALUE,
    Parameter,
    filled,
    filled_title,
    names_in,
    unknown_in,
    values_of,
)
from reznet.workflows.plan import Problem


def test_values_take_the_places_of_their_names() -> None:
    text = "Launch {{product}} in {{ place }}, not {{other}} or {{ a b }} or {x}."
    assert filled(text, {"product": "Tea", "place": "Rome"}) == (
        "Launch Tea in Rome, not {{other}} or {{ a b }} or {x}."
    )
    assert names_in(text + "{{product}}") == ["product", "place", "other"]


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_value_is_never_looked_through_again(first: str, second: str) -> None:
    values = {"a": first + "{{b}}", "b": second + "{{a}}"}
    assert filled("[{{a}}|{{b}}]", values) == f"[{first}{{{{b}}}}|{second}{{{{a}}}}]"


def test_a_title_stays_one_line_of_bounded_length() -> None:
    assert filled_title("For {{a}}", {"a": "two\n lines"}, 50) == "For two lines"
    long = filled_title("For {{a}}", {"a": "x" * 500}, 50)
    assert len(long) == 50
    assert long.endswith("x…")


def test_unknown_names_are_told_with_their_fields() -> None:
    texts = [("title", "{{a}}"), ("tasks.0.description", "{{b}} {{b}} {{a}}")]
    assert unknown_in(texts, {"a"}) == [
        Problem("tasks.0.description", "there is no parameter 'b'")
    ]


def test_defaults_and_optional_parameters_stand_in_for_what_is_not_given() -> None:
    asked = [Parameter("a"), Parameter("b", default="B"), Parameter("c", required=False)]
    assert values_of(asked, {"a": "1"}) == ({"a": "1", "b": "B", "c": ""}, [])


def test_missing_unknown_blank_and_long_values_are_each_told() -> None:
    asked = [Parameter("a"), Parameter("b"), Parameter("c")]
    _, problems = values_of(asked, {"b": "  ", "c": "x" * (MAX_VALUE + 1), "d": ""})
    assert {problem.field for problem in problems} == {
        "parameters.a",
        "parameters.b",
        "parameters.c",
        "parameters.d",
    }
