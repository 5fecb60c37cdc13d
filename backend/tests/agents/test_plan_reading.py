"""Plans as models write them: read whatever they are wrapped in, and never at the cost of more than their length."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.agents.planner.lenient import read_value
from reznet.agents.planner.live import LiveText
from reznet.agents.planner.reading import Reading, read_plan
from reznet.workflows.plan import MAX_TASKS
from tests.support.plans import GOOD, plan, task

Keys = list[tuple[str, list[str]]]
LENGTH = 200_000
GARBAGE = [
    "{",
    "[",
    '{"',
    "[[",
    '{"a":',
    "\"'",
    '{"tasks":[',
    '{"tasks":[{"key":"a",',
    "```json\n{",
    "```plan\n",
    "{\n",
    '\\"',
    "[1,",
    "{'a': 'it''s', ",
    "# {\n",
    "//",
    "\n```\n{",
    '["a" ',
    "(" * 9,
    "\ud800",
    " ",
    '"title":"',
]
# What a title may hold in any of the ways in which it can be quoted.
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Co", "Cn")),
    min_size=1,
    max_size=40,
).filter(lambda text: text == " ".join(text.split()) and "```" not in text)


@st.composite
def plans(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw tasks that wait only for those before them."""
    count = draw(st.integers(1, 12))
    return [
        {
            "key": f"t{place}",
            "title": draw(words),
            "description": draw(words),
            "agent": draw(st.sampled_from(["backend", "qa"])),
            "depends_on": [
                f"t{other}"
                for other in sorted(draw(st.sets(st.integers(0, place - 1), max_size=3)))
            ]
            if place
            else [],
            "expected_output": "",
        }
        for place in range(count)
    ]


def told(reading: Reading) -> list[dict[str, Any]]:
    assert reading.draft is not None
    return [
        {
            "key": task.key,
            "title": task.title,
            "description": task.description,
            "agent": task.agent,
            "depends_on": list(task.depends_on),
            "expected_output": task.expected_output,
        }
        for task in reading.draft.tasks
    ]


@given(
    plans(),
    st.sampled_from(["", "Here it is.\n\n", "See [1] and {x}: ", "```python\nx = {}\n```\n"]),
    st.sampled_from(["{}", "```json\n{}\n```", "```plan\n{}\n```", "```\n{}\n```"]),
    st.sampled_from(["", "\nGood luck!", '\n{"a": 1}']),
    st.sampled_from([None, 2]),
)
def test_valid_plan_is_the_same_after_fences_and_prose(
    tasks: list[dict[str, Any]], before: str, fence: str, after: str, indent: int | None
) -> None:
    text = json.dumps({"title": "All", "tasks": tasks}, indent=indent, ensure_ascii=False)
    reading = read_plan(before + fence.replace("{}", text, 1) + after)
    assert told(reading) == tasks
    assert not reading.broke_off


@given(plans())
def test_python_and_trailing_commas_are_read_too(tasks: list[dict[str, Any]]) -> None:
    value = {"title": "All", "tasks": tasks}
    assert told(read_plan(repr(value))) == tasks
    commas = json.dumps(value, ensure_ascii=False).replace('"}', '",}')
    if commas.count('",}') == len(tasks):  # no title holds one
        assert told(read_plan(commas)) == tasks


