"""How near running workflows come to what their plans allow: `python benchmarks/workflows.py`.

The fake model takes the same time for each task, so the longest chain of a plan is what no system can beat.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx
from servers import Server, databases, fake_model, product

TASK_SECONDS = 0.2
MODEL = f"fake;ttft={TASK_SECONDS};n=4"
AGENTS = 8  # enough that the limit for each of them is not what is measured
TASKS = 50
CHAIN = 20
MANY, OF_EACH = 20, 10
PARALLEL = 20
TARGET_RATIO = 1.5
IDLE_SECONDS = 10.0
SETTLE_SECONDS = 20.0  # by then it is written down what the agents remember of it
_END_SECONDS = 300.0

type Task = dict[str, Any]


def main() -> None:
    arguments = _arguments()
    with ExitStack() as stack:
        (database,) = stack.enter_context(databases(arguments.database_url, ["workflows"]))
        server = stack.enter_context(product(database, stack.enter_context(fake_model())))
        server.furnish({f"Worker {number}": MODEL for number in range(AGENTS)}, channels=1)
        http = stack.enter_context(
            httpx.Client(base_url=f"{server.url}/api", timeout=30, trust_env=False)
        )
        # Summaries and memories would be written while something else is measured.
        _quieten(http)
        _run(http, server, [_chain(2)])  # the first of everything is slower
        rounds = [_measure(http, server, random.Random(seed)) for seed in range(arguments.rounds)]
        time.sleep(SETTLE_SECONDS)
        idle = server.idle_cpu(IDLE_SECONDS)
    _print(rounds, idle)


def _measure(http: httpx.Client, server: Server, chance: random.Random) -> dict[str, float]:
    plan = _graph(TASKS, chance)
    path = _longest(plan) * TASK_SECONDS
    before = server.cpu_seconds()
    graph = _run(http, server, [plan])
    used = server.cpu_seconds() - before
    chain = _run(http, server, [_chain(CHAIN)])
    plans = [_graph(OF_EACH, chance) for _ in range(MANY)]
    many = _run(http, server, plans)
    return {
        "path": path,
        "graph": graph,
        "ratio": graph / path,
        "cpu": 1000 * used / TASKS,
        "overhead": 1000 * (chain - CHAIN * TASK_SECONDS) / CHAIN,
        "many": many,
        "rate": MANY * OF_EACH / many,
    }


def _graph(number: int, chance: random.Random) -> list[Task]:
    """Return tasks of which each depends on one to three of the ten before it, but for the first five."""
    return [
        _task(
            index,
            []
            if index < 5
            else chance.sample(range(max(0, index - 10), index), chance.randint(1, 3)),
        )
        for index in range(number)
    ]


def _chain(number: int) -> list[Task]:
    return [_task(index, [index - 1] if index else []) for index in range(number)]


def _task(index: int, needs: Sequence[int]) -> Task:
    return {
        "key": f"t{index}",
        "title": f"Task {index}",
        "agent": f"worker-{index % AGENTS}",
        "depends_on": [f"t{needed}" for needed in needs],
    }


def _longest(plan: Sequence[Task]) -> int:
    """Return how many tasks the longest chain of a plan has."""
    depth: dict[str, int] = {}
    for task in plan:
        depth[task["key"]] = 1 + max((depth[needed] for needed in task["depends_on"]), default=0)
    return max(depth.values())


def _run(http: httpx.Client, server: Server, plans: Sequence[Sequence[Task]]) -> float:
    """Run plans at the same time; return the seconds from the first start to the last end, by the server's clock."""
    made = [
        _answer(
            http.post(
                "/workflows",
                json={
                    "channel_id": server.channels[0],
                    "title": "Measured",
                    "tasks": list(plan),
                    "max_parallel": PARALLEL,
                },
            )
        )
        for plan in plans
    ]
    for workflow in made:
        _answer(http.post(f"/workflows/{workflow['id']}/start"))
    ended = [_until_over(http, workflow["id"]) for workflow in made]
    started = min(_moment(workflow["started_at"]) for workflow in ended)
    return max(_moment(workflow["finished_at"]) for workflow in ended) - started


def _until_over(http: httpx.Client, workflow_id: str) -> Task:
    deadline = time.monotonic() + _END_SECONDS
    while True:
        workflow = _answer(http.get(f"/workflows/{workflow_id}"))
        if workflow["status"] in {"completed", "failed", "cancelled"}:
            if workflow["status"] != "completed":
                raise RuntimeError(f"a workflow {workflow['status']}: {workflow['error']}")
            return workflow
        if time.monotonic() > deadline:
            raise TimeoutError(f"not over in {_END_SECONDS:g} s: {workflow['progress']}")
        time.sleep(0.25)  # seldom, since whoever asks takes time from who works


def _quieten(http: httpx.Client) -> None:
    """Switch the orchestrator off, and let the others remember nothing."""
    for agent in _answer(http.get("/agents", params={"limit": 100})):
        change: dict[str, Any] = {"memory": {"recall": False, "remember": "off"}}
        if agent["handle"] == "orchestrator":
            change["is_active"] = False
        _answer(http.put(f"/agents/{agent['id']}", json=change))


def _answer(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text[:500]}")
    return answer.json()


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _print(rounds: Sequence[dict[str, float]], idle: float) -> None:
    middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    ratio = middle["ratio"]
    met = "met" if ratio <= TARGET_RATIO else "missed"
    print(f"median of {len(rounds)} rounds; a task takes the model {TASK_SECONDS:g} s")
    print(
        f"{TASKS} tasks, critical path {middle['path']:.1f} s: {middle['graph']:.2f} s, "
        f"ratio {ratio:.2f} (target ≤ {TARGET_RATIO:g}: {met})"
    )
    print(f"server's CPU for a task of it: {middle['cpu']:.0f} ms")
    print(
        f"{CHAIN} tasks one after the other: {middle['overhead']:.0f} ms more than the model, each"
    )
    print(
        f"{MANY} workflows of {OF_EACH} tasks at once: {middle['many']:.1f} s, {middle['rate']:.0f} tasks/s"
    )
    print(f"idle CPU of the server: {idle:.1f} % of a core")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database-url", help="a server of your own, instead of the embedded one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
