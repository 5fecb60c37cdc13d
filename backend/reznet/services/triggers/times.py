"""When triggers are due."""

from datetime import datetime

from reznet.core.clock import now
from reznet.core.errors import Invalid
from reznet.schemas.triggers import ScheduleSettings, TriggerSettings, TriggerTimes
from reznet.workflows.schedules import BadSchedule, next_time, next_times

_PREVIEWED = 5


def preview(settings: TriggerSettings) -> TriggerTimes:
    """Return the times at which a schedule is due next. Raises Invalid, as saving it does, and for other triggers."""
    if not isinstance(settings, ScheduleSettings):
        raise Invalid.field("settings.kind", f"is {settings.kind}, which has no times")
    try:
        times = next_times(settings.cron, settings.time_zone, now(), _PREVIEWED)
    except BadSchedule as error:
        raise _refusal(error) from None
    return TriggerTimes(times=times)


def next_of(settings: TriggerSettings, after: datetime) -> datetime | None:
    """Return the next time of a schedule, None for other triggers. Raises Invalid."""
    if not isinstance(settings, ScheduleSettings):
        return None
    try:
        return next_time(settings.cron, settings.time_zone, after)
    except BadSchedule as error:
        raise _refusal(error) from None


def _refusal(error: BadSchedule) -> Invalid:
    return Invalid.field(f"settings.{error.field}", str(error))
