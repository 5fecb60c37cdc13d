"""Webhooks: whom the end of a workflow is told to, how often it is tried, and where no call goes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from reznet.core.bus import LocalBus, Topic
from reznet.core.database import Database
from reznet.core.signatures import is_genuine
from reznet.jobs.webhook_sender import WebhookSender
from reznet.services.ports import Ports
from tests.support.app import App, Json, checked, problem, running, settings_for
from tests.support.databases import Server
from tests.support.receiver import Receiver, receiving
from tests.support.triggers import room, saved, trigger
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import ENDLESS, act, agent, at, over, start, step, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    with server.clone() as url:
        settings = settings_for(
            url,
            tmp_path_factory.mktemp("webhooks"),
            OPENAI_BASE_URL=f"{one_upstream.url}/v1",
            REZNET_DEFAULT_MODEL="fake;n=3",
            REZNET_WEBHOOK_PRIVATE="true",
        )
        async with running(settings) as started:
            yield started


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def webhook(app: App, receiver: Receiver, **fields: Any) -> Json:
    return await app.post("/api/webhooks", {"url": f"{receiver.url}/hook?x=1"} | fields)


async def called(receiver: Receiver, number: int = 1) -> None:
    async def there() -> bool:
        return len(receiver.calls) >= number

    await until(there, lambda: f"{len(receiver.calls)} calls")


async def delivery(app: App, one: Json, status: str) -> Json:
    """Return the newest delivery of a webhook once it is there."""
    rows: list[Json] = []

    async def there() -> bool:
        nonlocal rows
        rows = await app.get(f"/api/webhooks/{one['id']}/deliveries")
        return bool(rows) and rows[0]["status"] == status

    await until(there, lambda: str(rows))
    return rows[0]


async def tried(app: App, one: Json, attempts: int) -> Json:
    """Return the newest delivery of a webhook once it was tried so often, and the outcome was noted."""
    rows: list[Json] = []

    async def there() -> bool:
        nonlocal rows
        rows = await app.get(f"/api/webhooks/{one['id']}/deliveries")
        return bool(rows) and rows[0]["attempts"] == attempts and rows[0]["error"] is not None

    await until(there, lambda: str(rows))
    return rows[0]


async def set_due(app: App, one: Json) -> None:
    """Let the next try be due, with what came of the last one forgotten."""
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "update webhook_deliveries set next_at = now(), error = null "
                "where webhook_id = :row_id and status = 'waiting'"
            ),
            {"row_id": one["id"]},
        )
    app.runtime.bus.publish(Topic.DELIVERIES, {})


async def completed(app: App, **fields: Any) -> Json:
    helper = await agent(app, "fake;n=3")
    return await over(app, await start(app, step("a", agent=helper), **fields))


async def forget(app: App, *ones: Json) -> None:
    for one in ones:
        checked(await app.http.delete(f"/api/webhooks/{one['id']}"), 204)


async def test_the_end_of_a_workflow_is_told_with_a_signature(
    app: App, receiver: Receiver
) -> None:
    one = await webhook(app, receiver)
    writer = await agent(app, "fake;n=3000;rate=100000")
    done = await over(app, await start(app, step("a", agent=writer), request="Say much"))
    sent = await delivery(app, one, "delivered")
    (call,) = receiver.calls
    headers = (
        call.headers["webhook-id"],
        call.headers["webhook-timestamp"],
        call.headers["webhook-signature"],
    )
    assert is_genuine(one["secret"], headers, datetime.now(UTC), call.body)
    assert call.path == "/hook"
    assert call.headers["host"] == receiver.url.removeprefix("http://")
    assert call.headers["content-type"] == "application/json"
    body = call.json
    assert body["type"] == "workflow.completed"
    assert body["data"]["id"] == done["id"]
    assert body["data"]["status"] == "completed"
    assert body["timestamp"] == body["data"]["finished_at"]
    output = body["data"]["tasks"][0]["output"]
    assert len(output) == 2_000
    assert output.endswith("…")
    assert (sent["id"], sent["attempts"]) == (call.headers["webhook-id"], 1)
    assert (sent["workflow_id"], sent["response_status"], sent["next_at"]) == (
        done["id"],
        200,
        None,
    )
    assert "secret" not in await app.get(f"/api/webhooks/{one['id']}")
    await forget(app, one)


async def test_only_those_are_told_whom_it_concerns(app: App, receiver: Receiver) -> None:
    kept, channel = await saved(app), await room(app)
    fires = await trigger(app, kept, channel, {"kind": "webhook"}, auto_start=True, parameters={})
    ones = {
        "all": await webhook(app, receiver),
        "failed": await webhook(app, receiver, statuses=["failed", "cancelled"]),
        "channel": await webhook(app, receiver, channel_id=channel["id"]),
        "saved": await webhook(app, receiver, saved_workflow_id=kept["id"]),
        "trigger": await webhook(app, receiver, trigger_id=fires["id"]),
        "elsewhere": await webhook(app, receiver, channel_id=(await room(app))["id"]),
        "off": await webhook(app, receiver, is_active=False),
    }

    async def told(number: int) -> set[str]:
        async def enough() -> bool:
            return sum(map(len, rows.values())) >= number

        async def look() -> bool:
            for name, one in ones.items():
                rows[name] = await app.get(f"/api/webhooks/{one['id']}/deliveries")
            return await enough()

        rows: dict[str, list[Json]] = {}
        await until(look, lambda: str(rows))
        return {name for name, found in rows.items() if found}

    fired = await app.post(f"/api/workflow-triggers/{fires['id']}/fire")
    await over(app, {"id": fired["workflow_id"]})
    assert await told(4) == {"all", "channel", "saved", "trigger"}
    broken = await agent(app, "fake;fail=401")
    failed = await over(app, await start(app, step("a", agent=broken)))
    assert failed["status"] == "failed"
    assert await told(6) == {"all", "channel", "saved", "trigger", "failed"}
    endless = await agent(app, ENDLESS)
    runs = await start(app, step("a", agent=endless))
    await at(app, runs, a="running")
    await act(app, runs, "cancel")
    await told(8)
    kinds = [
        row["event"] for row in await app.get(f"/api/webhooks/{ones['failed']['id']}/deliveries")
    ]
    assert kinds == ["workflow.cancelled", "workflow.failed"]
    await forget(app, *ones.values())


async def test_is_tried_eight_times_with_growing_pauses(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    receiver.answers = [(500, {})] * 8
    await completed(app)
    pauses: list[float] = []
    for attempt in range(1, 8):
        row = await tried(app, one, attempt)
        assert (row["status"], row["response_status"]) == ("waiting", 500)
        due = datetime.fromisoformat(row["next_at"])
        pauses.append((due - datetime.now(UTC)).total_seconds())
        await set_due(app, one)
    row = await delivery(app, one, "failed")
    assert (row["attempts"], row["next_at"]) == (8, None)
    assert row["error"] == "answered with status 500"
    assert pauses == sorted(pauses)
    assert 3 <= sum(pauses) / 3_600 <= 5
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    assert "500" in (await app.get(f"/api/webhooks/{one['id']}"))["last_error"]
    await forget(app, one)


async def test_what_failed_first_is_told_later(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    receiver.answers = [(429, {"retry-after": "3600"})]
    await completed(app)
    row = await tried(app, one, 1)
    wait = datetime.fromisoformat(row["next_at"]) - datetime.now(UTC)
    assert 3_500 < wait.total_seconds() <= 3_600
    await set_due(app, one)
    row = await delivery(app, one, "delivered")
    assert (row["attempts"], row["error"]) == (2, None)
    assert (await app.get(f"/api/webhooks/{one['id']}"))["last_error"] is None
    await forget(app, one)


async def test_redirects_are_not_followed(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    receiver.answers = [(307, {"location": f"{receiver.url}/elsewhere"})]
    await completed(app)
    row = await tried(app, one, 1)
    assert "redirects are not followed" in row["error"]
    assert [call.path for call in receiver.calls] == ["/hook"]
    await forget(app, one)


async def test_an_address_that_is_gone_is_switched_off(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    receiver.answers = [(410, {})]
    await completed(app)
    await delivery(app, one, "failed")
    assert (await app.get(f"/api/webhooks/{one['id']}"))["is_active"] is False
    await completed(app)
    assert len(await app.get(f"/api/webhooks/{one['id']}/deliveries")) == 1
    await forget(app, one)


async def test_many_processes_make_a_call_once(app: App, receiver: Receiver) -> None:
    databases = [Database(app.runtime.database.url, pool_size=5) for _ in range(3)]
    ports, buses = app.runtime.ports, [LocalBus() for _ in databases]
    loops = [
        asyncio.ensure_future(
            WebhookSender(
                database, Ports(ports.settings, bus, ports.cache, ports.queue, ports.models)
            ).run()
        )
        for database, bus in zip(databases, buses, strict=True)
    ]
    one = await webhook(app, receiver)
    receiver.held = asyncio.Event()
    try:
        await completed(app)
        await called(receiver)
        for bus in buses:
            bus.publish(Topic.DELIVERIES, {})
        second = await completed(app)
        await called(receiver, 2)
        receiver.held.set()
        assert (await delivery(app, one, "delivered"))["workflow_id"] == second["id"]
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        for database in databases:
            await database.aclose()
    assert len(receiver.calls) == 2
    await forget(app, one)


async def test_what_waits_is_told_once_it_is_on_again(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    address = f"/api/webhooks/{one['id']}"
    receiver.answers = [(500, {})]
    await completed(app)
    await tried(app, one, 1)
    checked(await app.http.put(address, json={"is_active": False}), 200)
    assert (await app.get(f"{address}/deliveries"))[0]["next_at"] is None
    new = await app.post(f"{address}/rotate", status=200)
    checked(await app.http.put(address, json={"is_active": True}), 200)
    await delivery(app, one, "delivered")
    last = receiver.calls[-1]
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    first, second, third = (last.headers[name] for name in names)
    assert is_genuine(new["secret"], (first, second, third), datetime.now(UTC), last.body)
    await forget(app, one)


async def test_what_was_given_up_is_told_again_when_asked(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver)
    address = f"/api/webhooks/{one['id']}"
    receiver.answers = [(410, {})]
    await completed(app)
    given_up = await delivery(app, one, "failed")
    again = f"{address}/deliveries/{given_up['id']}/redeliver"
    assert problem(await app.http.post(again), 409)["code"] == "webhook_off"
    checked(await app.http.put(address, json={"is_active": True}), 200)
    receiver.answers = [(429, {"retry-after": "3600"})]
    queued = checked(await app.http.post(again), 202)
    assert (queued["status"], queued["attempts"], queued["finished_at"]) == ("waiting", 0, None)
    put_off = await tried(app, one, 1)
    assert put_off["response_status"] == 429
    # What waits for an hour needs not wait for it.
    await app.post(again, status=202)
    taken = await delivery(app, one, "delivered")
    assert (taken["id"], taken["attempts"], taken["error"]) == (given_up["id"], 1, None)
    assert [call.headers["webhook-id"] for call in receiver.calls] == [taken["id"]] * 3
    await forget(app, one)


async def test_a_call_that_is_being_made_is_not_made_beside_itself(
    app: App, receiver: Receiver
) -> None:
    one = await webhook(app, receiver)
    receiver.held = asyncio.Event()
    await completed(app)
    await called(receiver)
    (under_way,) = await app.get(f"/api/webhooks/{one['id']}/deliveries")
    again = f"/api/webhooks/{one['id']}/deliveries/{under_way['id']}/redeliver"
    assert await app.post(again, status=202) == under_way
    receiver.held.set()
    assert (await delivery(app, one, "delivered"))["attempts"] == 1
    assert len(receiver.calls) == 1
    other = await webhook(app, receiver)
    foreign = f"/api/webhooks/{other['id']}/deliveries/{under_way['id']}/redeliver"
    assert problem(await app.http.post(foreign), 404)["code"] == "delivery_not_found"
    await forget(app, one, other)


async def test_is_made_read_listed_changed_and_deleted(app: App, receiver: Receiver) -> None:
    one = await webhook(app, receiver, statuses=["failed"])
    address = f"/api/webhooks/{one['id']}"
    shown = await app.get(address)
    assert shown == {name: value for name, value in one.items() if name != "secret"}
    assert (await app.get("/api/webhooks"))[0] == shown
    after = checked(await app.http.put(address, json={"statuses": ["completed", "failed"]}), 200)
    assert after["statuses"] == ["completed", "failed"]
    assert checked(await app.http.put(address, json={}), 200) == after
    checked(await app.http.delete(address), 204)
    for response in (
        await app.http.get(address),
        await app.http.put(address, json={"is_active": False}),
        await app.http.delete(address),
        await app.http.post(f"{address}/rotate"),
        await app.http.get(f"{address}/deliveries"),
        await app.http.post(f"{address}/deliveries/{uuid4()}/redeliver"),
    ):
        assert problem(response, 404)["code"] == "webhook_not_found"
    actions = {entry["action"] for entry in await app.get("/api/audit", limit=100)}
    assert {f"webhook.{what}" for what in ("created", "updated", "deleted")} <= actions


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "example.com/hook"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://a:99999/"}, "url"),
        ({"url": "http://user:pass@example.com/"}, "url"),
        ({"url": "http://example.com/#x"}, "url"),
        ({"url": "http://exa mple.com/"}, "url"),
        ({"url": "http://example.com/\r\nX: y"}, "url"),
        ({"url": "http://" + "a" * 100 + ".com/"}, "url"),
        ({"url": "http://example.com/" + "a" * 2_000}, "url"),
        ({"statuses": []}, "statuses"),
        ({"statuses": ["running"]}, "statuses.0"),
        ({"channel_id": str(uuid4())}, "channel_id"),
        ({"saved_workflow_id": str(uuid4())}, "saved_workflow_id"),
        ({"trigger_id": str(uuid4())}, "trigger_id"),
    ],
)
async def test_what_can_not_be_a_webhook_is_refused_with_its_field(
    app: App, fields: Json, field: str
) -> None:
    body = {"url": "https://example.com/hook"} | fields
    told = problem(await app.http.post("/api/webhooks", json=body), 400)
    assert [error["field"] for error in told["errors"]] == [field]
