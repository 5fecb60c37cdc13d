"""The times of a schedule that is not saved yet, over HTTP."""

from datetime import datetime, timedelta

import pytest

from reznet.core.clock import now
from tests.support.app import App, Json, problem
from tests.support.triggers import room, saved

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREVIEW = "/api/workflow-triggers/preview"
DAILY: Json = {"kind": "schedule", "cron": "0 9 * * *", "time_zone": "Europe/Berlin"}


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


async def times(app: App, **settings: str) -> list[str]:
    found = await app.post(PREVIEW, {"settings": DAILY | settings}, status=200)
    return found["times"]


async def test_next_five_times_are_told_soonest_first_by_the_clock_of_the_zone(app: App) -> None:
    began = now()
    found = [datetime.fromisoformat(one) for one in await times(app)]
    assert len(found) == 5
    assert began < found[0] <= began + timedelta(days=1, hours=1)
    assert found == sorted(found)
    days = [one.date() for one in found]
    assert days == [days[0] + timedelta(days=ahead) for ahead in range(5)]
    assert {one.strftime("%H:%M") for one in found} == {"09:00"}


async def test_offset_changes_with_the_clock_and_the_hour_stays(app: App) -> None:
    found = await times(app, cron="0 9 1 1,7 *")
    assert len(found) == 5
    for one in found:
        assert one[11:] == ("09:00:00+01:00" if one[5:7] == "01" else "09:00:00+02:00")
    assert {one[5:7] for one in found} == {"01", "07"}


async def test_time_that_the_clock_leaves_out_is_the_one_it_is_put_on_to(app: App) -> None:
    last_sunday_of_march = await times(app, cron="30 2 * 3 0L")
    assert [one[11:] for one in last_sunday_of_march] == ["03:00:00+02:00"] * 5


async def test_zone_is_utc_where_none_is_named(app: App) -> None:
    body = {"settings": {"kind": "schedule", "cron": "5 * * * *"}}
    found = (await app.post(PREVIEW, body, status=200))["times"]
    assert [one[13:] for one in found] == [":05:00Z"] * 5


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"cron": "0 9 * *"}, "settings.cron"),
        ({"cron": "61 * * * *"}, "settings.cron"),
        ({"cron": ""}, "settings.cron"),
        ({"cron": "0 0 30 2 *"}, "settings.cron"),
        ({"cron": "*" * 201}, "settings.schedule.cron"),
        ({"cron": None}, "settings.schedule.cron"),
        ({"cron": "\0٣ * * * *"}, "settings.cron"),
        ({"cron": "9" * 150 + " * * * *"}, "settings.cron"),
        ({"time_zone": "Berlin"}, "settings.time_zone"),
        ({"time_zone": "../../etc/passwd"}, "settings.time_zone"),
        ({"missed": "all"}, "settings.schedule.missed"),
        ({"kind": "telepathy"}, "settings"),
    ],
)
async def test_what_is_no_schedule_is_refused_as_saving_it_is(
    app: App, settings: Json, field: str
) -> None:
    bad = {"settings": DAILY | settings}
    told = problem(await app.http.post(PREVIEW, json=bad), 400)
    whole = {
        "saved_workflow_id": (await saved(app))["id"],
        "channel_id": (await room(app))["id"],
    }
    saving = problem(await app.http.post("/api/workflow-triggers", json=whole | bad), 400)
    assert [error["field"] for error in told["errors"]] == [field]
    assert [told[name] for name in ("code", "detail", "errors")] == [
        saving[name] for name in ("code", "detail", "errors")
    ]


async def test_other_triggers_have_no_times(app: App) -> None:
    body = {"settings": {"kind": "webhook"}}
    told = problem(await app.http.post(PREVIEW, json=body), 400)
    assert told["errors"] == [
        {"field": "settings.kind", "message": "is webhook, which has no times"}
    ]
