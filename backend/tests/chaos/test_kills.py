"""Whatever is killed at whatever moment, nothing that was accepted is lost or doubled."""

import collections
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.product import Product, postmasters, product, wait_for
from tests.support.upstream import FakeUpstream
from tests.support.valkey import valkey

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

STREAMS = 20
TOKENS = 60
# Three seconds a stream, so that a kill strikes in its middle.
MODEL = f"fake;ttft=0.1;rate=20;n={TOKENS}"
AGENTS = ("backend", "frontend", "qa", "devops", "orchestrator")
FINAL = {"completed", "failed", "cancelled"}


def model_settings(upstream: FakeUpstream) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": MODEL,
    }


def ask_twenty(workspace: Product) -> list[str]:
    """Post messages that start twenty runs, and return the ids of the messages."""
    mentions = " ".join(f"@{agent}" for agent in AGENTS)
    posted = [
        workspace.post(
            f"/channels/{workspace.general}/messages",
            {"content": f"{mentions} question {number}", "client_id": f"question-{number}"},
        )
        for number in range(STREAMS // len(AGENTS))
    ]
    assert sum(len(message["tasks"]) for message in posted) == STREAMS
    return [message["id"] for message in posted]


def wait_until_streaming(workspace: Product, upstream: FakeUpstream) -> None:
    """Return when every run is in the middle of its answer."""
    wait_for("every run is at the model", lambda: upstream.stats().get("live") == STREAMS)

    def all_have_text() -> bool:
        rows = workspace.get(f"/channels/{workspace.general}/messages", limit=100)
        answers = [row for row in rows if row["author"]["kind"] == "agent"]
        texts = [workspace.get(f"/messages/{row['id']}")["content"] for row in answers]
        return len(texts) == STREAMS and all(texts)

    wait_for("every answer has text", all_have_text)


def wait_until_over(workspace: Product) -> list[Any]:
    def over() -> list[Any] | None:
        try:
            tasks = workspace.get("/tasks", limit=200)
        except (httpx.TransportError, httpx.HTTPStatusError):
            return None  # the database is on its way back
        return tasks if all(task["status"] in FINAL for task in tasks) else None

    return wait_for("every run has ended", over, seconds=90)


def check_everything_once(workspace: Product, requests: list[str]) -> None:
    tasks = wait_until_over(workspace)
    assert len(tasks) == STREAMS
    assert collections.Counter(task["status"] for task in tasks) == {"completed": STREAMS}
    messages = {
        m["id"]: m for m in workspace.get(f"/channels/{workspace.general}/messages", limit=100)
    }
    assert set(requests) <= set(messages)
    answers = [m for m in messages.values() if m["author"]["kind"] == "agent"]
    assert len(answers) == STREAMS
    assert {m["id"] for m in answers} == {task["answer_id"] for task in tasks}
    for answer in answers:
        assert answer["status"] == "complete"
        assert len(answer["content"].split(" ")) == TOKENS
    # A repeated post after the crash is still the first one.
    again = workspace.post(
        f"/channels/{workspace.general}/messages",
        {"content": messages[requests[0]]["content"], "client_id": "question-0"},
    )
    assert again["id"] == requests[0]
    assert len(workspace.get("/tasks", limit=200)) == STREAMS


def test_killed_server_resumes_its_runs_after_the_restart(
    folder: Path, upstream: FakeUpstream
) -> None:
    with product(folder, **model_settings(upstream)) as workspace:
        requests = ask_twenty(workspace)
        wait_until_streaming(workspace, upstream)
        workspace.kill()
        workspace.start()
        check_everything_once(workspace, requests)


def test_killed_postgresql_comes_back_and_the_runs_end_well(
    folder: Path, upstream: FakeUpstream
) -> None:
    with product(folder, **model_settings(upstream)) as workspace:
        requests = ask_twenty(workspace)
        wait_until_streaming(workspace, upstream)
        (postmaster,) = parents(postmasters(folder / "data"))
        postmaster.kill()
        check_everything_once(workspace, requests)


def test_killed_server_and_postgresql_lose_nothing(folder: Path, upstream: FakeUpstream) -> None:
    with product(folder, **model_settings(upstream)) as workspace:
        requests = ask_twenty(workspace)
        wait_until_streaming(workspace, upstream)
        (postmaster,) = parents(postmasters(folder / "data"))
        workspace.kill()
        postmaster.kill()
        workspace.start()
        check_everything_once(workspace, requests)


def test_server_told_to_stop_hands_its_runs_over(folder: Path, upstream: FakeUpstream) -> None:
    with product(folder, **model_settings(upstream)) as workspace:
        requests = ask_twenty(workspace)
        wait_until_streaming(workspace, upstream)
        workspace.stop()
        wait_for("the database has stopped", lambda: not postmasters(folder / "data"))
        workspace.start()
        check_everything_once(workspace, requests)


def test_surviving_worker_finishes_the_runs_of_a_killed_one(
    folder: Path, upstream: FakeUpstream, database_url: str
) -> None:
    with (
        valkey(folder) as redis,
        product(
            folder,
            "up",
            "--workers",
            "2",
            DATABASE_URL=database_url,
            REDIS_URL=redis.url,
            **model_settings(upstream),
        ) as workspace,
    ):
        requests = ask_twenty(workspace)
        wait_until_streaming(workspace, upstream)
        victim = workspace.children()[0]
        victim.kill()
        check_everything_once(workspace, requests)


def parents(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those of the processes whose parent is none of them."""
    pids = {process.pid for process in processes}
    return [process for process in processes if process.ppid() not in pids]
