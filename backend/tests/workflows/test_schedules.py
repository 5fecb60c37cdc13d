"""When schedules are due, also where the clock is put on or back."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet.workflows.schedules import BadSchedule, next_time


def times(expression: str, zone: str, after: str, number: int) -> list[str]:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found: list[str] = []
    for _ in range(number):
        moment = next_time(expression, zone, moment)
        found.append(moment.strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        ("0 9 * * 1-5", "UTC", "2026-01-02T09:00", ["01-05 09:00", "01-06 09:00"]),
        ("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00", ["01-01 03:30", "01-02 03:30"]),
        ("*/20 8 * * mon", "UTC", "2026-01-01T00:00", ["01-05 08:00", "01-05 08:20"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00", ["02-29 00:00"]),
        # Berlin, 29 March 2026: 02:00 to 03:00 is left out. A daily job runs when the clock is put on …
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["03-29 01:00", "03-30 00:30"]),
        # … and one that runs often keeps to its distances.
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00", ["03-29 00:30", "03-29 01:00"]),
        ("0 * * * *", "Europe/Berlin", "2026-03-29T00:00", ["03-29 01:00", "03-29 02:00"]),
        # Berlin, 25 October 2026: 02:00 to 03:00 comes twice. A daily job runs once …
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"]),
        # … and one that runs often both times.
        (
            "0 * * * *",
            "Europe/Berlin",
            "2026-10-24T23:00",
            ["10-25 00:00", "10-25 01:00", "10-25 02:00"],
        ),
        # Lord Howe puts its clock on by half an hour, São Paulo once did at midnight.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00", ["10-03 15:30", "10-04 15:15"]),
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", ["11-04 03:00", "11-05 02:00"]),
    ],
)
def test_when_a_schedule_is_due(expression: str, zone: str, after: str, due: list[str]) -> None:
    assert times(expression, zone, after, len(due)) == due


@pytest.mark.parametrize(
    ("expression", "zone", "field"),
    [
        ("", "UTC", "cron"),
        ("* * * *", "UTC", "cron"),
        ("* * * * * *", "UTC", "cron"),
        ("@daily", "UTC", "cron"),
        ("60 * * * *", "UTC", "cron"),
        ("*/0 * * * *", "UTC", "cron"),
        ("5-1 * * * *", "UTC", "cron"),
        ("٣ * * * *", "UTC", "cron"),
        ("0 0 30 2 *", "UTC", "cron"),
        ("* " * 5 + "0" * 500, "UTC", "cron"),
        ("* * * * *", "", "time_zone"),
        ("* * * * *", "Mars/Olympus", "time_zone"),
        ("* * * * *", "Europe", "time_zone"),
        ("* * * * *", "../../etc/passwd", "time_zone"),
        ("* * * * *", "/etc/localtime", "time_zone"),
        ("* * * * *", "UTC\0", "time_zone"),
    ],
)
def test_what_is_no_schedule_is_refused(expression: str, zone: str, field: str) -> None:
    with pytest.raises(BadSchedule) as refused:
        next_time(expression, zone, datetime(2026, 1, 1, tzinfo=UTC))
    assert refused.value.field == field


FIELD = st.sampled_from(["*", "*/7", "0", "1-5", "3,4"])


@given(
    st.lists(FIELD, min_size=3, max_size=3),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_times_rise_and_none_is_due_between(fields: list[str], zone: str, at: datetime) -> None:
    expression = " ".join([*fields[:2], "*", "*", fields[2]])
    moments = [at.replace(tzinfo=UTC)]
    for _ in range(5):
        moments.append(next_time(expression, zone, moments[-1]))
    assert all(earlier < later for earlier, later in pairwise(moments))
    middle = moments[1] + (moments[2] - moments[1]) / 2
    assert next_time(expression, zone, middle) == moments[2]
