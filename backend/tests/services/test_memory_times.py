"""Which time a question speaks of."""

from datetime import UTC, date, datetime

import pytest

from reznet.services.memory_times import spoken_of

WEDNESDAY = datetime(2024, 5, 15, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Where was lunch in March 2023?", "2023-03-01", "2023-04-01"),
        ("What happened on 8 May, 2023", "2023-05-08", "2023-05-09"),
        ("Since December 31st?", "2023-12-31", "2024-01-01"),
        ("On 2024-02-29?", "2024-02-29", "2024-03-01"),
        ("What did I say in June?", "2023-06-01", "2023-07-01"),
        ("And in may?", "2024-05-01", "2024-06-01"),
        ("in 2022", "2022-01-01", "2023-01-01"),
        ("What did Ada do YESTERDAY?", "2024-05-14", "2024-05-15"),
        ("the day before yesterday", "2024-05-13", "2024-05-14"),
        ("last Monday", "2024-05-13", "2024-05-14"),
        ("on wednesday", "2024-05-08", "2024-05-09"),
        ("last week", "2024-05-06", "2024-05-13"),
        ("this weekend", "2024-05-18", "2024-05-20"),
        ("last month", "2024-04-01", "2024-05-01"),
        ("last year", "2023-01-01", "2024-01-01"),
        ("three weeks ago", "2024-04-21", "2024-04-28"),
        ("2023-13-45 or in 2022", "2022-01-01", "2023-01-01"),
    ],
)
def test_times_are_read_as_of_the_question(question: str, since: str, until: str) -> None:
    span = spoken_of(question, WEDNESDAY)
    assert span is not None
    assert (span.since.date(), span.until.date()) == (
        date.fromisoformat(since),
        date.fromisoformat(until),
    )


@pytest.mark.parametrize(
    "question",
    ["", "What may she do?", "99 problems", "30 February", "9999 years ago", "march on", "a" * 9],
)
def test_other_questions_speak_of_no_time(question: str) -> None:
    assert spoken_of(question, WEDNESDAY) is None
