"""Whether the workspace says truly how it is."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import text

from reznet.core.config import Settings
from tests.support.app import App, checked, problem, running


async def test_all_is_well(app: App) -> None:
    health = await app.get("/api/health")
    assert health["status"] == "ok"
    assert health["missing"] == []
    ready = await app.get("/api/ready")
    assert ready["ready"]
    assert {check["name"]: check["ok"] for check in ready["checks"]} == {
        "database": True,
        "migrations": True,
        "engine": True,
    }


async def test_health_waits_for_no_connection(settings: Settings) -> None:
    small = settings.model_copy(update={"database_pool_size": 2})
    async with running(small) as app, AsyncExitStack() as held:
        for _ in range(2):
            session = await held.enter_async_context(app.runtime.database.read())
            await session.execute(text("select 1"))
        async with asyncio.timeout(1):
            assert (await app.get("/api/health"))["status"] == "ok"
        response = await app.http.get("/api/ready")
        checks = {check["name"]: check for check in checked(response, 503)["checks"]}
        assert not checks["database"]["ok"]
        assert "retry-after" in response.headers


async def test_without_a_free_connection_requests_are_told_to_come_again(
    settings: Settings,
) -> None:
    small = settings.model_copy(update={"database_pool_size": 2})
    async with running(small) as app, AsyncExitStack() as held:
        for _ in range(2):
            session = await held.enter_async_context(app.runtime.database.read())
            await session.execute(text("select 1"))
        app.runtime.database.engine.pool._timeout = 0.1  # type: ignore[attr-defined]
        response = await app.http.get("/api/channels")
        assert problem(response, 503)["code"] == "database_unavailable"
        assert response.headers["retry-after"] == "1"


async def test_a_bus_that_is_away_is_missed(app: App) -> None:
    app.runtime.bus.healthy = False  # type: ignore[misc]  # the local one always is
    assert await app.get("/api/health") | {"version": ""} == {
        "status": "degraded",
        "missing": ["redis"],
        "version": "",
    }
