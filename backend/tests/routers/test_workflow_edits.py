"""Edits beside tasks that have begun, and workflows that can't be edited."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from reznet.repositories import workflow_tasks, workflows
from tests.support.app import App, Json, checked, problem
from tests.support.steps import plan, step

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Stage:
    """A workflow whose states the test sets, as runs would."""

    def __init__(self, app: App, workflow: Json, tester: Json) -> None:
        self.app, self.workflow, self.tester = app, workflow, tester

    async def put(self, status: int = 200, **fields: object) -> Json:
        body = {"version": self.workflow["version"], **fields}
        response = await self.app.http.put(f"/api/workflows/{self.workflow['id']}", json=body)
        return checked(response, 200) if status == 200 else problem(response, status)

    async def set(self, status: str, waiting_for: str | None, tasks: Mapping[str, str]) -> None:
        async with self.app.runtime.database.write() as session:
            workflow_id = UUID(self.workflow["id"])
            changes = {"status": status, "waiting_for": waiting_for}
            await workflows.update_workflow(session, workflow_id, changes)
            for task in await workflow_tasks.of_workflow(session, workflow_id):
                if task.key in tasks:
                    state = {"status": tasks[task.key]}
                    await workflow_tasks.update_task(session, task.id, state)


TASKS = [
    step("design", description="Think"),
    step("api", "design"),
    step("tests", "api"),
    step("docs", "design"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def stage(shared_app: App) -> Stage:
    name = uuid4().hex[:12]
    tester = await shared_app.agent(f"Tester {name}")
    channel = await shared_app.channel(name)
    workflow = await shared_app.post("/api/workflows", plan(channel, *TASKS))
    return Stage(shared_app, workflow, tester)


async def paused(stage: Stage) -> None:
    await stage.set("waiting", "resume", {"design": "completed", "api": "running"})


async def test_what_has_not_begun_can_be_edited_during_a_pause(stage: Stage) -> None:
    await paused(stage)
    edited = await stage.put(
        tasks=[
            TASKS[0],
            TASKS[1],
            step("review", "api", agent=stage.tester["handle"]),
            step("tests", "api", "review", agent=stage.tester["handle"]),
        ]
    )
    assert [(task["key"], task["status"]) for task in edited["tasks"]] == [
        ("design", "completed"),
        ("api", "running"),
        ("review", "pending"),
        ("tests", "pending"),
    ]
    assert edited["status"] == "waiting"
    assert edited["tasks"][3]["depends_on"] == ["api", "review"]


async def test_what_has_begun_must_stay_as_it_is(stage: Stage) -> None:
    await paused(stage)
    refusal = await stage.put(
        400,
        tasks=[
            step(
                "design", description="Think twice", on_failure="ask", agent=stage.tester["handle"]
            ),
            step("tests"),
        ],
    )
    assert refusal["code"] == "invalid_plan"
    told = {error["field"]: error["message"] for error in refusal["errors"]}
    assert told.keys() == {
        "tasks.0.description",
        "tasks.0.on_failure",
        "tasks.0.agent",
        "tasks",
    }
    assert "“Design” (design) has begun (completed)" in told["tasks.0.agent"]
    assert told["tasks"] == "“Api” (api) has begun and must stay in the plan"
    refusal = await stage.put(400, tasks=[TASKS[0], step("api", "design", "docs"), *TASKS[2:]])
    assert [error["field"] for error in refusal["errors"]] == ["tasks.1.depends_on"]


@pytest.mark.parametrize(
    "state", ["ready", "running", "completed", "failed", "skipped", "cancelled"]
)
async def test_every_state_but_pending_has_begun(stage: Stage, state: str) -> None:
    await stage.set("waiting", "decision", {"docs": state})
    assert (await stage.put(400, tasks=TASKS[:3]))["errors"][0]["field"] == "tasks"
    edited = await stage.put(tasks=[*TASKS, step("more", "docs")])
    assert edited["tasks"][3]["status"] == state


async def test_begun_tasks_may_stand_elsewhere_and_keep_agents_that_are_gone(stage: Stage) -> None:
    app, tester = stage.app, stage.tester
    workflow = await stage.put(
        tasks=[step("design", agent=stage.tester["handle"]), step("api", "design")]
    )
    stage.workflow = workflow
    await stage.set("waiting", "resume", {"design": "completed"})
    assert (await app.http.delete(f"/api/agents/{tester['id']}")).status_code == 204
    same = step("design", agent=f"@{tester['name']}")
    edited = await stage.put(tasks=[step("api", "design", title="API"), same])
    assert [task["key"] for task in edited["tasks"]] == ["api", "design"]
    assert edited["tasks"][1]["agent"] == tester["handle"]
    assert edited["tasks"][1]["agent_id"] is None
    stage.workflow = edited
    refusal = await stage.put(400, tasks=[same, step("api", agent=stage.tester["handle"])])
    assert refusal["errors"][0]["field"] == "tasks.1.agent"
    assert f"there is no agent “{tester['handle']}”" in refusal["errors"][0]["message"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("planning", "workflow_planning"),
        ("running", "workflow_running"),
        ("completed", "workflow_finished"),
        ("failed", "workflow_finished"),
        ("cancelled", "workflow_finished"),
    ],
)
async def test_states_in_which_nothing_is_edited(stage: Stage, status: str, code: str) -> None:
    await stage.set(status, None, {})
    assert (await stage.put(409, title="Another"))["code"] == code
    assert len(await stage.app.get(f"/api/workflows/{stage.workflow['id']}/versions")) == 1


@pytest.mark.parametrize("status", ["planning", "running", "waiting"])
async def test_what_is_under_way_is_not_deleted(stage: Stage, status: str) -> None:
    await stage.set(status, None, {})
    address = f"/api/workflows/{stage.workflow['id']}"
    refusal = problem(await stage.app.http.delete(address), 409)
    assert refusal["code"] == "workflow_running"
    assert f"POST {address}/cancel" in refusal["detail"]


async def test_title_and_limit_alone_can_be_changed(stage: Stage) -> None:
    await paused(stage)
    edited = await stage.put(title="Better", max_parallel=2)
    assert (edited["title"], edited["max_parallel"], edited["version"]) == ("Better", 2, 2)
    (newest, _) = await stage.app.get(f"/api/workflows/{stage.workflow['id']}/versions")
    assert newest["summary"] == (
        "Renamed the plan to “Better”. At most 2 of its tasks run at once now."
    )


async def test_a_future_version_is_refused_like_an_old_one(stage: Stage) -> None:
    stage.workflow = stage.workflow | {"version": 7}
    refusal = await stage.put(409, title="Early")
    assert (refusal["code"], refusal["version"]) == ("workflow_changed", 1)


async def test_an_agent_that_is_renamed_stays_with_its_tasks(stage: Stage) -> None:
    tester = stage.tester
    stage.workflow = await stage.put(tasks=[step("a", agent=tester["handle"]), step("b", "a")])
    await stage.set("waiting", "resume", {"a": "completed"})
    name = f"Checker {uuid4().hex[:8]}"
    renamed = await stage.app.http.put(f"/api/agents/{tester['id']}", json={"name": name})
    handle = checked(renamed, 200)["handle"]
    found = await stage.app.get(f"/api/workflows/{stage.workflow['id']}")
    assert found["tasks"][0]["agent"] == handle
    edited = await stage.put(
        tasks=[step("a", agent=handle), step("b", "a"), step("c", agent=handle)]
    )
    assert [task["agent_id"] for task in edited["tasks"]][::2] == [tester["id"]] * 2
