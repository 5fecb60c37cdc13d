"""Webhooks can't be used to reach what is behind the server."""

import pytest

from tests.support.app import App, Json
from tests.support.receiver import receiving
from tests.support.workflow_runs import agent, over, start, step, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]")


async def test_no_call_goes_into_the_private_network_unless_allowed(app: App) -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        ones = [
            await app.post("/api/webhooks", {"url": f"http://{host}:{port}/"}) for host in HERE
        ]
        helper = await agent(app, "fake;n=3")
        await over(app, await start(app, step("a", agent=helper)))
        for one in ones:
            rows: list[Json] = []

            async def refused(one: Json = one) -> bool:
                nonlocal rows
                rows = await app.get(f"/api/webhooks/{one['id']}/deliveries")
                return bool(rows) and rows[0]["error"] is not None

            await until(refused, lambda: str(rows))  # noqa: B023 - asked within this round
            assert "private network" in rows[0]["error"], (one["url"], rows)
            assert rows[0]["response_status"] is None
        assert receiver.calls == []
