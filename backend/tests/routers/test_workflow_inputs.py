"""Hostile and odd input to plans."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.app import App, Json, checked, problem
from tests.support.steps import plan, step

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "x" * 100_000


async def refused(app: App, body: Any, status: int = 400) -> Json:
    raw = json.dumps(body)  # with lone surrogates, which httpx would not send
    headers = {"content-type": "application/json"}
    return problem(await app.http.post("/api/workflows", content=raw, headers=headers), status)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": LONG}, "tasks.0.key"),
        ({"key": ""}, "tasks.0.key"),
        ({"key": "a b"}, "tasks.0.key"),
        ({"key": "a\u0000/../b"}, "tasks.0.key"),
        ({"key": "../a"}, "tasks.0.key"),
        ({"key": "\ud800"}, "tasks.0.key"),
        ({"key": None}, "tasks.0.key"),
        ({"key": 7}, "tasks.0.key"),
        ({"title": ""}, "tasks.0.title"),
        ({"title": " \u0000 "}, "tasks.0.title"),
        ({"title": "x" * 201}, "tasks.0.title"),
        ({"description": "x" * 8_001}, "tasks.0.description"),
        ({"expected_output": "x" * 2_001}, "tasks.0.expected_output"),
        ({"agent": ""}, "tasks.0.agent"),
        ({"agent": "@"}, "tasks.0.agent"),
        ({"agent": "\ud800"}, "tasks.0.agent"),
        ({"agent": LONG}, "tasks.0.agent"),
        ({"agent": "nobody-at-all"}, "tasks.0.agent"),
        ({"depends_on": "a"}, "tasks.0.depends_on"),
        ({"depends_on": [LONG]}, "tasks.0.depends_on.0"),
        ({"depends_on": [f"k{one}" for one in range(21)]}, "tasks.0.depends_on"),
        ({"on_failure": "retry"}, "tasks.0.on_failure"),
        ({"status": "completed"}, "tasks.0.status"),
    ],
)
async def test_a_task_that_is_none_is_refused_by_field(
    shared_app: App, change: Json, field: str
) -> None:
    channel = await shared_app.channel(uuid4().hex)
    refusal = await refused(shared_app, plan(channel, step("a") | change))
    assert refusal["errors"][0]["field"] == field
    assert len(json.dumps(refusal)) < 5_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": [step(f"t{one}") for one in range(101)]}, "tasks"),
        ({"title": "\u0000"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"channel_id": "lab"}, "channel_id"),
        ({"max_parallel": 0}, "max_parallel"),
        ({"max_parallel": 21}, "max_parallel"),
        ({"client_id": "\u00e9"}, "client_id"),
        ({"autostart": True}, "autostart"),
    ],
)
async def test_a_plan_that_is_none_is_refused_by_field(
    shared_app: App, change: Json, field: str
) -> None:
    channel = await shared_app.channel(uuid4().hex)
    refusal = await refused(shared_app, plan(channel, step("a")) | change)
    assert refusal["errors"][0]["field"] == field


async def test_a_chain_that_is_too_deep_is_refused(shared_app: App) -> None:
    channel = await shared_app.channel(uuid4().hex)
    chain = [step("t0"), *(step(f"t{one}", f"t{one - 1}") for one in range(1, 100))]
    refusal = await refused(shared_app, plan(channel, *chain))
    assert refusal["detail"] == "tasks: 100 tasks wait for one another in a row; at most 50 may"


async def test_titles_are_shown_as_they_are_and_start_nobody(shared_app: App) -> None:
    agent = await shared_app.agent(f"Tester {uuid4().hex[:8]}")
    channel = await shared_app.channel(uuid4().hex)
    handle = agent["handle"]
    title = f"@{handle} **run** <b>this</b> [now](javascript:x) `code` $x$\n# big"
    body = plan(
        channel,
        step("a", title=title, agent=handle, description=f"@{handle} hurry"),
        title=title,
        request=f"@{handle} do it",
    )
    workflow = await shared_app.post("/api/workflows", body)
    assert workflow["title"] == title
    card = await shared_app.get(f"/api/messages/{workflow['message_id']}")
    assert card["mentions"] == []
    shown = (
        rf"\@{handle} \*\*run\*\* \<b\>this\</b\> \[now\]\(javascript:x\) \`code\` \$x\$ \# big"
    )
    assert card["content"].startswith(f"**{shown}**\n")
    changed = checked(
        await shared_app.http.put(
            f"/api/workflows/{workflow['id']}",
            json={"version": 1, "title": f"@{handle} again"},
        ),
        200,
    )
    assert changed["version"] == 2
    response = await shared_app.http.get("/api/tasks", params={"channel_id": channel["id"]})
    assert response.json() == []


async def test_texts_are_kept_without_what_cannot_be_stored(shared_app: App) -> None:
    channel = await shared_app.channel(uuid4().hex)
    body = plan(channel, step("a", title="Na\u0000me \ud83d", description="a\u0000b\n\nc"))
    headers = {"content-type": "application/json"}
    response = await shared_app.http.post(
        "/api/workflows", content=json.dumps(body), headers=headers
    )
    (task,) = checked(response, 201)["tasks"]
    assert (task["title"], task["description"]) == ("Name \ufffd", "ab\n\nc")


async def test_the_largest_plan_is_taken_shown_and_edited(shared_app: App) -> None:
    channel = await shared_app.channel(uuid4().hex)
    tasks = [
        step(
            f"{'k' * 46}-{one}",
            *(f"{'k' * 46}-{other}" for other in range(max(0, one % 40 - 19), one % 40)),
            title="\U0001f680" * 200,
        )
        for one in range(100)
    ]
    workflow = await shared_app.post("/api/workflows", plan(channel, *tasks))
    assert len(workflow["tasks"]) == 100
    card = await shared_app.get(f"/api/messages/{workflow['message_id']}")
    assert len(card["content"].encode()) <= 32 * 1024
    assert card["content"].endswith("more tasks")
    edited = checked(
        await shared_app.http.put(
            f"/api/workflows/{workflow['id']}",
            json={"version": 1, "tasks": [task | {"depends_on": []} for task in reversed(tasks)]},
        ),
        200,
    )
    assert edited["version"] == 2
    (newest, _) = await shared_app.get(f"/api/workflows/{workflow['id']}/versions")
    assert newest["summary"].endswith("more changes.")
    assert len(newest["summary"]) < 5_000


@pytest.mark.parametrize("number", ["0", "-1", "2", "99999999999999999999999", "x", "1.5"])
async def test_versions_that_are_not_there(shared_app: App, number: str) -> None:
    channel = await shared_app.channel(uuid4().hex)
    workflow = await shared_app.post("/api/workflows", plan(channel, step("a")))
    address = f"/api/workflows/{workflow['id']}/versions/{number}"
    response = await shared_app.http.get(address)
    assert response.status_code in {400, 404}
    problem(response, response.status_code)


async def test_a_workflow_that_is_not_there(shared_app: App) -> None:
    address = f"/api/workflows/{uuid4()}"
    for path in ("", "/tasks", "/versions", "/versions/1", "/export"):
        response = await shared_app.http.get(address + path)
        assert problem(response, 404)["code"] == "workflow_not_found"
    response = await shared_app.http.put(address, json={"version": 1})
    assert problem(response, 404)["code"] == "workflow_not_found"
    assert problem(await shared_app.http.delete(address), 404)["code"] == "workflow_not_found"
    for cursor in ("x", "WyJ4Il0", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"):
        response = await shared_app.http.get("/api/workflows", params={"cursor": cursor})
        assert problem(response, 400)["code"] == "invalid_cursor"
