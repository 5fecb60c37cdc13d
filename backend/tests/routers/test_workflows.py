"""Plans over HTTP: made, shown, edited version by version, listed and deleted."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.support.app import App, Json, checked, problem
from tests.support.steps import plan, ring, step

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


async def new_handle(app: App, word: str = "Tester") -> str:
    """Return the handle of a new agent."""
    return (await app.agent(f"{word} {uuid4().hex[:8]}"))["handle"]


async def room(app: App) -> Json:
    return await app.channel(uuid4().hex)


async def listed(app: App, channel: Json, **params: str) -> list[Json]:
    return checked(
        await app.http.get("/api/workflows", params={"channel_id": channel["id"], **params}), 200
    )


async def made(app: App, *tasks: Json, **fields: Any) -> Json:
    channel = await room(app)
    return await app.post("/api/workflows", plan(channel, *tasks, **fields))


async def card_of(app: App, workflow: Json) -> Json:
    return await app.get(f"/api/messages/{workflow['message_id']}")


async def put(app: App, workflow: Json, status: int = 200, **fields: object) -> Json:
    body = {"version": workflow["version"], **fields}
    response = await app.http.put(f"/api/workflows/{workflow['id']}", json=body)
    return checked(response, status) if status == 200 else problem(response, status)


async def test_a_plan_is_stored_and_shown_as_a_card(app: App) -> None:
    reviewer = await new_handle(app)
    workflow = await made(
        app,
        step("design"),
        step("review", "design", agent=reviewer, on_failure="ask"),
        request="Launch it",
    )
    assert workflow["status"] == "ready"
    assert workflow["version"] == 1
    assert workflow["request"] == "Launch it"
    assert workflow["progress"] == {"completed": 0, "done": 0, "total": 2, "percent": 0}
    first, second = workflow["tasks"]
    assert (first["status"], first["position"], first["depends_on"]) == ("pending", 0, [])
    assert (second["agent"], second["depends_on"]) == (reviewer, ["design"])
    assert second["on_failure"] == "ask"
    assert await app.get(f"/api/workflows/{workflow['id']}") == workflow
    assert await app.get(f"/api/workflows/{workflow['id']}/tasks") == workflow["tasks"]
    card = await card_of(app, workflow)
    assert card["metadata"] == {"workflow_id": workflow["id"]}
    assert card["author"]["kind"] == "agent"
    assert card["author"]["name"] == "Orchestrator"
    assert f"2. Review (`review`) · {reviewer} · after `design`" in card["content"]


async def test_the_same_key_makes_one_workflow(app: App) -> None:
    channel = await room(app)
    body = plan(channel, step("a"))
    headers = {"Idempotency-Key": "once"}
    responses = await asyncio.gather(
        *(app.http.post("/api/workflows", json=body, headers=headers) for _ in range(5))
    )
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 201]
    assert len({response.json()["id"] for response in responses}) == 1
    assert len(await listed(app, channel)) == 1
    assert len(await app.get(f"/api/channels/{channel['id']}/messages")) == 1
    again = await app.post("/api/workflows", body | {"client_id": "once"}, status=200)
    assert again["id"] == responses[0].json()["id"]


async def test_an_edit_is_a_new_version_that_says_what_changed(app: App) -> None:
    tester = await new_handle(app)
    workflow = await made(app, step("api"), step("tests", "api"), step("docs"))
    edited = await put(
        app,
        workflow,
        title="Launch soon",
        tasks=[
            step("api"),
            step("tests", agent=tester),
            step("deploy", "api", "tests", title="Deploy it"),
        ],
    )
    assert edited["version"] == 2
    assert [task["key"] for task in edited["tasks"]] == ["api", "tests", "deploy"]
    assert edited["tasks"][0]["id"] == workflow["tasks"][0]["id"]
    versions = await app.get(f"/api/workflows/{workflow['id']}/versions")
    assert [version["version"] for version in versions] == [2, 1]
    assert versions[0]["created_by"] == "local-user"
    assert versions[0]["summary"] == (
        "Renamed the plan to “Launch soon”; Added “Deploy it”; Removed “Docs”; "
        f"“Tests” is now done by @{tester}; “Tests” now waits for nothing."
    )
    assert versions[1]["summary"] == "Made the plan, with 3 tasks."
    first = await app.get(f"/api/workflows/{workflow['id']}/versions/1")
    assert [task["key"] for task in first["tasks"]] == ["api", "tests", "docs"]
    assert "Deploy it" in (await card_of(app, workflow))["content"]
    audit = await app.get("/api/audit", action="workflow.updated")
    assert audit[0]["details"] == {"title": "Launch soon", "version": 2}


async def test_an_edit_of_nothing_makes_no_version(app: App) -> None:
    workflow = await made(app, step("a"), step("b", "a"))
    same = await put(app, workflow, title="Launch", tasks=[step("a"), step("b", "a")])
    assert same == workflow


async def test_of_two_edits_at_once_the_second_is_told_of_the_first(app: App) -> None:
    workflow = await made(app, step("a"))
    address = f"/api/workflows/{workflow['id']}"
    bodies = [{"version": 1, "tasks": [step("a"), step(f"b{index}")]} for index in range(4)]
    responses = await asyncio.gather(*(app.http.put(address, json=body) for body in bodies))
    won = [response for response in responses if response.status_code == 200]
    lost = [problem(response, 409) for response in responses if response.status_code != 200]
    assert len(won) == 1
    for refusal in lost:
        assert refusal["code"] == "workflow_changed"
        assert refusal["version"] == 2
        assert refusal["workflow"] == won[0].json()
    assert len(await app.get(f"{address}/versions")) == 2


async def test_the_order_of_tasks_can_be_changed(app: App) -> None:
    workflow = await made(app, step("a"), step("b"), step("c"))
    edited = await put(app, workflow, tasks=[step("c"), step("a"), step("b")])
    assert [task["key"] for task in edited["tasks"]] == ["c", "a", "b"]
    (newest, *_) = await app.get(f"/api/workflows/{workflow['id']}/versions")
    assert newest["summary"] == "Changed the order of the tasks."


async def test_a_plan_that_is_none_is_refused_with_every_reason(app: App) -> None:
    channel = await room(app)
    researcher = await new_handle(app, "Researcher")
    misspelt = researcher.replace("researcher", "reseacher")
    tasks = [
        step("a", "b"),
        step("b", "a", agent=misspelt),
        step("b", "nowhere"),
        step("c", "c"),
    ]
    refusal = problem(await app.http.post("/api/workflows", json=plan(channel, *tasks)), 400)
    assert refusal["code"] == "invalid_plan"
    told = {(error["field"], error["message"]) for error in refusal["errors"]}
    assert told == {
        ("tasks.2.key", "is “b”, as that of task 2 already is"),
        ("tasks.1.agent", f"there is no agent “{misspelt}”; did you mean @{researcher}?"),
        ("tasks.2.depends_on", "names “nowhere”, which the plan does not have"),
        ("tasks.3.depends_on", "“c” can't wait for itself (c → c)"),
        ("tasks.0.depends_on", "tasks wait for each other: a → b → a"),
    }
    assert await listed(app, channel) == []
    assert await app.get(f"/api/channels/{channel['id']}/messages") == []


async def test_an_edit_that_makes_a_ring_is_refused(app: App) -> None:
    workflow = await made(app, *[step(f"t{index}") for index in range(50)])
    refusal = await put(app, workflow, 400, tasks=ring(50))
    assert "t0 → t1 → t2 → t3 → t4 → (41 more) → " in refusal["detail"]
    assert await app.get(f"/api/workflows/{workflow['id']}") == workflow


async def test_agents_that_are_switched_off_are_named(app: App) -> None:
    agent = await app.agent(f"Tester {uuid4().hex[:8]}")
    await app.http.put(f"/api/agents/{agent['id']}", json={"is_active": False})
    channel = await room(app)
    body = plan(channel, step("a", agent=agent["handle"]))
    refusal = problem(await app.http.post("/api/workflows", json=body), 400)
    (error,) = refusal["errors"]
    assert error["field"] == "tasks.0.agent"
    assert error["message"].startswith(f"@{agent['handle']} is switched off")


async def test_workflows_are_listed_newest_first_and_found(app: App) -> None:
    here, there = await room(app), await room(app)
    for index in range(5):
        body = plan(here, step("a"), title=f"Plan {index}", request="100%_sure")
        await app.post("/api/workflows", body)
    await app.post("/api/workflows", plan(there, step("a"), title="Other"))
    pages: list[list[str]] = []
    response = await app.http.get("/api/workflows", params={"limit": 2, "channel_id": here["id"]})
    while True:
        pages.append([workflow["title"] for workflow in checked(response, 200)])
        if "next" not in response.links:
            break
        response = await app.http.get(response.links["next"]["url"])
    assert pages == [["Plan 4", "Plan 3"], ["Plan 2", "Plan 1"], ["Plan 0"]]
    assert [one["title"] for one in await listed(app, there, q="OTH")] == ["Other"]
    assert len(await listed(app, here, q="%_S")) == 5
    assert await listed(app, here, q="0_s") == []
    assert len(await listed(app, here, status="ready")) == 5
    assert await listed(app, here, status="running") == []
    assert (await app.get("/api/workflows"))[0]["title"] == "Other"
    assert "tasks" not in (await app.get("/api/workflows"))[0]


async def test_a_deleted_workflow_leaves_a_card_that_says_so(app: App) -> None:
    workflow = await made(app, step("a"), title="Gone *soon*")
    response = await app.http.delete(f"/api/workflows/{workflow['id']}")
    assert response.status_code == 204
    await app.get(f"/api/workflows/{workflow['id']}", status=404)
    card = await card_of(app, workflow)
    assert card["content"] == ("~~Gone \\*soon\\*~~\n\nThis workflow was deleted by You.")
    assert card["metadata"] == {}
    response = await app.http.delete(f"/api/workflows/{workflow['id']}")
    assert problem(response, 404)["code"] == "workflow_not_found"


async def test_deleting_the_card_of_a_plan_ends_it(app: App) -> None:
    workflow = await made(app, step("a"))
    assert (await app.http.delete(f"/api/messages/{workflow['message_id']}")).status_code == 204
    assert (await put(app, workflow, 409, title="No more"))["code"] == "workflow_finished"
    assert (await app.get(f"/api/workflows/{workflow['id']}"))["error"]["code"] == "card_deleted"
    assert (await app.http.delete(f"/api/workflows/{workflow['id']}")).status_code == 204
    await app.get(f"/api/messages/{workflow['message_id']}", status=404)


async def test_channels_that_take_no_plan(app: App) -> None:
    workflow = await made(app, step("a"))
    await app.http.put(f"/api/channels/{workflow['channel_id']}", json={"archived": True})
    body = plan({"id": workflow["channel_id"]}, step("a"))
    refusal = problem(await app.http.post("/api/workflows", json=body), 409)
    assert refusal["code"] == "channel_archived"
    assert (await put(app, workflow, 409, title="No"))["code"] == "channel_archived"
    body = plan({"id": str(uuid4())}, step("a"))
    refusal = problem(await app.http.post("/api/workflows", json=body), 404)
    assert refusal["code"] == "channel_not_found"


async def test_direct_messages_take_a_plan(app: App) -> None:
    agent = await app.agent(f"Tester {uuid4().hex[:8]}")
    direct = await app.post("/api/channels", {"agent_id": agent["id"]})
    workflow = await app.post("/api/workflows", plan(direct, step("a", agent=agent["name"])))
    assert workflow["tasks"][0]["agent_id"] == agent["id"]
    assert await app.get("/api/tasks", agent_id=agent["id"]) == []


async def test_a_channel_may_let_its_plans_start(app: App) -> None:
    channel = await room(app)
    assert channel["auto_run"] is False
    changed = checked(
        await app.http.put(f"/api/channels/{channel['id']}", json={"auto_run": True}), 200
    )
    assert changed["auto_run"] is True
    audit = await app.get("/api/audit", action="channel.updated")
    assert audit[0]["details"]["fields"] == ["auto_run"]
    held = await app.post("/api/workflows", plan(channel, step("a"), auto_start=False))
    assert (held["auto_start"], held["status"]) == (False, "ready")
    going = await app.post("/api/workflows", plan(channel, step("a"), step("b", "a")))
    assert (going["auto_start"], going["status"]) == (True, "running")
    assert [task["status"] for task in going["tasks"]] == ["ready", "pending"]
