"""What keeps workflows going and tells of them: locks in one order, sweeps, events, and running again."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.repositories import tasks as task_rows
from reznet.repositories import workflows as workflow_rows
from reznet.services import outbox
from reznet.services.workflow_runs import upkeep
from tests.support.app import App, Json, problem
from tests.support.workflow_runs import (
    ENDLESS,
    act,
    act_on,
    agent,
    at,
    by_key,
    look,
    make,
    over,
    seen,
    start,
    statuses,
    step,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def execute(app: App, statement: str, **values: object) -> None:
    async with app.runtime.database.write() as session:
        await session.execute(text(statement), values)


async def test_whoever_locks_a_task_has_locked_its_workflow_before(app: App) -> None:
    slow = await agent(app, ENDLESS)
    workflow = await at(app, await start(app, step("one", agent=slow)), one="running")
    workflow_id, task_id = UUID(workflow["id"]), UUID(by_key(workflow)["one"]["task_id"])
    database = app.runtime.database

    async def lock_task() -> bool:
        async with database.write() as session:
            return await task_rows.lock(session, task_id) is not None

    async def waits() -> bool:
        async with database.read() as session:
            found = await session.execute(
                text(
                    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                    "and datname = current_database() and query like '%workflow_of%'"
                )
            )
            return found.scalar_one() > 0

    async with database.write() as holder:
        await workflow_rows.lock(holder, workflow_id)
        waiting = asyncio.create_task(lock_task())
        await until(waits, lambda: "nobody waits for the workflow")
        # The task's row is still free: else the two could wait for each other.
        async with database.write() as other:
            query = text("select id from tasks where id = :id for update nowait")
            assert (await other.execute(query, {"id": task_id})).scalar_one() == task_id
    assert await waiting
    await act(app, workflow, "cancel")


async def test_end_of_a_run_that_was_missed_is_taken_over(app: App) -> None:
    """As after a restore: the task has ended, and its workflow does not know."""
    slow, fine = await agent(app, ENDLESS), await agent(app, "fake;n=2")
    workflow = await start(app, step("one", agent=slow), step("two", "one", agent=fine))
    running = await at(app, workflow, one="running")
    await execute(
        app,
        "update tasks set status = 'completed', finished_at = now() where id = :id",
        id=UUID(by_key(running)["one"]["task_id"]),
    )
    async with app.runtime.database.read() as session:
        assert UUID(workflow["id"]) in await upkeep.stalled(session)
    async with app.runtime.database.write() as session:
        assert await upkeep.drive(session, app.runtime.ports, UUID(workflow["id"]))
    done = await over(app, workflow)
    assert statuses(done) == {"one": "completed", "two": "completed"}
    async with app.runtime.database.read() as session:
        assert UUID(workflow["id"]) not in await upkeep.stalled(session)


async def test_workflow_that_somebody_is_at_is_left_to_them(app: App) -> None:
    slow = await agent(app, ENDLESS)
    workflow = await start(app, step("one", agent=slow))
    workflow_id = UUID(workflow["id"])
    async with app.runtime.database.write() as holder:
        await workflow_rows.lock(holder, workflow_id)
        async with app.runtime.database.write() as other:
            assert not await upkeep.drive(other, app.runtime.ports, workflow_id)
    await act(app, workflow, "cancel")


async def test_task_whose_worker_is_dead_is_said_to_be_resuming(app: App) -> None:
    slow = await agent(app, ENDLESS)
    workflow = await at(app, await start(app, step("one", agent=slow)), one="running")
    task = by_key(workflow)["one"]
    assert task["resuming"] is False
    move = "update tasks set worker = :worker where id = :id"
    await execute(app, move, worker="reznet-dead", id=UUID(task["task_id"]))
    assert by_key(await look(app, workflow))["one"]["resuming"] is True
    assert (await app.get(f"/api/workflows/{workflow['id']}/tasks"))[0]["resuming"] is True
    before = len(await told(app, workflow))
    async with app.runtime.database.write() as session:
        assert await upkeep.tell_resuming(session, app.runtime.ports, "reznet-dead") == 1
    assert len(await told(app, workflow)) == before + 1
    await act(app, workflow, "cancel")


async def told(app: App, workflow: Json) -> list[str]:
    """Return the kinds of events about workflows that the channel was told, in order."""
    async with app.runtime.database.read() as session:
        missed = await outbox.since(session, UUID(workflow["channel_id"]), 0, 2**31, limit=1000)
    kinds = [event.kind.value for event in missed.events]
    return [kind for kind in kinds if kind.startswith("workflow")]


async def test_each_change_is_told(app: App) -> None:
    fine = await agent(app, "fake;n=2")
    done = await over(
        app, await start(app, step("one", agent=fine), step("two", "one", agent=fine))
    )
    kinds = await told(app, done)
    # Each task was made ready, begun and ended; two of these may fall into one transaction.
    assert kinds.count("workflow_progress") >= 5
    assert kinds.count("workflow_updated") >= 3  # made, started, over


async def test_run_again_is_a_new_workflow_that_knows_which_it_repeats(app: App) -> None:
    fine = await agent(app, "fake;n=2")
    first = await over(app, await start(app, step("one", agent=fine), request="Do it"))
    body = {"client_id": "again"}
    second = await app.post(f"/api/workflows/{first['id']}/rerun", body)
    assert second["id"] != first["id"]
    assert (second["root_id"], second["request"]) == (first["id"], "Do it")
    again = await app.post(f"/api/workflows/{first['id']}/rerun", body, status=200)
    assert again["id"] == second["id"]
    assert (await over(app, second))["status"] == "completed"
    edited = {"title": "Other", "tasks": [step("two", agent=fine)], "auto_start": False}
    third = await app.post(f"/api/workflows/{second['id']}/rerun", edited)
    assert (third["root_id"], third["title"], third["status"]) == (first["id"], "Other", "ready")
    assert statuses(third) == {"two": "pending"}
    bad = {"tasks": [step("two", "two", agent=fine)]}
    refused = await app.http.post(f"/api/workflows/{first['id']}/rerun", json=bad)
    assert problem(refused, 400)["errors"][0]["field"].startswith("tasks.0")
    assert (await look(app, first))["status"] == "completed"


async def test_edit_of_a_plan_that_waits_for_a_decision_lets_new_tasks_run(app: App) -> None:
    broken, fine = await agent(app, "fake;fail=401"), await agent(app, "fake;n=2")
    bad = step("bad", agent=broken, on_failure="ask")
    workflow = await start(app, bad, step("after", "bad", agent=fine))
    waiting = await seen(app, workflow, lambda now: now["status"] == "waiting")
    tasks = [bad, step("after", "bad", agent=fine), step("new", agent=fine)]
    response = await app.http.put(
        f"/api/workflows/{workflow['id']}", json={"version": waiting["version"], "tasks": tasks}
    )
    assert response.status_code == 200, response.text
    assert response.json()["status"] == "running"
    waiting = await seen(app, workflow, lambda now: now["status"] == "waiting")
    assert statuses(waiting) == {"bad": "failed", "after": "pending", "new": "completed"}
    assert (await over(app, await act_on(app, waiting, "bad", "skip")))["status"] == "completed"


async def test_plan_that_is_not_started_is_not_run(app: App) -> None:
    fine = await agent(app, "fake;n=2")
    workflow = await make(app, step("one", agent=fine))
    async with app.runtime.database.write() as session:
        await upkeep.drive(session, app.runtime.ports, UUID(workflow["id"]))
    assert (await look(app, workflow))["status"] == "ready"
    missing = await app.http.post(f"/api/workflows/{workflow['id']}/tasks/{workflow['id']}/retry")
    assert problem(missing, 404)["code"] == "workflow_task_not_found"
