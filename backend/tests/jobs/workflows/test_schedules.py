"""Schedules: once for each time however many processes look, and what becomes of missed times."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from reznet.core.bus import LocalBus, Topic
from reznet.core.clock import now
from reznet.core.database import Database
from reznet.jobs.trigger_schedules import TriggerSchedules
from reznet.services.ports import Ports
from tests.support.app import App, Json, checked
from tests.support.triggers import firings, made_in, room, saved, trigger
from tests.support.workflow_runs import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOURLY: Json = {"kind": "schedule", "cron": "0 * * * *"}


async def hourly(app: App, channel: Json, **settings: str) -> Json:
    return await trigger(app, await saved(app), channel, HOURLY | settings)


async def set_due(app: App, one: Json, moment: datetime) -> None:
    """Let a schedule be due at a time, as if it had been made long ago, and wake whoever looks after it."""
    async with app.runtime.database.write() as session:
        await session.execute(
            text("update workflow_triggers set next_at = :moment where id = :row_id"),
            {"moment": moment, "row_id": one["id"]},
        )
    app.runtime.bus.publish(Topic.TRIGGERS, {})


async def fired(app: App, one: Json, number: int = 1) -> list[Json]:
    """Return what came of a schedule once so much has."""
    rows: list[Json] = []

    async def there() -> bool:
        nonlocal rows
        rows = await firings(app, one)
        return len(rows) >= number

    await until(there, lambda: f"fired {len(rows)} times")
    return rows


def ago(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)


async def test_a_schedule_whose_time_has_come_makes_a_workflow(app: App) -> None:
    channel = await room(app)
    one = await hourly(app, channel)
    due = ago(2)
    await set_due(app, one, due)
    (row,) = await fired(app, one)
    assert (row["kind"], row["status"]) == ("schedule", "started")
    assert row["occurrence"] == f"at {due.isoformat()}"
    (made,) = await made_in(app, channel)
    assert made["id"] == row["workflow_id"]
    shown = await app.get(f"/api/workflow-triggers/{one['id']}")
    upcoming = datetime.fromisoformat(shown["next_at"])
    assert upcoming > datetime.now(UTC)
    assert (upcoming.minute, upcoming.second) == (0, 0)
    assert shown["last_fired_at"] is not None


async def test_many_processes_fire_a_time_once(app: App) -> None:
    channel = await room(app)
    ones = [await hourly(app, channel) for _ in range(5)]
    databases = [Database(app.runtime.database.url, pool_size=5) for _ in range(3)]
    ports = app.runtime.ports
    loops: list[asyncio.Task[None]] = []
    buses = [LocalBus() for _ in databases]
    for database, bus in zip(databases, buses, strict=True):
        own = Ports(ports.settings, bus, ports.cache, ports.queue, ports.models)
        loops.append(asyncio.ensure_future(TriggerSchedules(database, own).run()))
    try:
        for one in ones:
            await set_due(app, one, ago(1))
        for bus in buses:
            bus.publish(Topic.TRIGGERS, {})
        for one in ones:
            await fired(app, one)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        for database in databases:
            await database.aclose()
    assert [len(await firings(app, one)) for one in ones] == [1] * 5
    assert len(await made_in(app, channel)) == 5


@pytest.mark.parametrize(("missed", "status"), [("skip", "skipped"), ("once", "started")])
async def test_missed_times_are_skipped_or_made_up_for_once(
    app: App, missed: str, status: str
) -> None:
    channel = await room(app)
    # Its minute is half an hour away from now, so that no time is due just now.
    minute = (now() + timedelta(minutes=30)).minute
    one = await hourly(app, channel, cron=f"{minute} * * * *", missed=missed)
    due = ago(5 * 3600)
    await set_due(app, one, due)
    (row,) = await fired(app, one)
    assert (row["status"], row["occurrence"]) == (status, f"at {due.isoformat()}")
    assert len(await made_in(app, channel)) == (1 if missed == "once" else 0)
    shown = await app.get(f"/api/workflow-triggers/{one['id']}")
    assert datetime.fromisoformat(shown["next_at"]) > datetime.now(UTC)


async def test_a_time_within_the_last_minute_is_not_missed_though_others_were(app: App) -> None:
    channel = await room(app)
    one = await hourly(app, channel, cron="* * * * *", missed="skip")
    await set_due(app, one, ago(3600))
    (*_, row) = await fired(app, one)
    assert row["status"] == "started"
    at = datetime.fromisoformat(row["occurrence"].removeprefix("at "))
    assert timedelta(0) <= datetime.now(UTC) - at < timedelta(seconds=90)
    checked(await app.http.delete(f"/api/workflow-triggers/{one['id']}"), 204)


async def test_what_can_not_be_made_is_told_and_the_next_time_comes(app: App) -> None:
    channel = await room(app)
    one, other = await hourly(app, channel), await hourly(app, await room(app))
    checked(await app.http.delete(f"/api/channels/{channel['id']}"), 204)
    await set_due(app, one, ago(1))
    (row,) = await fired(app, one)
    assert (row["status"], row["error"]["code"]) == ("failed", "channel_archived")
    shown = await app.get(f"/api/workflow-triggers/{one['id']}")
    assert "archived" in shown["last_error"]
    assert datetime.fromisoformat(shown["next_at"]) > datetime.now(UTC)
    assert shown["last_fired_at"] is None
    await set_due(app, other, ago(1))
    assert (await fired(app, other))[0]["status"] == "started"


async def test_one_that_is_off_or_gone_does_not_fire(app: App) -> None:
    channel = await room(app)
    off, other = await hourly(app, channel), await hourly(app, channel)
    address = f"/api/workflow-triggers/{off['id']}"
    checked(await app.http.put(address, json={"is_active": False}), 200)
    await set_due(app, off, ago(1))
    await set_due(app, other, ago(1))
    await fired(app, other)
    assert await firings(app, off) == []
    # Switched on, it counts from now.
    on = checked(await app.http.put(address, json={"is_active": True}), 200)
    assert datetime.fromisoformat(on["next_at"]) > datetime.now(UTC)


async def test_a_workflow_of_a_schedule_starts_by_itself(app: App) -> None:
    one = await trigger(app, await saved(app), await room(app), HOURLY, auto_start=True)
    await set_due(app, one, ago(1))
    (row,) = await fired(app, one)
    made: Json = {}

    async def completed() -> bool:
        nonlocal made
        made = await app.get(f"/api/workflows/{row['workflow_id']}")
        return made["status"] == "completed"

    await until(completed, lambda: made["status"])
