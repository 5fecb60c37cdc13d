from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from reznet.core.bus import LocalBus, Topic
from reznet.core.live import LiveTexts

ID = uuid4()


def make(**options: Any) -> tuple[LocalBus, LiveTexts]:
    bus = LocalBus()
    return bus, LiveTexts(bus, **options)


def say(bus: LocalBus, offset: int, text: str, attempt: int = 1, message_id: UUID = ID) -> None:
    data = {"message_id": str(message_id), "attempt": attempt, "offset": offset, "text": text}
    bus.publish(Topic.LIVE, {"room": "channel:x", "event": "message_delta", "data": data})


def test_text_is_put_together_behind_what_is_stored() -> None:
    bus, live = make()
    say(bus, 0, "He")
    say(bus, 2, "llo")

    assert live.text(ID, 1, "") == "Hello"
    assert live.text(ID, 1, "Hel") == "Hello"
    assert live.text(ID, 1, "Hello, you") == "Hello, you"


def test_process_that_came_late_needs_the_stored_beginning() -> None:
    bus, live = make()
    say(bus, 3, "lo")

    assert live.text(ID, 1, "") == ""
    assert live.text(ID, 1, "He") == "He"
    assert live.text(ID, 1, "Hel") == "Hello"


def test_lost_piece_is_bridged_once_the_database_has_it() -> None:
    bus, live = make()
    say(bus, 0, "He")
    say(bus, 4, "o!")

    assert live.text(ID, 1, "H") == "H"
    assert live.text(ID, 1, "Hell") == "Hello!"


def test_attempts_do_not_mix() -> None:
    bus, live = make()
    say(bus, 0, "old")
    say(bus, 0, "new", attempt=2)
    say(bus, 3, "older", attempt=1)

    assert live.text(ID, 2, "") == "new"
    assert live.text(ID, 1, "stored") == "stored"


def test_finished_and_too_many_texts_are_forgotten() -> None:
    bus, live = make(max_chars=10)
    say(bus, 0, "abcd")
    live.forget(ID)
    assert (live.text(ID, 1, ""), len(live)) == ("", 0)
    ids = [uuid4() for _ in range(4)]
    for message_id in ids:
        say(bus, 0, "abcd", message_id=message_id)

    assert [live.text(message_id, 1, "") for message_id in ids] == ["", "", "abcd", "abcd"]


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), max_size=12),
    st.integers(0, 40),
)
def test_text_is_never_wrong_whatever_was_lost_or_repeated(
    answer: str, pieces: list[tuple[int, int]], stored: int
) -> None:
    bus, live = make()
    for offset, length in pieces:
        if offset <= len(answer):
            say(bus, offset, answer[offset : offset + length])

    text = live.text(ID, 1, answer[:stored])

    assert answer.startswith(text)
    assert len(text) >= min(stored, len(answer))
