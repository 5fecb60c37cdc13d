"""What an agent is told in one session it uses in a later one, with its source, though everything was killed meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.product import Product, product, wait_for
from tests.support.upstream import FakeUpstream

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

CITING = "fake;text=Your%20code%20word%20is%20in%20%5Bm1%5D."
FINAL = {"completed", "failed", "cancelled"}


def say(workspace: Product, channel: str, text: str) -> tuple[Any, Any]:
    """Return the message and the answer that it got."""
    posted = workspace.post(f"/channels/{channel}/messages", {"content": text})
    (task,) = posted["tasks"]

    def over() -> Any:
        now = workspace.get(f"/tasks/{task['id']}")
        return now if now["status"] in FINAL else None

    ended = wait_for("the run is over", over)
    assert ended["status"] == "completed", ended
    return posted, workspace.get(f"/messages/{ended['answer_id']}")


def new_channel(workspace: Product, name: str) -> str:
    return workspace.post("/channels", {"name": name})["id"]


def remembered(workspace: Product, agent: Any, source: Any) -> Any:
    """Return what the agent remembers of a message, once it does."""

    def look() -> Any:
        rows = workspace.get(f"/agents/{agent['id']}/memories", limit=100)
        return [row for row in rows if row["source_message_id"] == source["id"]]

    return wait_for("it is remembered", look)[0]


def told(upstream: FakeUpstream) -> str:
    """Return what the model was told of memories with the last request."""
    prompt = upstream.requests()[-1]["body"]["messages"][-1]["content"]
    assert prompt.startswith("[Memories, no message]:"), prompt
    return prompt.rpartition("\n\n[")[0]


def test_three_sessions_with_kills_between_them(folder: Path, upstream: FakeUpstream) -> None:
    settings = {"OPENAI_BASE_URL": f"{upstream.url}/v1", "OPENAI_API_KEY": "sk-test"}
    with product(folder, **settings) as workspace:
        agent = workspace.post(
            "/agents",
            {
                "name": "Keeper", "role": "Keeps secrets", "provider": "openai", "model": CITING,
                "memory": {"remember": "turns"},
            },
        )  # fmt: skip
        first, answer = say(
            workspace, new_channel(workspace, "one"), "@keeper My code word is plum."
        )
        assert "memories" not in answer["metadata"]
        old = remembered(workspace, agent, first)

        workspace.kill()
        workspace.start()
        second, answer = say(
            workspace,
            new_channel(workspace, "two"),
            "@keeper No: my code word is cherry, not plum.",
        )
        assert f"message {first['id']}\n> The user: My code word is plum." in told(upstream)
        used = {one["id"]: one["cited"] for one in answer["metadata"]["memories"]}
        assert used[old["id"]]
        new = remembered(workspace, agent, second)

        workspace.kill()
        workspace.start()
        _, answer = say(
            workspace, new_channel(workspace, "three"), "@keeper What is my code word?"
        )
        block = told(upstream)
        assert block.index("is plum.") < block.index("is cherry")  # the newer last
        assert f"message {second['id']}" in block

        path = f"/agents/{agent['id']}/memories/{old['id']}"
        workspace.http.put(path, json={"superseded_by": new["id"]}).raise_for_status()
        _, answer = say(workspace, new_channel(workspace, "four"), "@keeper What is my code word?")
        assert "is plum." not in told(upstream)
        shown = workspace.get(f"/messages/{answer['id']}/memories")
        sources = {one["memory"]["source_message_id"] for one in shown}
        assert second["id"] in sources
        assert first["id"] not in sources
