"""When a schedule is due: cron expressions of five fields in a time zone. Pure.

Through changes of the clock it is as with Debian's cron: a job at a time that the clock leaves out runs when the clock
has been put on; one at a time that comes twice runs the first time; one that runs each hour, or more often, keeps to its
distances.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_FIELDS = 5
_MAX_EXPRESSION = 200
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2}")


class BadSchedule(ValueError):
    """What was given is no schedule; `field` is `cron` or `time_zone`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def next_time(expression: str, zone: str, after: datetime) -> datetime:
    """Return the first time after `after` at which the schedule is due, in UTC. Raises BadSchedule."""
    local = after.astimezone(_zone(zone))
    if len(expression) > _MAX_EXPRESSION or len(expression.split()) != _FIELDS:
        raise BadSchedule(
            "cron", "must have five fields: minute, hour, day, month, weekday, such as 0 9 * * 1-5"
        )
    try:
        return next(CronSim(expression, local)).astimezone(UTC)
    except CronSimError as error:
        raise BadSchedule("cron", f"is no cron expression: {_said(error)}") from error
    except (StopIteration, OverflowError) as error:
        raise BadSchedule("cron", "is never due") from error


def next_times(expression: str, zone: str, after: datetime, count: int) -> list[datetime]:
    """Return the first `count` times after `after`, as the clock of the zone shows them. Raises BadSchedule."""
    times: list[datetime] = []
    for _ in range(count):
        after = next_time(expression, zone, after)
        times.append(after.astimezone(_zone(zone)))
    return times


def _zone(name: str) -> ZoneInfo:
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder is a name of none, too
        pass
    raise BadSchedule("time_zone", "is no time zone; write one such as Europe/Berlin, or UTC")


def _said(error: CronSimError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:] if text else "it can't be read"
