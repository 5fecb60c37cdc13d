"""Workflows whose workers and whose database are killed again and again."""

import collections
import random
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.chaos.test_kills import parents
from tests.support.product import Product, postmasters, product, wait_for
from tests.support.scaled import wait_for_workers, workers
from tests.support.upstream import FakeUpstream
from tests.support.valkey import valkey

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

WORKFLOWS = 10
TASKS = 20
SEED = 7
# Nearly a second each, so that kills strike tasks in their middle.
MODEL = "fake;ttft=0.2;rate=12;n=8"
AGENTS = ("backend", "frontend", "qa", "devops")
OVER = {"completed", "failed", "cancelled"}
# A worker that dies sooner after its start counts as one that can't start.
OLD_ENOUGH_SECONDS = 6.0
KILLS = 6


def random_plan(number: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return tasks on random agents, each with up to three of the tasks before it as dependencies."""
    return [
        {
            "key": f"t{index}",
            "title": f"Task {index}",
            "description": f"This is mark-w{number}-t{index}.",
            "agent": chance.choice(AGENTS),
            "depends_on": [
                f"t{other}"
                for other in chance.sample(range(index), min(index, chance.randint(0, 3)))
            ],
        }
        for index in range(TASKS)
    ]


class Chaos(threading.Thread):
    """Kills workers, and now and then PostgreSQL, until told to stop."""

    def __init__(self, workspace: Product, data: Path, chance: random.Random) -> None:
        super().__init__(name="chaos", daemon=True)
        self._workspace = workspace
        self._data = data
        self._chance = chance
        self._over = threading.Event()
        self.killed: collections.Counter[str] = collections.Counter()

    def run(self) -> None:
        while not self._over.wait(self._chance.uniform(1.5, 3.0)):
            if self.killed.total() % 3 == 2:
                for postmaster in parents(postmasters(self._data)):
                    postmaster.kill()
                    self.killed["PostgreSQL"] += 1
            elif old := [
                one for one in workers(self._workspace) if _age(one) > OLD_ENOUGH_SECONDS
            ]:
                self._chance.choice(old).kill()
                self.killed["worker"] += 1

    def stop(self) -> None:
        self._over.set()
        self.join(30)


def _age(process: psutil.Process) -> float:
    return time.time() - process.create_time()


def patiently(ask: Any) -> Any:
    """Return what is asked for; whoever is asked may be dead, or without its database."""

    def asked() -> Any:
        try:
            return ask()
        except (httpx.TransportError, httpx.HTTPStatusError):
            return None

    return wait_for("an answer", asked, seconds=60)


def test_workflows_survive_kills_of_workers_and_of_the_database(
    folder: Path, upstream: FakeUpstream
) -> None:
    chance = random.Random(SEED)
    plans = [random_plan(number, chance) for number in range(WORKFLOWS)]
    with (
        valkey(folder) as redis,
        product(
            folder,
            "up",
            "--workers",
            "2",
            REDIS_URL=redis.url,
            OPENAI_BASE_URL=f"{upstream.url}/v1",
            OPENAI_API_KEY="sk-test",
            REZNET_DEFAULT_PROVIDER="openai",
            REZNET_DEFAULT_MODEL=MODEL,
        ) as workspace,
    ):
        wait_for_workers(workspace, 2)
        ids = [start(workspace, number, tasks) for number, tasks in enumerate(plans)]
        began = time.monotonic()
        chaos = Chaos(workspace, folder / "data", chance)
        chaos.start()
        try:
            wait_for("kills enough", lambda: chaos.killed.total() >= KILLS or None, seconds=90)
        finally:
            chaos.stop()
        done = [until_over(workspace, one) for one in ids]
        took = time.monotonic() - began
        messages = [
            patiently(lambda one=one: workspace.get(f"/messages/{one['message_id']}/thread"))
            for one in done
        ]
        runs = {
            task["id"]: task
            for task in patiently(lambda: workspace.get("/tasks", limit=200))
            if task["workflow_id"] is not None
        }
    calls = calls_by_mark(upstream)
    repeated = sum(len(each) - 1 for each in calls.values())
    print(
        f"\n{WORKFLOWS} workflows of {TASKS} tasks in {took:.0f} s under {dict(chaos.killed)} kills; "
        f"{repeated} model calls repeated, all of tasks killed in flight"
    )
    assert chaos.killed["worker"] >= 2
    assert chaos.killed["PostgreSQL"] >= 2
    for workflow, plan, thread in zip(done, plans, messages, strict=True):
        assert workflow["status"] == "completed", workflow["error"]
        check_calls(workflow, plan, calls, runs)
        # A request and an answer for each task, and nothing twice.
        assert len(thread) == 2 * TASKS
        contents = [one["content"] for one in thread if one["metadata"].get("workflow_task")]
        assert len(set(contents)) == len(contents) == TASKS


def start(workspace: Product, number: int, tasks: list[dict[str, Any]]) -> str:
    body = {
        "channel_id": workspace.general,
        "title": f"Workflow {number}",
        "tasks": tasks,
        "client_id": f"workflow-{number}",
    }
    made = workspace.post("/workflows", body)
    return workspace.post(f"/workflows/{made['id']}/start", {})["id"]


def until_over(workspace: Product, workflow_id: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        try:
            now = workspace.get(f"/workflows/{workflow_id}")
        except (httpx.TransportError, httpx.HTTPStatusError):
            return None
        return now if now["status"] in OVER else None

    return wait_for("the workflow is over", over, seconds=120)


def calls_by_mark(upstream: FakeUpstream) -> dict[str, list[dict[str, Any]]]:
    """Return the model calls of each task, in order; others that quote a task are left out."""
    calls: dict[str, list[dict[str, Any]]] = {}
    for call in upstream.marked():
        if "You do one task of the workflow" in call["text"]:
            calls.setdefault(call["mark"], []).append(call)
    return calls


def check_calls(
    workflow: dict[str, Any],
    plan: list[dict[str, Any]],
    calls: dict[str, list[dict[str, Any]]],
    runs: dict[str, dict[str, Any]],
) -> None:
    number = workflow["title"].split()[-1]
    ended: dict[str, float] = {}
    for task in workflow["tasks"]:
        assert task["status"] == "completed"
        own = calls[f"mark-w{number}-{task['key']}"]
        ended[task["key"]] = moment(task["finished_at"])
        # Once it was finished, nobody asked the model again.
        assert all(call["began"] < ended[task["key"]] for call in own)
        assert any(call["ended"] is not None for call in own)
    for task in plan:
        first = calls[f"mark-w{number}-{task['key']}"][0]["began"]
        assert all(ended[needed] <= first for needed in task["depends_on"])


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
