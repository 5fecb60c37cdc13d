"""Callers of running workflows come and go; what they began goes on."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from reznet.core.config import Settings
from tests.support.product import wait_for
from tests.support.served import served
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import step


@pytest.fixture
def address(settings: Settings, upstream: FakeUpstream) -> Iterator[str]:
    model = {"openai_base_url": f"{upstream.url}/v1", "default_model": "fake;ttft=0.3;n=3"}
    with served(settings.model_copy(update=model)) as url:
        yield url


def test_caller_who_hangs_up_changes_nothing(address: str) -> None:
    """The start, and a stop that is waited for, are done whether or not anybody hears the answer."""
    with httpx.Client(base_url=f"{address}/api", timeout=30, trust_env=False) as http:
        channel = http.get("/channels").json()[0]["id"]
        tasks = [step("one", agent="backend"), step("two", "one", agent="qa")]
        body = {"channel_id": channel, "title": "Alone", "tasks": tasks}
        workflow = http.post("/workflows", json=body).raise_for_status().json()
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as wire:
            path = f"/api/workflows/{workflow['id']}/start"
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            wire.sendall(head.encode())
        done = wait_for(
            "it is over",
            lambda: (
                now
                if (now := http.get(f"/workflows/{workflow['id']}").json())["status"]
                in {"completed", "failed"}
                else None
            ),
        )
        assert done["status"] == "completed"
        assert done["finished_at"] is not None
        assert all(task["output"] for task in done["tasks"])
