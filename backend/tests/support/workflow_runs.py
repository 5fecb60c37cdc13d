"""Workflows as tests of their runs make them, act on them and wait for them."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.app import App, Json
from tests.support.upstream import FakeUpstream

OVER = {"completed", "failed", "cancelled"}
ENDLESS = "fake;ttft=0.01;rate=20;n=4000"
_numbers = itertools.count(1)


async def agent(app: App, model: str) -> str:
    """Make an agent on that model and return its handle."""
    made = await app.agent(f"Helper {next(_numbers)}", provider="openai", model=model)
    return made["handle"]


def step(key: str, *needs: str, agent: str, **fields: Any) -> Json:
    """Return a task of a plan that needs those of these keys."""
    task = {"key": key, "title": key.capitalize(), "agent": agent, "depends_on": list(needs)}
    return task | fields


async def make(app: App, *tasks: Json, **fields: Any) -> Json:
    """Make a workflow of these tasks in a new channel."""
    channel = await app.channel(f"lab-{next(_numbers)}")
    body = {"channel_id": channel["id"], "title": "Launch", "tasks": list(tasks)} | fields
    return await app.post("/api/workflows", body)


async def start(app: App, *tasks: Json, **fields: Any) -> Json:
    """Make a workflow of these tasks in a new channel, and start it."""
    return await act(app, await make(app, *tasks, **fields), "start")


async def act(app: App, workflow: Json, action: str) -> Json:
    """Do something to a workflow, and return it as it is then."""
    return await app.post(f"/api/workflows/{workflow['id']}/{action}", status=200)


async def act_on(app: App, workflow: Json, key: str, action: str) -> Json:
    """Do something to a task of a workflow, and return the workflow as it is then."""
    return await act(app, workflow, f"tasks/{by_key(workflow)[key]['id']}/{action}")


async def refusal(app: App, workflow: Json, action: str) -> str:
    """Return the code with which an act is refused."""
    response = await app.http.post(f"/api/workflows/{workflow['id']}/{action}")
    assert response.status_code == 409, response.text
    return response.json()["code"]


async def look(app: App, workflow: Json) -> Json:
    """Return the workflow as it is now."""
    return await app.get(f"/api/workflows/{workflow['id']}")


async def over(app: App, workflow: Json) -> Json:
    """Return the workflow once it is over."""
    return await seen(app, workflow, lambda now: now["status"] in OVER)


async def at(app: App, workflow: Json, **wanted: str) -> Json:
    """Return the workflow once its tasks are where they are said to be."""
    return await seen(app, workflow, lambda now: wanted.items() <= statuses(now).items())


async def seen(app: App, workflow: Json, condition: Callable[[Json], bool]) -> Json:
    """Return the workflow once it is as wanted."""
    now: Json = {}

    async def condition_holds() -> bool:
        nonlocal now
        now = await look(app, workflow)
        return condition(now)

    await until(condition_holds, lambda: f"{now['status']}: {statuses(now)}")
    return now


async def until(
    condition: Callable[[], Awaitable[bool]], told: Callable[[], str], seconds: float = 30
) -> None:
    """Wait for a condition; fail with what is told when it does not come true in time."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while not await condition():
        assert clock() < end, f"not within {seconds:g} s, but {told()}"
        await asyncio.sleep(0.02)


def by_key(workflow: Json) -> dict[str, Json]:
    """Return the tasks of a workflow by their keys."""
    return {task["key"]: task for task in workflow["tasks"]}


def statuses(workflow: Json) -> dict[str, str]:
    """Return where the tasks of a workflow are."""
    return {task["key"]: task["status"] for task in workflow["tasks"]}


def prompts(upstream: FakeUpstream, marked: str) -> list[str]:
    """Return the last turns that the model was asked and that hold the mark, in order."""
    asked = [request["body"]["messages"][-1]["content"] for request in upstream.requests()]
    return [text for text in asked if marked in text]