@given(plans(), st.integers(2, 400))
def test_plan_that_broke_off_is_known_as_that(tasks: list[dict[str, Any]], left: int) -> None:
    text = json.dumps({"tasks": tasks})
    reading = read_plan(text[: -min(left, len(text) - 12)])
    assert reading.broke_off
    assert reading.draft is None or len(reading.draft.tasks) <= len(tasks)


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    read_plan(text)
    read_value(text, 0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_no_value_in_the_place_of_tasks_makes_it_raise(value: Any) -> None:
    for name in ("tasks", "plan", "x"):
        read_plan(json.dumps({"title": value, name: value}))
        read_plan(
            json.dumps({name: [{"title": "a", "agent": value, "depends_on": value, "key": value}]})
        )


@pytest.mark.parametrize("piece", GARBAGE)
def test_garbage_costs_its_length_and_not_more(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        begun = time.process_time()
        read_plan(text)
        live = LiveText()
        for at in range(0, len(text), 50):
            live.add(text[at : at + 50])
        return time.process_time() - begun

    seconds(LENGTH // 10)
    # Ten times the text: a quadratic reader would take a hundred times as long.
    assert seconds(LENGTH) < 40 * max(seconds(LENGTH // 10), 0.01)


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ('[{"title": "A", "agent": "x"}, {"title": "B", "agent": "x", "deps": ["A"]}]', ["a"]),
        ('{"tasks": [{"title": "A"}, {"title": "B", "depends_on": 1}]}', ["a"]),
        ('{"tasks": [{"title": "A"}, {"title": "B", "depends_on": [0]}]}', ["a"]),
        ('{"tasks": [{"id": 1, "title": "A"}, {"id": 2, "title": "B", "after": "1"}]}', ["1"]),
        ('{"tasks": [{"id": 7, "title": "A"}, {"id": 8, "title": "B", "after": [7]}]}', ["7"]),
        ('{"steps": [{"name": "A x"}, {"name": "B", "dependencies": "step 1"}]}', ["a-x"]),
        ('{"tasks": [{"name": "A"}, {"name": "B", "dependsOn": [{"key": "a"}]}]}', ["a"]),
        ('{"plan": {"tasks": {"one": {"title": "A"}, "two": {"deps": "[\'one\']"}}}}', ["one"]),
        ('{"tasks": [{"title": "A"}, {"title": "B", "depends_on": "none"}]}', []),
        ('{"tasks": [{"title": "A"}, {"title": "B", "depends_on": ["lost"]}]}', ["lost"]),
        ('{"tasks": [{"title": "A"}, {"title": "A", "depends_on": ["a", "A", 1]}]}', ["a"]),
    ],
)
def test_dependencies_are_found_by_whatever_they_are_called(
    tasks: str, expected: list[str]
) -> None:
    reading = read_plan(tasks)
    assert reading.draft is not None
    first, second = reading.draft.tasks
    assert list(second.depends_on) == expected
    assert first.key != second.key


def test_keys_that_the_model_gave_twice_stay_twice_and_those_that_are_made_differ() -> None:
    given_ = read_plan(plan(task("a"), task("a")))
    made = read_plan(json.dumps({"tasks": [{"title": "Same"}] * (MAX_TASKS + 1)}))
    assert given_.draft is not None
    assert made.draft is not None
    assert [one.key for one in given_.draft.tasks] == ["a", "a"]
    assert len({one.key for one in made.draft.tasks}) == MAX_TASKS + 1


@pytest.mark.parametrize("text", ["", "no", "[1]", "{}", "[]", '{"a": [1]}', "[{}]", "see [x](y)"])
def test_what_is_no_plan_is_none(text: str) -> None:
    assert read_plan(text) == Reading(None)


def seen(text: str, size: int, **more: bool) -> tuple[str, bool]:
    live = LiveText(**more)
    shown = "".join(live.add(text[at : at + size]) for at in range(0, len(text), size))
    return (shown, True) if live.is_plan else (shown + live.rest(), False)


PROSE = [
    "Hello **you**\n\n- a\n- b\n",
    "```python\nx = {}\n```\nand `x`, ``y``\n",
    '```json\n{"a": 1}\n```\nend',
    "{a} is a set\n{b} too",
    "```\nplain\n```",
    "a ```plan b",
    '```json\n{"tasks": ["no agents here"]}\n```\nis how it looks',
    "``",
    "\n```pl",
    "x\n\n   ``",
]


@pytest.mark.parametrize("text", PROSE)
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_prose_and_code_are_shown_as_they_are(text: str, size: int) -> None:
    assert seen(text, size) == (text, False)


@given(st.text('`{}\n jsonpla"[:', max_size=80), st.integers(1, 9))
def test_what_is_shown_does_not_depend_on_the_pieces(text: str, size: int) -> None:
    shown, is_plan = seen(text, size)
    assert (shown, is_plan) == seen(text, 1)
    assert is_plan or shown == text


@pytest.mark.parametrize(
    "text",
    [f"So.\n```plan\n{GOOD}\n```\nbye {{", f"So.\n\n```json\n{GOOD}\n```", f"So.\n{GOOD}", GOOD],
)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_plan_is_shown_as_its_tasks(text: str, size: int) -> None:
    shown, is_plan = seen(text, size)
    assert is_plan
    assert shown.endswith("_Planning…_\n\n1. Do research\n2. Do write\n3. Do ship")
    assert "{" not in shown
    assert "`" not in shown
    assert shown.startswith("So.") is text.startswith("So.")
