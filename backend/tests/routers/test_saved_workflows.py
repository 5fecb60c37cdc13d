"""Saved workflows over HTTP: kept, filled with values, and made into workflows."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.app import App, Json, checked, problem
from tests.support.steps import plan, ring, step

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def app(shared_app: App) -> App:
    return shared_app


def body(**fields: Any) -> Json:
    return {
        "name": f"Launch {uuid4().hex[:8]}",
        "title": "Launch {{product}}",
        "request": "Launch {{product}} in {{place}}.",
        "tasks": [
            step("text", description="About {{ product }}"),
            step("check", "text", title="Check {{place}}", expected_output="{{note}}"),
        ],
        "parameters": [
            {"name": "product"},
            {"name": "place", "default": "Rome"},
            {"name": "note", "required": False},
        ],
    } | fields


async def saved(app: App, **fields: Any) -> Json:
    return await app.post("/api/saved-workflows", body(**fields))


async def run(app: App, one: Json, status: int = 201, **fields: Any) -> Json:
    channel = await app.channel(uuid4().hex)
    sent = {"channel_id": channel["id"], "auto_start": False} | fields
    response = await app.http.post(f"/api/saved-workflows/{one['id']}/run", json=sent)
    return checked(response, status) if status < 300 else problem(response, status)


async def refused(app: App, status: int = 400, **fields: Any) -> Json:
    response = await app.http.post("/api/saved-workflows", json=body(**fields))
    return problem(response, status)


async def test_values_are_put_into_every_text(app: App) -> None:
    one = await saved(app)
    made = await run(app, one, parameters={"product": "Tea"})
    assert made["title"] == "Launch Tea"
    assert made["request"] == "Launch Tea in Rome."
    first, second = made["tasks"]
    assert first["description"] == "About Tea"
    assert (second["title"], second["expected_output"]) == ("Check Rome", "")
    assert made["status"] == "ready"
    assert made["metadata"]["saved_workflow_id"] == one["id"]


async def test_values_are_data(app: App) -> None:
    agent = await app.agent(f"Victim {uuid4().hex[:6]}")
    value = f"{{{{place}}}} @{agent['handle']} **x** <script>"
    made = await run(app, await saved(app), parameters={"product": value})
    assert made["title"] == f"Launch {value}"
    card = await app.get(f"/api/messages/{made['message_id']}")
    assert card["mentions"] == []
    assert await app.get("/api/tasks", agent_id=agent["id"]) == []


async def test_missing_unknown_and_long_parameters_are_told(app: App) -> None:
    one = await saved(app)
    told = await run(app, one, 400, parameters={"colour": "red"})
    assert {error["field"] for error in told["errors"]} == {
        "parameters.product",
        "parameters.colour",
    }
    assert told["code"] == "invalid_parameters"
    told = await run(app, one, 400, parameters={"product": "x" * 4_001})
    assert "parameters.product" in told["errors"][0]["field"]
    # Each within its limit, but not what comes of them together.
    wide = await saved(app, request="{{product}}{{product}}{{product}}")
    told = await run(app, wide, 400, parameters={"product": "x" * 3_000})
    assert told["errors"][0]["field"] == "request"


async def test_a_long_value_shortens_titles(app: App) -> None:
    made = await run(app, await saved(app), parameters={"product": "so\n" + "x" * 1_000})
    assert len(made["title"]) == 200
    assert made["title"].startswith("Launch so xxx")
    assert made["title"].endswith("x…")


async def test_a_run_sent_twice_makes_one_workflow(app: App) -> None:
    one, channel = await saved(app), await app.channel(uuid4().hex)
    sent = {"channel_id": channel["id"], "parameters": {"product": "a"}, "client_id": "once"}
    first = await app.post(f"/api/saved-workflows/{one['id']}/run", sent)
    again = await app.post(f"/api/saved-workflows/{one['id']}/run", sent, status=200)
    assert again["id"] == first["id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "Launch {{x}}"}, "title"),
        ({"parameters": []}, "title"),
        ({"tasks": [step("a", description="{{x}}")]}, "tasks.0.description"),
        ({"tasks": [step("a", agent="nobody-at-all")]}, "tasks.0.agent"),
        ({"tasks": ring(2)}, "tasks.0.depends_on"),
        ({"parameters": [{"name": "a b"}]}, "parameters.0.name"),
        ({"parameters": [{"name": "product"}, {"name": "product"}]}, "parameters"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_can_not_be_saved_is_refused_with_its_field(
    app: App, fields: Json, field: str
) -> None:
    told = await refused(app, **fields)
    assert field in [error["field"] for error in told["errors"]]


async def test_names_are_unique_without_case(app: App) -> None:
    one = await saved(app)
    told = await refused(app, 409, name=one["name"].upper())
    assert told["code"] == "saved_workflow_name_taken"
    other = await saved(app)
    response = await app.http.put(
        f"/api/saved-workflows/{other['id']}", json={"name": one["name"].upper()}
    )
    assert problem(response, 409)["code"] == "saved_workflow_name_taken"


async def test_is_changed_and_deleted(app: App) -> None:
    one = await saved(app)
    address = f"/api/saved-workflows/{one['id']}"
    after = checked(await app.http.put(address, json={"description": "New"}), 200)
    assert after == one | {"description": "New", "updated_at": after["updated_at"]}
    refusal = problem(await app.http.put(address, json={"parameters": []}), 400)
    assert refusal["errors"][0]["field"] == "title"
    made = await run(app, one, parameters={"product": "Tea"})
    checked(await app.http.delete(address), 204)
    problem(await app.http.get(address), 404)
    problem(await app.http.put(address, json={"description": "x"}), 404)
    problem(await app.http.delete(address), 404)
    await app.get(f"/api/workflows/{made['id']}")
    actions = [entry["action"] for entry in await app.get("/api/audit", limit=50)]
    assert {"saved_workflow.created", "saved_workflow.updated", "saved_workflow.deleted"} <= set(
        actions
    )


async def test_a_workflow_is_saved_with_the_placeholders_of_its_texts(app: App) -> None:
    channel = await app.channel(uuid4().hex)
    made = await app.post(
        "/api/workflows", plan(channel, step("a", description="Tell {{who}}"), step("b", "a"))
    )
    name = uuid4().hex
    one = await app.post(
        f"/api/workflows/{made['id']}/save",
        {"name": name, "parameters": [{"name": "extra", "required": False}]},
    )
    assert [parameter["name"] for parameter in one["parameters"]] == ["extra", "who"]
    assert [task["depends_on"] for task in one["tasks"]] == [[], ["a"]]
    again = await run(app, one, parameters={"who": "Ann"})
    assert again["tasks"][0]["description"] == "Tell Ann"
    response = await app.http.post(f"/api/workflows/{made['id']}/save", json={"name": name})
    problem(response, 409)
    problem(await app.http.post(f"/api/workflows/{uuid4()}/save", json={"name": "x"}), 404)


async def test_pages_lead_through_own_ones_to_the_demos(app: App) -> None:
    made = [(await saved(app))["id"] for _ in range(3)]
    seen: list[Json] = []
    address = "/api/saved-workflows?limit=2"
    while address:
        response = await app.http.get(address)
        rows = checked(response, 200)
        assert len(rows) <= 2
        seen += rows
        address = response.links.get("next", {}).get("url", "")
    ids = [row["id"] for row in seen]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if one in made] == made[::-1]
    assert [row["name"] for row in seen[-3:]] == ["software", "marketing", "research"]
    assert [row["is_demo"] for row in seen[-4:]] == [False, True, True, True]
    problem(await app.http.get("/api/saved-workflows?cursor=abc"), 400)
    found = await app.get("/api/saved-workflows", q="RESEARCH")
    assert [row["name"] for row in found] == ["research"]


async def test_a_demo_stays_as_it_is(app: App) -> None:
    (demo,) = await app.get("/api/saved-workflows", q="software")
    address = f"/api/saved-workflows/{demo['id']}"
    assert await app.get(address) == demo
    told = problem(await app.http.put(address, json={"name": "mine"}), 409)
    assert told["code"] == "demo_is_read_only"
    problem(await app.http.delete(address), 409)


async def test_a_demo_finds_agents_that_are_there(app: App) -> None:
    (demo,) = await app.get("/api/saved-workflows", q="marketing")
    made = await run(app, demo)
    assert {task["agent"] for task in made["tasks"]} <= {"backend", "frontend", "qa", "devops"}
    writer = await app.agent("Copywriter", role="Writes")
    strategy = await app.agent("Planner 7", role="Marketing strategist of audiences")
    made = await run(app, demo, parameters={"product": "Tea"})
    agents = {task["key"]: task["agent"] for task in made["tasks"]}
    assert agents["page"] == writer["handle"]
    assert agents["audience"] == strategy["handle"]
    assert made["title"] == "Launch of Tea"
    for one in (writer, strategy):
        checked(await app.http.delete(f"/api/agents/{one['id']}"), 204)
