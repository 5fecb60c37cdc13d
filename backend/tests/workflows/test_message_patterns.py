"""Patterns of messages: what they match and capture, and that none takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.workflows.message_patterns import MAX_PATTERN, BadPattern, captured, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "message", "captures"),
    [
        ("!release", "!release", {}),
        ("!release", "  !Release now please", {}),
        ("!release", "!released", None),
        ("!release", "say !release", None),
        ("!release {version}", "!release 1.2", {"version": "1.2"}),
        ("!release {version}", "!release   1.2\n and notes ", {"version": "1.2\n and notes"}),
        ("!release {version}", "!release", None),
        ("!release {version}", "!release   ", None),
        ("!ship {what} to {where}", "!ship a to b to c", {"what": "a", "where": "b to c"}),
        ("!ship {what} to {where}", "!ship Tea TO Rome", {"what": "Tea", "where": "Rome"}),
        ("!ship {what} to {where}", "!ship tea", None),
        ("!ship {what} now", "!ship tea nowhere now", {"what": "tea nowhere"}),
        ("!ship {what} now", "!ship tea now, please", None),
        ("!ship {what} now", "!ship tea now please", {"what": "tea"}),
        ("bug * in {part}", "Bug number 7 in the login", {"part": "the login"}),
        (
            "ticket-{number}: {text}",
            "TICKET-12: it's broken",
            {"number": "12", "text": "it's broken"},
        ),
        ("straße {x}", "STRASSE Müller", {"x": "Müller"}),
        ("!a {x}", "!a {{y}} `rm` <b>", {"x": "{{y}} `rm` <b>"}),
    ],
)
def test_what_a_pattern_captures(
    pattern: str, message: str, captures: dict[str, str] | None
) -> None:
    assert captured(parse_pattern(pattern), message) == captures


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "{all}",
        "* {x}",
        " ! {x}",
        "!go {x}{y}",
        "!go {x} and {x}",
        "!go {1x}",
        "!go {x",
        "!go x}",
        "!go {}",
        "!go " + " ".join(f"{{a{n}}}" for n in range(11)),
        "!" * (MAX_PATTERN + 1),
    ],
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(BadPattern):
        parse_pattern(text)


class Counted(str):
    """A text that counts how many characters searches in it may have looked at."""

    looked = 0

    def find(self, wanted: str, start: int = 0, *rest: int) -> int:  # type: ignore[override]
        at = super().find(wanted, start, *rest)
        Counted.looked += (len(self) if at < 0 else at) - start + len(wanted)
        return at


@given(
    st.lists(st.sampled_from(["a", "b", "ab", " a ", "*", "{x}", "{y}", "{z}"]), max_size=12),
    st.text("ab c", max_size=400),
)
def test_searching_is_linear(parts: list[str], said: str) -> None:
    try:
        pattern = parse_pattern("!a" + "".join(parts))
    except BadPattern:
        return
    import reznet.workflows.message_patterns as module

    message = "!a" + said
    Counted.looked = 0
    folded = module._folded
    try:
        module._folded = lambda text: (Counted(folded(text)[0]), folded(text)[1])  # type: ignore[assignment]
        captured(pattern, message)
    finally:
        module._folded = folded
    # Each place is looked at once, and the text of the pattern again at each place it was found.
    longest = max(map(len, pattern.texts))
    assert Counted.looked <= (len(message) + 1) * (longest + 2)


@given(st.dictionaries(st.sampled_from(["x", "y"]), st.text("pqrs 0", min_size=1), min_size=2))
def test_what_was_put_in_comes_out(values: dict[str, str]) -> None:
    x, y = (" ".join(values[name].split()) or "p" for name in ("x", "y"))
    pattern = parse_pattern("!do {x} => {y}")
    assert captured(pattern, f"!do {x} => {y}") == {"x": x, "y": y}
