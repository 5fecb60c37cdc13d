"""Clients on different workers see one workspace, with Redis between the workers or without."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.product import Product, product, wait_for
from tests.support.scaled import Listener, faults, listening, via, wait_for_workers
from tests.support.upstream import FakeUpstream
from tests.support.valkey import ValkeyServer, valkey

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

EDITS = 50
STOP_SECONDS = 10
TOKENS = 40
# Two seconds an answer.
MODEL = f"fake;ttft=0.1;rate=20;n={TOKENS}"
ENDLESS = "fake;ttft=0.1;rate=20;n=4000"
FINAL = {"completed", "failed", "cancelled"}


@pytest.fixture
def redis(folder: Path) -> Iterator[ValkeyServer]:
    with valkey(folder) as running:
        yield running


@contextmanager
def pair(
    folder: Path, upstream: FakeUpstream, redis_url: str, database_url: str, model: str
) -> Iterator[tuple[Product, list[int], list[Listener]]]:
    """Run two workers, and a client on each that listens to the general channel."""
    settings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": model,
    }
    with product(folder, "up", "--workers", "2", **settings) as workspace:
        pids = wait_for_workers(workspace, 2)
        with listening(workspace, pids[0]) as one, listening(workspace, pids[1]) as two:
            for listener in (one, two):
                listener.call("join_channel", channel_id=workspace.general)
            yield workspace, pids, [one, two]
        # Ctrl-C reaches the parent alone, which then stops the workers.
        family = workspace.children()
        assert workspace.process is not None
        workspace.process.send_signal(signal.SIGINT)
        assert workspace.process.wait(STOP_SECONDS) == 0
        assert not [process for process in family if process.is_running()]
    found = faults(workspace.log)
    assert not found, "\n".join(found)


def post(workspace: Product, text: str, pid: int | None = None) -> Any:
    body = {"content": text}
    path = f"/channels/{workspace.general}/messages"
    if pid is None:
        return workspace.post(path, body)
    with via(workspace, pid) as http:
        return http.post(path.removeprefix("/"), json=body).raise_for_status().json()


def wait_until_over(workspace: Product) -> list[Any]:
    def over() -> list[Any] | None:
        tasks = workspace.get("/tasks", limit=200)
        return tasks if all(task["status"] in FINAL for task in tasks) else None

    return wait_for("every run has ended", over, seconds=60)


def check_same_events(listeners: list[Listener], expected: int) -> None:
    """All have heard the same events, each once, in the order of their ids."""
    wait_for(
        "all events arrive", lambda: all(len(each.events()) >= expected for each in listeners)
    )
    first, second = (each.events() for each in listeners)
    ids = [event_id for _, event_id in first]
    assert ids == sorted(set(ids))
    assert first == second
    assert len(first) == expected


def test_clients_on_both_workers_see_every_event_once_in_order(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer, database_url: str
) -> None:
    with pair(folder, upstream, redis.url, database_url, MODEL) as (workspace, pids, listeners):
        # A client that polls would reach now the one, now the other.
        polling = httpx.get(f"{workspace.address}/socket.io/?EIO=4&transport=polling")
        assert polling.status_code == 400
        for number in range(6):
            post(workspace, f"@backend @qa question {number}", pids[number % 2])
        tasks = wait_until_over(workspace)
        assert len(tasks) == 12
        # 6 messages; for each run: begun, the answer's beginning and its end, ended.
        check_same_events(listeners, 6 + 12 * 4)
        for task in tasks:
            for listener in listeners:
                text = listener.live_text(task["answer_id"])
                assert len(text.split(" ")) == TOKENS


def test_edit_through_one_worker_is_seen_at_once_by_the_other(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer, database_url: str
) -> None:
    with pair(folder, upstream, redis.url, database_url, MODEL) as (workspace, pids, _):
        agent = workspace.post("/agents", {"name": "Often Edited", "role": "role 0"})
        path = f"agents/{agent['id']}"
        slowest = 0.0
        for number in range(1, EDITS + 1):
            writer, reader = pids[number % 2], pids[1 - number % 2]
            with via(workspace, reader) as at_reader, via(workspace, writer) as at_writer:
                assert at_reader.get(path).json()["persona"]["role"] == f"role {number - 1}"
                at_writer.put(path, json={"role": f"role {number}"}).raise_for_status()
                written = time.monotonic()
                wait_for(
                    "the other worker shows it",
                    lambda at=at_reader, n=number: (
                        at.get(path).json()["persona"]["role"] == f"role {n}"
                    ),
                    seconds=2,
                )
                slowest = max(slowest, time.monotonic() - written)
        print(f"\n{EDITS} edits, the slowest was seen after {slowest * 1000:.0f} ms")


def test_nothing_is_lost_while_redis_is_away(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer, database_url: str
) -> None:
    with pair(folder, upstream, redis.url, database_url, ENDLESS) as (workspace, pids, listeners):
        running = post(workspace, "@backend talk without an end")["tasks"][0]
        answer_id = wait_for(
            "the answer begins", lambda: workspace.get(f"/tasks/{running['id']}")["answer_id"]
        )
        wait_for(
            "text arrives at both", lambda: all(each.live_text(answer_id) for each in listeners)
        )

        redis.stop()
        for pid in pids:
            wait_for("health tells", lambda p=pid: health(workspace, p) == ["redis"])
        slowest = 0.0
        for number in range(10):
            began = time.monotonic()
            post(workspace, f"away {number}", pids[number % 2])
            slowest = max(slowest, time.monotonic() - began)
        said = [f"away {number}" for number in range(10)]
        for listener in listeners:
            wait_for("messages arrive", lambda at=listener: set(said) <= set(at.texts()))
            assert listener.texts()[-10:] == said
        print(f"\nslowest post without Redis, connections included: {slowest * 1000:.0f} ms")
        # The text so far is checkpointed, so that every worker can show it.
        for pid in pids:
            shown = content(workspace, pid, answer_id)
            wait_for(
                "it grows", lambda p=pid, s=shown: len(content(workspace, p, answer_id)) > len(s)
            )

        redis.start()
        for pid in pids:
            wait_for("health is well", lambda p=pid: health(workspace, p) == [])
        heard = [len(each.of("message_delta")) for each in listeners]
        wait_for(
            "live text arrives again at both",
            lambda: all(
                len(each.of("message_delta")) > before + 5
                for each, before in zip(listeners, heard, strict=True)
            ),
        )

        assert redis.client().client_kill_filter(_type="pubsub") > 0
        post(workspace, "@qa after the cut", pids[0])
        wait_for(
            "it arrives at both",
            lambda: all("after the cut" in each.texts()[-1] for each in listeners),
        )
        for pid in pids:
            wait_for("health is well", lambda p=pid: health(workspace, p) == [])
        for task in workspace.get("/tasks"):
            workspace.post(f"/tasks/{task['id']}/cancel", {})
        wait_until_over(workspace)
        ends = [event_id for _, event_id in listeners[0].events()]
        wait_for(
            "both are up to date", lambda: listeners[1].events()[-1:] == listeners[0].events()[-1:]
        )
        assert ends == sorted(set(ends))
        assert listeners[0].events() == listeners[1].events()


def test_workers_that_start_without_redis_serve_and_find_it_later(
    folder: Path, upstream: FakeUpstream, database_url: str
) -> None:
    server = ValkeyServer(folder)
    with pair(folder, upstream, server.url, database_url, MODEL) as (workspace, pids, listeners):
        for pid in pids:
            assert health(workspace, pid) == ["redis"]
        post(workspace, "@backend are you there?", pids[0])
        wait_until_over(workspace)
        check_same_events(listeners, 1 + 4)
        server.start()
        try:
            for pid in pids:
                wait_for("health is well", lambda p=pid: health(workspace, p) == [])
        finally:
            server.stop()


def health(workspace: Product, pid: int) -> list[str]:
    """Return what a worker says is missing."""
    with via(workspace, pid) as http:
        body = http.get("health").raise_for_status().json()
    assert body["status"] == ("degraded" if body["missing"] else "ok")
    return body["missing"]


def content(workspace: Product, pid: int, message_id: str) -> str:
    with via(workspace, pid) as http:
        return http.get(f"messages/{message_id}").raise_for_status().json()["content"]
