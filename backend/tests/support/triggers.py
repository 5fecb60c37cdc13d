"""Saved workflows and triggers as tests make them, and calls as other programs sign them."""

import itertools
import json
from datetime import timedelta
from typing import Any

import httpx

from reznet.core.clock import now
from reznet.core.signatures import signed_headers
from tests.support.app import App, Json

_numbers = itertools.count(1)


async def saved(app: App, *parameters: Json, **fields: Any) -> Json:
    """Save a workflow of one task, whose description shows the values of its parameters."""
    shown = " ".join(f"{{{{{one['name']}}}}}" for one in parameters)
    body = {
        "name": f"Saved {next(_numbers)}",
        "title": "From a trigger",
        "tasks": [{"key": "a", "title": "Do", "agent": "backend", "description": f"[{shown}]"}],
        "parameters": list(parameters),
    } | fields
    return await app.post("/api/saved-workflows", body)


async def room(app: App) -> Json:
    """Make a channel."""
    return await app.channel(f"triggers-{next(_numbers)}")


async def trigger(app: App, one: Json, channel: Json, settings: Json, **fields: Any) -> Json:
    """Make a trigger of a saved workflow, whose workflows wait for a start."""
    body = {
        "saved_workflow_id": one["id"],
        "channel_id": channel["id"],
        "settings": settings,
        "auto_start": False,
    } | fields
    return await app.post("/api/workflow-triggers", body)


async def made_in(app: App, channel: Json) -> list[Json]:
    """Return the workflows of a channel, with their tasks, newest first."""
    rows = await app.get("/api/workflows", channel_id=channel["id"])
    return [await app.get(f"/api/workflows/{row['id']}") for row in rows]


async def shown_in(app: App, channel: Json) -> list[str]:
    """Return what the workflows of a channel were given, newest first."""
    return [one["tasks"][0]["description"] for one in await made_in(app, channel)]


async def firings(app: App, one: Json) -> list[Json]:
    """Return what came of a trigger, newest first."""
    return await app.get(f"/api/workflow-triggers/{one['id']}/firings")


def signed(secret: str, call_id: str, body: bytes, *, late: float = 0) -> dict[str, str]:
    """Return the headers of a call that is signed so many seconds late."""
    headers = signed_headers(secret, call_id, now() + timedelta(seconds=late), body)
    return headers | {"content-type": "application/json"}


async def call(app: App, one: Json, call_id: str, body: Json | None = None) -> httpx.Response:
    """Call a webhook with its own secret."""
    raw = json.dumps(body).encode() if body is not None else b""
    return await app.http.post(
        one["url"], content=raw, headers=signed(one["secret"], call_id, raw)
    )
