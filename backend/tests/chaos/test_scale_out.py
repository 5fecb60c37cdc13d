"""Several processes on one database and one Redis behave as one workspace."""

import collections
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.support.product import Product, postmasters, product, wait_for
from tests.support.scaled import faults, listening, via, wait_for_workers
from tests.support.upstream import FakeUpstream
from tests.support.valkey import ValkeyServer, valkey

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

STREAMS = 20
TOKENS = 80
ENDLESS = "fake;ttft=0.1;rate=20;n=2000"
SLOW = f"fake;ttft=0.1;rate=20;n={TOKENS}"
AGENTS = ("backend", "frontend", "qa", "devops", "orchestrator")
FINAL = {"completed", "failed", "cancelled"}


@pytest.fixture
def redis(folder: Path) -> Iterator[ValkeyServer]:
    with valkey(folder) as running:
        yield running


def settings_of(
    upstream: FakeUpstream, redis: ValkeyServer, database_url: str, **more: str
) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis.url,
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": SLOW,
    } | more


@contextmanager
def two_workers(folder: Path, **settings: str) -> Iterator[tuple[Product, list[int]]]:
    """Run two serving processes behind one port; give their ids once both answer."""
    with product(folder, "up", "--workers", "2", **settings) as workspace:
        yield workspace, wait_for_workers(workspace, 2)


def ask(workspace: Product, streams: int) -> None:
    mentions = " ".join(f"@{agent}" for agent in AGENTS)
    for number in range(streams // len(AGENTS)):
        body = {"content": f"{mentions} question {number}"}
        workspace.post(f"/channels/{workspace.general}/messages", body)
    wait_for("every run is queued", lambda: len(workspace.get("/tasks", limit=200)) == streams)


def wait_until_over(workspace: Product) -> list[Any]:
    def over() -> list[Any] | None:
        tasks = workspace.get("/tasks", limit=200)
        return tasks if all(task["status"] in FINAL for task in tasks) else None

    return wait_for("every run has ended", over, seconds=60)


def rows(database_url: str, query: str, *values: object) -> list[Any]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def test_survivor_takes_over_within_seconds_and_nothing_is_doubled(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer, database_url: str
) -> None:
    with two_workers(folder, **settings_of(upstream, redis, database_url)) as (workspace, pids):
        ask(workspace, STREAMS)
        wait_for("every run is at the model", lambda: upstream.stats().get("live") == STREAMS)
        victim = max(pids, key=lambda pid: runs_begun(workspace, pid))
        lost = runs_begun(workspace, victim)
        assert lost > 0

        psutil.Process(victim).kill()
        killed = time.monotonic()
        anew = "select count(*) from tasks where attempt > 1"
        wait_for("its runs are claimed anew", lambda: rows(database_url, anew)[0][0] >= lost)
        seconds = time.monotonic() - killed
        print(f"\n{lost} of {STREAMS} runs went on elsewhere {seconds:.2f} s after the kill")

        replaced = wait_for_workers(workspace, 2)
        assert victim not in replaced
        tasks = wait_until_over(workspace)
        assert [task["status"] for task in tasks] == ["completed"] * STREAMS
        attempts = collections.Counter(task["attempt"] for task in tasks)
        assert attempts == collections.Counter({1: STREAMS - lost, 2: lost})
        check_answers(workspace, tasks)
        check_one_end_each(database_url)
        assert not (found := faults(workspace.log)), "\n".join(found)


def runs_begun(workspace: Product, pid: int) -> int:
    """Return how many runs a worker has begun, by its own count."""
    with via(workspace, pid) as http:
        lines = http.get(http.base_url.join("/metrics")).text.splitlines()
    wanted = 'reznet_tasks_total{status="running"'
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith(wanted)))


def check_answers(workspace: Product, tasks: list[Any]) -> None:
    """Each run has one complete answer, and there are no others."""
    messages = workspace.get(f"/channels/{workspace.general}/messages", limit=100)
    answers = {m["id"]: m for m in messages if m["author"]["kind"] == "agent"}
    assert sorted(answers) == sorted(task["answer_id"] for task in tasks)
    for answer in answers.values():
        assert answer["status"] == "complete"
        assert len(answer["content"].split(" ")) == TOKENS


def check_one_end_each(database_url: str) -> None:
    """Each start and the one end of a run was told once, and each finished call is paid for once."""
    told = rows(
        database_url,
        """select attempt, count(*) from tasks join events on task_id = tasks.id and kind = 'task_updated'
           group by tasks.id""",
    )
    # Begun (once an attempt), ended.
    assert collections.Counter(count - attempt for attempt, count in told) == {1: STREAMS}, told
    calls = rows(database_url, "select count(*) from llm_usage group by task_id")
    assert calls == [(1,)] * STREAMS


