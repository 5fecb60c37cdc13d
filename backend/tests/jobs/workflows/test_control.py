"""Workflows that are paused, stopped, and lose what they need."""

import asyncio

import pytest

from tests.support.app import App
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import (
    ENDLESS,
    act,
    act_on,
    agent,
    at,
    by_key,
    look,
    over,
    refusal,
    start,
    statuses,
    step,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_paused_workflow_starts_nothing_until_it_goes_on(app: App) -> None:
    fine, slow = await agent(app, "fake;n=2"), await agent(app, ENDLESS)
    workflow = await start(app, step("one", agent=slow), step("two", "one", agent=fine))
    running = await at(app, workflow, one="running")
    paused = await act(app, workflow, "pause")
    assert (paused["status"], paused["waiting_for"]) == ("waiting", "resume")
    assert await act(app, workflow, "pause") == paused
    assert await refusal(app, workflow, "start") == "workflow_not_ready"
    # What has begun goes on to its end; what depends on it waits.
    task_id = by_key(running)["one"]["task_id"]
    await app.post(f"/api/tasks/{task_id}/cancel", status=200)
    await act_on(app, await at(app, workflow, one="cancelled"), "one", "skip")
    still = await look(app, workflow)
    assert (still["status"], statuses(still)["two"]) == ("waiting", "pending")
    resumed = await act(app, workflow, "resume")
    assert (resumed["status"], statuses(resumed)["two"]) == ("running", "ready")
    assert (await over(app, workflow))["status"] == "completed"
    assert await refusal(app, workflow, "pause") == "workflow_not_running"
    assert await refusal(app, workflow, "resume") == "workflow_not_paused"


async def test_stop_ends_everything_before_it_is_acknowledged_and_twice_is_once(
    app: App, one_upstream: FakeUpstream
) -> None:
    slow = await agent(app, ENDLESS)
    workflow = await start(
        app, step("one", agent=slow), step("two", agent=slow), step("three", "one", agent=slow)
    )
    running = await at(app, workflow, one="running", two="running")
    both = await asyncio.gather(*(act(app, workflow, "cancel") for _ in range(2)))
    stopped = both[0]
    assert {answer["status"] for answer in both} == {"cancelled"}
    assert set(statuses(stopped).values()) == {"cancelled"}
    assert stopped["finished_at"] is not None
    for key in ("one", "two"):
        task = await app.get(f"/api/tasks/{by_key(running)[key]['task_id']}")
        assert task["status"] == "cancelled"

    async def let_go() -> bool:
        return one_upstream.stats()["live"] == 0

    await until(let_go, lambda: "the model is still asked")
    assert await act(app, workflow, "cancel") == await look(app, workflow)
    # A retry takes up all that the stop left out.
    again = await act_on(app, stopped, "one", "retry")
    assert statuses(again) == {"one": "ready", "two": "ready", "three": "pending"}
    await act(app, workflow, "cancel")


async def test_task_whose_agent_is_gone_fails_when_its_turn_comes(app: App) -> None:
    slow, fine = await agent(app, ENDLESS), await agent(app, "fake;n=2")
    gone = await agent(app, "fake;n=2")
    workflow = await start(
        app,
        step("busy", agent=slow),
        step("later", "first", agent=gone),
        step("first", agent=fine),
        step("off", "first", agent=fine, on_failure="ask"),
    )
    await at(app, workflow, busy="running")
    found = {one["handle"]: one["id"] for one in await app.get("/api/agents", limit=200)}
    assert (await app.http.delete(f"/api/agents/{found[gone]}")).status_code == 204
    assert (await app.http.delete(f"/api/agents/{found[slow]}")).status_code == 204
    done = await over(app, workflow)
    assert done["status"] == "failed"
    tasks = by_key(done)
    for key in ("busy", "later"):
        assert (tasks[key]["status"], tasks[key]["error"]["code"]) == ("failed", "agent_gone")
    assert tasks["off"]["status"] == "completed"
    assert await refusal(app, done, f"tasks/{tasks['later']['id']}/retry") == "agent_gone"


async def test_task_whose_agent_is_switched_off_fails_and_can_be_retried(app: App) -> None:
    slow, off = await agent(app, "fake;ttft=1;n=2"), await agent(app, "fake;n=2")
    workflow = await start(app, step("one", agent=slow), step("two", "one", agent=off))
    found = {one["handle"]: one["id"] for one in await app.get("/api/agents", limit=200)}
    path = f"/api/agents/{found[off]}"
    await app.http.put(path, json={"is_active": False})
    done = await over(app, workflow)
    assert by_key(done)["two"]["error"]["code"] == "agent_inactive"
    await app.http.put(path, json={"is_active": True})
    assert (await over(app, await act_on(app, done, "two", "retry")))["status"] == "completed"


@pytest.mark.parametrize("gone", ["channel", "card"])
async def test_workflow_ends_with_its_channel_or_its_card(app: App, gone: str) -> None:
    slow = await agent(app, ENDLESS)
    workflow = await start(app, step("one", agent=slow), step("two", "one", agent=slow))
    running = await at(app, workflow, one="running")
    if gone == "channel":
        path = f"/api/channels/{workflow['channel_id']}"
        response = await app.http.put(path, json={"archived": True})
    else:
        response = await app.http.delete(f"/api/messages/{workflow['message_id']}")
    assert response.status_code < 300
    ended = await look(app, workflow)
    code = {"channel": "channel_archived", "card": "card_deleted"}[gone]
    assert (ended["status"], ended["error"]["code"]) == ("cancelled", code)
    assert set(statuses(ended).values()) == {"cancelled"}
    task = await app.get(f"/api/tasks/{by_key(running)['one']['task_id']}")
    assert task["status"] == "cancelled"
    if gone == "channel":
        one = by_key(ended)["one"]["id"]
        assert await refusal(app, ended, f"tasks/{one}/retry") == "channel_archived"


async def test_deleted_request_of_a_task_stops_it_alone(app: App) -> None:
    slow, fine = await agent(app, ENDLESS), await agent(app, "fake;n=2")
    workflow = await start(app, step("one", agent=slow), step("two", agent=fine))
    running = await at(app, workflow, one="running", two="completed")
    task = await app.get(f"/api/tasks/{by_key(running)['one']['task_id']}")
    await app.http.delete(f"/api/messages/{task['message_id']}")
    ended = await over(app, workflow)
    assert statuses(ended) == {"one": "cancelled", "two": "completed"}
    # Its request is gone, so a retry asks anew.
    again = await at(app, await act_on(app, ended, "one", "retry"), one="running")
    assert by_key(again)["one"]["task_id"] != task["id"]
    await act(app, workflow, "cancel")
