"""Schedules whose time has come."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession, WriteSession
from reznet.core.errors import Problem, Unavailable
from reznet.repositories import triggers
from reznet.schemas.triggers import FiringKind, Missed, ScheduleSettings, TriggerOut
from reznet.services.ports import Ports
from reznet.services.triggers import firing
from reznet.services.triggers.firing import Occurrence
from reznet.workflows.schedules import BadSchedule, next_time

log = structlog.get_logger(__name__)

# What is later than this was missed: nothing ran then, or the database was away.
_GRACE = timedelta(seconds=60)


async def next_due(session: ReadSession) -> datetime | None:
    """Return when a schedule is due next, or None."""
    return await triggers.next_due(session)


async def fire_due(database: Database, ports: Ports) -> bool:
    """Do what one schedule whose time has come asks for; False when there is none left. One that fails is put off."""
    taken: list[TriggerOut] = []
    try:
        async with database.write() as session:
            trigger = await triggers.lock_due(session, now())
            if trigger is None:
                return False
            taken.append(trigger)
            await _carry_out(session, ports, trigger)
    except Unavailable:
        raise
    except Exception as error:
        (trigger,) = taken or (None,)
        if trigger is None:
            raise
        if not isinstance(error, Problem):
            log.exception("a schedule could not be carried out", trigger_id=str(trigger.id))
        problem = error if isinstance(error, Problem) else Problem("Something went wrong.")
        await _put_off(database, trigger.id, problem)
    return True


async def _carry_out(session: WriteSession, ports: Ports, trigger: TriggerOut) -> None:
    occurrence, is_missed = _occurrence(trigger, now())
    await triggers.update_trigger(session, trigger.id, {"next_at": _after(trigger, now())})
    settings = trigger.settings
    is_skipped = isinstance(settings, ScheduleSettings) and settings.missed is Missed.SKIP
    if is_missed and is_skipped:
        await firing.skip(session, trigger, occurrence)
    else:
        await firing.fire(session, ports, trigger, occurrence)


async def _put_off(database: Database, trigger_id: UUID, problem: Problem) -> None:
    async with database.write() as session:
        trigger = await triggers.lock(session, trigger_id)
        if trigger is None or trigger.next_at is None or trigger.next_at > now():
            return
        occurrence, _ = _occurrence(trigger, now())
        await triggers.update_trigger(session, trigger.id, {"next_at": _after(trigger, now())})
        await firing.record_failure(session, trigger, occurrence, problem)


def _occurrence(trigger: TriggerOut, moment: datetime) -> tuple[Occurrence, bool]:
    """Return what a schedule is due for, and whether that was missed.

    Of several times that have gone by it is the last one that is not missed, else the first.
    """
    assert trigger.next_at is not None  # noqa: S101 - it is due
    recent = _after(trigger, moment - _GRACE)
    is_recent = recent is not None and trigger.next_at <= recent <= moment
    due = recent if recent is not None and is_recent else trigger.next_at
    is_missed = not is_recent and moment - trigger.next_at > _GRACE
    return Occurrence(FiringKind.SCHEDULE, f"at {due.isoformat()}", {}), is_missed


def _after(trigger: TriggerOut, moment: datetime) -> datetime | None:
    """Return the next time of a schedule; None when there is none any more, or its time zone is gone."""
    settings = trigger.settings
    if not isinstance(settings, ScheduleSettings):
        return None
    try:
        return next_time(settings.cron, settings.time_zone, moment)
    except BadSchedule:
        return None