def test_workers_and_database_end_when_their_parent_is_killed(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer
) -> None:
    settings = settings_of(upstream, redis, "")
    del settings["DATABASE_URL"]  # the embedded one
    with two_workers(folder, **settings) as (workspace, pids):
        assert postmasters(folder / "data")
        ask(workspace, STREAMS)
        wait_for("every run is at the model", lambda: upstream.stats().get("live") == STREAMS)
        family = workspace.children()
        assert set(pids) <= {process.pid for process in family}
        workspace.kill()
        try:
            wait_for("nothing is left", lambda: not any(map(is_alive, family)))
        finally:
            for orphan in filter(is_alive, family):
                orphan.kill()
        wait_for("the database has stopped", lambda: not postmasters(folder / "data"))
        wait_for("the model is let go", lambda: upstream.stats().get("live") == 0)
        found = faults(workspace.log, expected=is_about_the_lost_database)
        assert not found, "\n".join(found)


def test_separate_worker_streams_to_clients_of_the_server_and_obeys_it(
    folder: Path, upstream: FakeUpstream, redis: ValkeyServer, database_url: str
) -> None:
    settings = settings_of(
        upstream, redis, database_url, REZNET_DEFAULT_MODEL=ENDLESS, REZNET_RUN_CONCURRENCY="5"
    )
    with product(folder, **settings) as server:
        helper = Product(folder, "worker", **settings)
        helper.start(wait=False)
        try:
            with listening(server) as listener:
                listener.call("join_channel", channel_id=server.general)
                # Each process takes five at most.
                ask(server, 2 * len(AGENTS))
                wait_for("all are at the model", lambda: upstream.stats().get("live") == 10)
                here, elsewhere = split_by_process(database_url)
                assert (len(here), len(elsewhere)) == (5, 5)

                for task_id in elsewhere:
                    answer_id = server.get(f"/tasks/{task_id}")["answer_id"]
                    wait_for("text arrives", lambda m=answer_id: len(listener.live_text(m)) > 100)
                    heard = listener.live_text(answer_id)
                    shown = server.get(f"/messages/{answer_id}")
                    assert shown["content"].startswith(heard)
                    assert shown["status"] == "streaming"

                cancelled = elsewhere.pop()
                answer_id = server.get(f"/tasks/{cancelled}")["answer_id"]
                asked = time.monotonic()
                server.post(f"/tasks/{cancelled}/cancel", {})
                wait_for("its model is let go", lambda: upstream.stats().get("live") == 9)
                print(f"\na run elsewhere stopped {time.monotonic() - asked:.2f} s after the wish")
                task = wait_for_status(server, cancelled, "cancelled")
                assert task["finish"] == "cancelled"
                partial = server.get(f"/messages/{answer_id}")
                assert partial["status"] == "cancelled"
                heard = wait_for("its text", lambda: listener.live_text(answer_id))
                assert partial["content"].startswith(heard)

                # Its place was taken by nobody; the server has room for the others after this one.
                for task_id in here:
                    server.post(f"/tasks/{task_id}/cancel", {})
                assert helper.process is not None
                helper.process.send_signal(signal.SIGTERM)
                told = time.monotonic()
                wait_for(
                    "its runs go on at the server",
                    lambda: all(server.get(f"/tasks/{t}")["attempt"] == 2 for t in elsewhere),
                )
                print(f"a stopped worker's runs went on {time.monotonic() - told:.2f} s later")
                assert helper.process.wait(10) == 0
                print(f"it was gone {time.monotonic() - told:.2f} s later")
                assert all(server.get(f"/tasks/{t}")["status"] == "running" for t in elsewhere)
                for task_id in elsewhere:
                    server.post(f"/tasks/{task_id}/cancel", {})
                    wait_for_status(server, task_id, "cancelled")
        finally:
            helper.stop()
        assert not (found := faults(server.log)), "\n".join(found)
        assert not (found := faults(helper.log)), "\n".join(found)


def split_by_process(database_url: str) -> tuple[list[str], list[str]]:
    """Return the ids of the running tasks: those of one process and those of the other."""
    groups = collections.defaultdict[str, list[str]](list)
    found = rows(database_url, "select worker, id::text from tasks where status = 'running'")
    for worker, task_id in found:
        groups[worker].append(task_id)
    assert len(groups) == 2, groups
    first, second = groups.values()
    return first, second


def wait_for_status(workspace: Product, task_id: str, status: str) -> Any:
    def has_it() -> Any:
        task = workspace.get(f"/tasks/{task_id}")
        return task if task["status"] == status else None

    return wait_for(f"the run is {status}", has_it)


def is_about_the_lost_database(line: str) -> bool:
    """Workers whose database ends before them may say so."""
    return "psycopg.OperationalError" in line or "Is the server running" in line


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
