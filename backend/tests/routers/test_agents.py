"""The contract of /api/agents."""

import asyncio
from typing import Any

import pytest

from tests.support.app import App, checked, problem


async def test_an_agent_is_created_read_changed_and_deleted(app: App) -> None:
    response = await app.http.post(
        "/api/agents",
        json={"name": " Code Reviewer ", "role": "Reviews code", "capabilities": ["python"]},
    )
    made = checked(response, 201)
    assert response.headers["location"] == f"/api/agents/{made['id']}"
    assert made["handle"] == "code-reviewer"
    assert made["agent_type"] == "custom"
    assert made["is_custom"]
    assert made["is_active"]
    assert made["created_by"] == "local-user"
    assert made["persona"]["goal"] == "Assist with Reviews code tasks"
    config = made["config"]
    assert (config["provider"], config["model"]) == ("openai", "fake")
    assert (config["temperature"], config["max_tokens"]) == (0.7, 4000)

    address = f"/api/agents/{made['id']}"
    assert await app.get(address) == made
    changed = checked(await app.http.put(address, json={"role": "Reads", "is_active": False}), 200)
    assert changed["persona"]["role"] == "Reads"
    assert changed["persona"]["capabilities"] == ["python"]
    assert not changed["is_active"]
    assert await app.get(address) == changed

    assert (await app.http.delete(address)).status_code == 204
    assert problem(await app.http.get(address), 404)["code"] == "agent_not_found"
    assert problem(await app.http.delete(address), 404)


async def test_how_an_agent_remembers_is_set_part_by_part(app: App) -> None:
    fresh = {
        "recall": True,
        "remember": "facts",
        "expire_after_days": None,
        "half_life_days": None,
        "summarize_after_days": None,
    }
    assert (await app.agent("Plain"))["config"]["memory"] == fresh
    made = await app.agent("Careful", memory={"remember": "off", "expire_after_days": 30})
    asked = {**fresh, "remember": "off", "expire_after_days": 30}
    assert made["config"]["memory"] == asked
    address = f"/api/agents/{made['id']}"

    async def put(memory: Any) -> Any:
        changed = await app.http.put(address, json={"memory": memory})
        return checked(changed, 200)["config"]["memory"]

    assert await put({"recall": False}) == {**asked, "recall": False}
    assert await put({"expire_after_days": None}) == {**fresh, "recall": False, "remember": "off"}
    copy = checked(await app.http.post(f"{address}/duplicate", json={}), 201)
    assert copy["config"]["memory"] == {**fresh, "recall": False, "remember": "off"}
    assert await put(None) == fresh


async def test_agents_of_before_there_were_memory_settings_have_the_usual_ones(app: App) -> None:
    assert all(
        agent["config"]["memory"]["recall"] and agent["config"]["memory"]["remember"] == "facts"
        for agent in await app.get("/api/agents", custom=False)
    )


async def test_of_equal_names_at_the_same_moment_one_is_taken(app: App) -> None:
    names = ["Alpha", "alpha", "ALPHA", "alpha "] * 5
    responses = await asyncio.gather(
        *(app.http.post("/api/agents", json={"name": n, "role": "abc"}) for n in names)
    )
    assert sorted(r.status_code for r in responses) == [201] + [409] * 19
    refused = problem(next(r for r in responses if r.status_code == 409), 409)
    assert refused["errors"][0]["field"] == "name"


async def test_default_agents_are_listed_and_stay(app: App) -> None:
    defaults = await app.get("/api/agents", custom=False)
    assert {agent["handle"] for agent in defaults} == {
        "orchestrator",
        "backend",
        "frontend",
        "qa",
        "devops",
    }
    response = await app.http.delete(f"/api/agents/{defaults[0]['id']}")
    assert problem(response, 403)
    assert len(await app.get("/api/agents", custom=False)) == 5


async def test_pages_lead_through_all_agents_once(app: App) -> None:
    for number in range(7):
        await app.agent(f"Agent {number}")
    seen: list[str] = []
    address = "/api/agents?custom=true&limit=3"
    while True:
        response = await app.http.get(address)
        rows = checked(response, 200)
        assert len(rows) <= 3
        seen += [row["name"] for row in rows]
        if "next" not in response.links:
            break
        address = response.links["next"]["url"]
        assert "custom=true" in address
    assert seen == [f"Agent {number}" for number in range(7)]


async def test_lists_are_narrowed(app: App) -> None:
    await app.agent("Alpha One")
    await app.agent("Beta Two", is_active=False)
    assert [a["name"] for a in await app.get("/api/agents", custom=True, active=False)] == [
        "Beta Two"
    ]
    assert [a["name"] for a in await app.get("/api/agents", q="alpha")] == ["Alpha One"]
    for literal in ("%", "_", "\\", "'"):
        assert await app.get("/api/agents", q=literal) == []


async def test_a_copy_gets_a_name_of_its_own(app: App) -> None:
    made = await app.agent(prompt="Be very careful.", temperature=0.1)
    address = f"/api/agents/{made['id']}/duplicate"
    copy = await app.post(address)
    assert copy["name"] != made["name"]
    assert copy["persona"] == made["persona"]
    assert copy["config"] == made["config"]
    named = await app.post(address, {"name": "Twin"})
    assert named["handle"] == "twin"
    assert problem(await app.http.post(address, json={"name": "twin"}), 409)


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_what_is_not_there_is_not_found(app: App, method: str) -> None:
    suffix = "/duplicate" if method == "POST" else ""
    address = f"/api/agents/00000000-0000-7000-8000-00000000ffff{suffix}"
    assert problem(await app.http.request(method, address, json={}), 404)


async def test_acts_are_on_record(app: App) -> None:
    made = await app.agent()
    await app.http.delete(f"/api/agents/{made['id']}")
    (row,) = await app.get("/api/audit", action="agent.deleted")
    assert row["subject_id"] == made["id"]
    assert row["actor"] == "local-user"
    actions = [entry["action"] for entry in await app.get("/api/audit")]
    assert actions[:2] == ["agent.deleted", "agent.created"]
