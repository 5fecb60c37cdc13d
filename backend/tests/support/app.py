"""The real application in the test's own process, reached without a port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from reznet.core.config import Settings, load_settings
from reznet.main import Runtime, create_app

Json = dict[str, Any]


@dataclass(frozen=True)
class App:
    """A running workspace and a client of it."""

    runtime: Runtime
    asgi: ASGIApp
    http: httpx.AsyncClient

    async def post(self, path: str, body: Any = None, status: int = 201) -> Json:
        """Return the body of a POST that has to be answered with the status."""
        return checked(await self.http.post(path, json=body), status)

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        """Return the body of a GET that has to be answered with the status."""
        return checked(await self.http.get(path, params=params), status)

    async def agent(self, name: str = "Code Reviewer", **fields: Any) -> Json:
        """Create a custom agent."""
        return await self.post("/api/agents", {"name": name, "role": "Reviews code", **fields})

    async def channel(self, name: str = "lab") -> Json:
        """Create a channel."""
        return await self.post("/api/channels", {"name": name})

    async def say(self, channel: Json, content: str, **fields: Any) -> Json:
        """Post a message."""
        return await self.post(
            f"/api/channels/{channel['id']}/messages", {"content": content, **fields}
        )


def settings_for(url: str, folder: Path, **more: str) -> Settings:
    """Return the settings of a test workspace on a database; nothing listens where its model is."""
    values = {
        "DATABASE_URL": url,
        "REZNET_DATA_DIR": str(folder / "data"),
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": "fake",
        "REZNET_MODEL_ATTEMPTS": "1",
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OLLAMA_HOST": "http://127.0.0.1:9",
        "REZNET_MEMORY_QUIET_SECONDS": "3600",
    }
    return load_settings(values | more, env_file=folder / "no.env")


@asynccontextmanager
async def running(settings: Settings, **client: Any) -> AsyncIterator[App]:
    """Run the application for the time of the block."""
    assert settings.database_url is not None
    runtime = Runtime(settings, settings.database_url)
    asgi = create_app(settings, runtime)
    transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
    options: dict[str, Any] = {"base_url": "http://localhost:8000", "timeout": 30, **client}
    async with runtime, _lifespan(asgi), httpx.AsyncClient(transport=transport, **options) as http:
        yield App(runtime, asgi, http)


@asynccontextmanager
async def _lifespan(asgi: ASGIApp) -> AsyncIterator[None]:
    """Do what a server does around serving."""
    told: asyncio.Queue[Json] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(asgi({"type": "lifespan"}, told.get, heard.put))
    await told.put({"type": "lifespan.startup"})
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        assert (await heard.get())["type"] == "lifespan.shutdown.complete"
        await task


def checked(response: httpx.Response, status: int) -> Any:
    """Return the body, None when there is none; fail when the status is another."""
    assert response.status_code == status, f"{response.status_code}: {response.text[:2000]}"
    return response.json() if response.content else None


def problem(response: httpx.Response, status: int) -> Json:
    """Return the problem that has to be in the response."""
    body: Json = checked(response, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert {"type", "title", "detail", "code", "errors"} <= body.keys()
    return body
