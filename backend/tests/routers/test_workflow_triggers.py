"""Triggers over HTTP: kept, fired by hand, and called from outside."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.app import App, Json, checked, problem
from tests.support.triggers import call, firings, made_in, room, saved, shown_in, signed, trigger

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOOK: Json = {"kind": "webhook"}
DAILY: Json = {"kind": "schedule", "cron": "0 9 * * *", "time_zone": "Europe/Berlin"}


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


async def refused(app: App, status: int = 400, *parameters: Json, **fields: Any) -> Json:
    one = await saved(app, *parameters)
    body = {
        "saved_workflow_id": one["id"],
        "channel_id": (await room(app))["id"],
        "settings": DAILY,
    } | fields
    return problem(await app.http.post("/api/workflow-triggers", json=body), status)


async def test_a_trigger_is_made_read_listed_changed_and_deleted(app: App) -> None:
    one, channel = await saved(app), await room(app)
    made = await trigger(app, one, channel, DAILY)
    address = f"/api/workflow-triggers/{made['id']}"
    assert made["secret"] is None
    assert made["next_at"] is not None
    assert made["settings"] == DAILY | {"missed": "skip"}
    shown = await app.get(address)
    assert shown | {"secret": None} == made
    listed = await app.get("/api/workflow-triggers", channel_id=channel["id"], kind="schedule")
    assert listed == [shown]
    assert await app.get("/api/workflow-triggers", saved_workflow_id=str(uuid4())) == []
    off = checked(await app.http.put(address, json={"is_active": False}), 200)
    assert off["next_at"] is None
    other = DAILY | {"cron": "0 10 * * *"}
    on = checked(await app.http.put(address, json={"is_active": True, "settings": other}), 200)
    assert on["next_at"] is not None
    assert on["next_at"] != made["next_at"]
    told = problem(await app.http.put(address, json={"settings": HOOK}), 400)
    assert told["errors"][0]["field"] == "settings.kind"
    checked(await app.http.delete(address), 204)
    for response in (
        await app.http.get(address),
        await app.http.put(address, json={"is_active": True}),
        await app.http.delete(address),
        await app.http.post(f"{address}/fire"),
        await app.http.post(f"{address}/rotate"),
        await app.http.get(f"{address}/firings"),
    ):
        assert problem(response, 404)["code"] == "trigger_not_found"
    actions = {entry["action"] for entry in await app.get("/api/audit", limit=50)}
    assert {f"workflow_trigger.{what}" for what in ("created", "updated", "deleted")} <= actions


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"settings": DAILY | {"cron": "0 9 * *"}}, "settings.cron"),
        ({"settings": DAILY | {"cron": "61 * * * *"}}, "settings.cron"),
        ({"settings": DAILY | {"time_zone": "Berlin"}}, "settings.time_zone"),
        ({"settings": DAILY | {"missed": "all"}}, "settings.schedule.missed"),
        ({"settings": {"kind": "message", "pattern": "{all}"}}, "settings.pattern"),
        ({"settings": {"kind": "message", "pattern": "!go {other}"}}, "settings.pattern"),
        ({"settings": {"kind": "message", "pattern": "/plan x"}}, "settings.pattern"),
        ({"settings": {"kind": "webhook", "fields": {"other": "a"}}}, "settings.fields.other"),
        (
            {"settings": {"kind": "webhook", "fields": {"who": "a..b"}}},
            "settings.webhook.fields.who",
        ),
        ({"settings": {"kind": "telepathy"}}, "settings"),
        ({"parameters": {"other": "x"}}, "parameters.other"),
        ({"parameters": {"who": "x" * 5_000}}, "parameters.who"),
        ({}, "parameters.who"),  # required, and a schedule brings nothing
        ({"settings": {"kind": "message", "pattern": "!go"}}, "parameters.who"),
    ],
)
async def test_what_can_not_be_a_trigger_is_refused_with_its_field(
    app: App, fields: Json, field: str
) -> None:
    told = await refused(app, 400, {"name": "who"}, **fields)
    assert field in [error["field"] for error in told["errors"]], told["errors"]
    assert "match pattern" not in told["detail"]  # people read it


async def test_a_trigger_needs_a_saved_workflow_of_ones_own_and_an_open_channel(app: App) -> None:
    assert (await refused(app, 404, saved_workflow_id=str(uuid4())))["code"] == (
        "saved_workflow_not_found"
    )
    assert (await refused(app, 404, channel_id=str(uuid4())))["code"] == "channel_not_found"
    (demo,) = await app.get("/api/saved-workflows", q="research")
    assert (await refused(app, 409, saved_workflow_id=demo["id"]))["code"] == "demo_is_read_only"
    channel = await room(app)
    checked(await app.http.delete(f"/api/channels/{channel['id']}"), 204)
    assert (await refused(app, 409, channel_id=channel["id"]))["code"] == "channel_archived"


async def test_is_fired_by_hand_with_values(app: App) -> None:
    one, channel = await saved(app, {"name": "who"}), await room(app)
    made = await trigger(app, one, channel, DAILY, parameters={"who": "Ann"}, is_active=False)
    address = f"/api/workflow-triggers/{made['id']}"
    fired = await app.post(f"{address}/fire")
    assert (fired["kind"], fired["status"]) == ("manual", "started")
    body = {"parameters": {"who": "Bob"}, "client_id": "once"}
    second = await app.post(f"{address}/fire", body)
    assert await app.post(f"{address}/fire", body, status=200) == second
    assert await shown_in(app, channel) == ["[Bob]", "[Ann]"]
    workflow = (await made_in(app, channel))[0]
    assert workflow["id"] == second["workflow_id"]
    assert workflow["metadata"]["trigger_id"] == made["id"]
    assert workflow["status"] == "ready"
    assert [row["id"] for row in await firings(app, made)] == [second["id"], fired["id"]]
    response = await app.http.post(f"{address}/fire", json={"parameters": {"x": "1"}})
    assert problem(response, 400)["errors"][0]["field"] == "parameters.x"
    assert len(await firings(app, made)) == 2


async def hook(app: App, channel: Json, *parameters: Json, **settings: Any) -> Json:
    one = await saved(app, *(parameters or ({"name": "who", "default": "nobody"},)))
    return await trigger(app, one, channel, HOOK | settings)


async def test_a_signed_call_makes_a_workflow_once(app: App) -> None:
    channel = await room(app)
    made = await hook(app, channel)
    assert made["url"] == f"/api/hooks/{made['id']}"
    first = checked(await call(app, made, "msg_1", {"who": "Ann", "else": [1]}), 202)
    assert first["parameters"] == {"who": "Ann"}
    again = checked(await call(app, made, "msg_1", {"who": "Ann", "else": [1]}), 200)
    assert again == first
    both = await asyncio.gather(*(call(app, made, "msg_2", {"who": "Bob"}) for _ in range(4)))
    assert sorted(response.status_code for response in both) == [200, 200, 200, 202]
    assert await shown_in(app, channel) == ["[Bob]", "[Ann]"]
    assert "secret" not in await app.get(f"/api/workflow-triggers/{made['id']}")
    empty = checked(await call(app, made, "msg_3"), 202)
    assert empty["parameters"] == {}


async def test_paths_lead_into_the_body_and_fixed_values_stand(app: App) -> None:
    channel = await room(app)
    names = [{"name": name, "default": "-"} for name in ("who", "number", "many", "fixed", "gone")]
    one = await saved(app, *names)
    fields = {"who": "pull.user.name", "number": "items.1", "many": "pull", "gone": "items.9.x"}
    made = await trigger(
        app, one, channel, HOOK | {"fields": fields}, parameters={"fixed": "mine"}
    )
    body = {"pull": {"user": {"name": "Ann\0"}}, "items": [1, 2.5], "fixed": "theirs"}
    checked(await call(app, made, "m", body), 202)
    assert await shown_in(app, channel) == ['[Ann 2.5 {"user":{"name":"Ann\\u0000"}} mine -]']


async def test_a_long_value_from_outside_loses_its_end(app: App) -> None:
    channel = await room(app)
    made = await hook(app, channel)
    checked(await call(app, made, "m", {"who": "x" * 100_000}), 202)
    (shown,) = await shown_in(app, channel)
    assert shown == f"[{'x' * 3_999}…]"


async def test_refusals_do_not_tell_what_is_wrong(app: App) -> None:
    channel = await room(app)
    made, off = await hook(app, channel), await hook(app, channel)
    checked(
        await app.http.put(f"/api/workflow-triggers/{off['id']}", json={"is_active": False}), 200
    )
    daily = await trigger(app, await saved(app), channel, DAILY)
    body = b'{"who": "Ann"}'
    good = signed(made["secret"], "m", body)
    calls = [
        (made["url"], {}, body),
        (made["url"], signed(off["secret"], "m", body), body),
        (made["url"], good, body + b" "),
        (made["url"], good | {"webhook-id": "n"}, body),
        (made["url"], good | {"webhook-timestamp": "1"}, body),
        (made["url"], good | {"webhook-timestamp": "x" * 1_000}, body),
        (made["url"], good | {"webhook-signature": "v1,"}, body),
        (made["url"], signed(made["secret"], "m", body, late=-400), body),
        (made["url"], signed(made["secret"], "m", body, late=400), body),
        (off["url"], signed(off["secret"], "m", body), body),
        (f"/api/hooks/{daily['id']}", good, body),
        (f"/api/hooks/{uuid4()}", good, body),
        ("/api/hooks/none", good, body),
    ]
    told = []
    for address, headers, raw in calls:
        answer = problem(await app.http.post(address, headers=headers, content=raw), 401)
        told.append({name: answer[name] for name in ("code", "detail", "title", "errors")})
    assert told[0]["code"] == "webhook_refused"
    assert all(one == told[0] for one in told)
    assert await made_in(app, channel) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"who":' * 20_000, "application/json", 400),
        (b'{"who": 1' + b"0" * 100_000 + b"}", "application/json", 400),
        (b"who=Ann", "application/x-www-form-urlencoded", 415),
        (b'"' + b"x" * 300_000 + b'"', "application/json", 413),
    ],
)
async def test_hostile_bodies_are_refused(app: App, body: bytes, kind: str, status: int) -> None:
    channel = await room(app)
    made = await hook(app, channel)
    headers = signed(made["secret"], "m", body) | {"content-type": kind}
    problem(await app.http.post(made["url"], headers=headers, content=body), status)
    assert await made_in(app, channel) == []
    checked(await call(app, made, "m", {"who": "Ann"}), 202)


async def test_a_call_that_failed_may_be_made_again(app: App) -> None:
    channel = await room(app)
    made = await hook(app, channel, {"name": "who"})
    told = problem(await call(app, made, "m", {"whom": "Ann"}), 400)
    assert told["errors"][0]["field"] == "parameters.who"
    (failed,) = await firings(app, made)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "invalid_parameters")
    shown = await app.get(f"/api/workflow-triggers/{made['id']}")
    assert "who" in shown["last_error"]
    checked(await call(app, made, "m", {"who": "Ann"}), 202)
    (done,) = await firings(app, made)
    assert (done["id"], done["status"], done["error"]) == (failed["id"], "started", None)
    assert (await app.get(f"/api/workflow-triggers/{made['id']}"))["last_error"] is None


async def test_a_new_secret_puts_the_old_one_out_of_use(app: App) -> None:
    channel = await room(app)
    made = await hook(app, channel)
    new = await app.post(f"/api/workflow-triggers/{made['id']}/rotate", status=200)
    assert new["secret"] != made["secret"]
    problem(await call(app, made, "m"), 401)
    checked(await call(app, new, "m"), 202)
    daily = await trigger(app, await saved(app), channel, DAILY)
    problem(await app.http.post(f"/api/workflow-triggers/{daily['id']}/rotate"), 400)
    entries = await app.get("/api/audit", action="workflow_trigger.secret_rotated")
    assert new["secret"] not in json.dumps(entries)


async def test_triggers_go_with_their_saved_workflow(app: App) -> None:
    channel = await room(app)
    made = await hook(app, channel)
    fired = checked(await call(app, made, "m"), 202)
    response = await app.http.delete(f"/api/saved-workflows/{made['saved_workflow_id']}")
    checked(response, 204)
    problem(await app.http.get(f"/api/workflow-triggers/{made['id']}"), 404)
    problem(await call(app, made, "n"), 401)
    await app.get(f"/api/workflows/{fired['workflow_id']}")
