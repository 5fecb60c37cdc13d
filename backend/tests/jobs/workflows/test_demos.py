"""The demos run to their ends with the agents that every workspace has."""

import pytest

from tests.support.app import App
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import over

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", ["software", "marketing", "research"])
async def test_a_demo_runs_to_its_end(app: App, one_upstream: FakeUpstream, name: str) -> None:
    (demo,) = await app.get("/api/saved-workflows", q=name)
    assert 4 <= len(demo["tasks"]) <= 6
    assert all("t most" in task["description"] for task in demo["tasks"])
    channel = await app.channel(f"demo-{name}")
    body = {"channel_id": channel["id"], "auto_start": True}
    made = await app.post(f"/api/saved-workflows/{demo['id']}/run", body)
    done = await over(app, made)
    assert done["status"] == "completed", done
    assert {task["status"] for task in done["tasks"]} == {"completed"}
    asked = " ".join(str(request["body"]) for request in one_upstream.requests())
    assert "{{" not in asked
    limits = {
        request["body"].get("max_completion_tokens") or request["body"].get("max_tokens")
        for request in one_upstream.requests()
    }
    assert limits == {320}
