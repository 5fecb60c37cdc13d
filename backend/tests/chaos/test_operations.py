"""Starting, upgrading, sharing and stopping a workspace, with its real processes."""

import itertools
import random
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from reznet.migrations import runner
from tests.support.databases import Server, with_database
from tests.support.product import Product, postmasters, product, wait_for
from tests.support.scaled import faults
from tests.support.upstream import FakeUpstream

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

STREAMS = 100
MAX_CONNECTIONS = 30
SLOW = "fake;ttft=0.1;rate=5;n=5000"
# Alembic's and DBOS's tables exist in one version each.
REVISIONS = "select version_num from alembic_version"


def model_settings(upstream: FakeUpstream, model: str = SLOW) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": model,
    }


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    """The address of a database that holds nothing."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    server.run("create database {}", name)
    try:
        yield with_database(server.admin_url, name)
    finally:
        server.run("drop database if exists {} with (force)", name)


def rows(database_url: str, query: str, *values: object) -> list[Any]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def check_log(*products: Product) -> None:
    for each in products:
        found = faults(each.log)
        assert not found, "\n".join(found)


def test_a_hundred_streams_need_few_connections_and_keep_no_transaction_open(
    folder: Path, upstream: FakeUpstream, database_url: str
) -> None:
    settings = model_settings(upstream) | {"DATABASE_URL": database_url}
    with product(folder, **settings) as workspace:
        agents = ("backend", "frontend", "qa", "devops", "orchestrator")
        mentions = " ".join(f"@{agent}" for agent in agents)
        most = oldest = 0
        for number in range(STREAMS // len(agents)):
            workspace.post(
                f"/channels/{workspace.general}/messages", {"content": f"{mentions} {number}"}
            )
            most = max(most, sum(connections(database_url).values()))
        wait_for("all are at the model", lambda: upstream.stats().get("live") == STREAMS)

        slowest = 0.0
        until = time.monotonic() + 6  # a transaction that is kept open shows its age by then
        number = itertools.count()
        while time.monotonic() < until:
            for ask in (
                lambda: workspace.get("/health"),
                lambda: workspace.get("/channels"),
                lambda: workspace.post(
                    f"/channels/{workspace.general}/messages", {"content": f"note {next(number)}"}
                ),
            ):
                began = time.monotonic()
                ask()
                slowest = max(slowest, time.monotonic() - began)
            most = max(most, sum(connections(database_url).values()))
            oldest = max(oldest, idle_in_transaction_seconds(database_url))
        assert upstream.stats()["live"] == STREAMS, "they did not stream all the time"
        print(
            f"\n{STREAMS} streams: at most {most} connections {dict(connections(database_url))}; "
            f"longest idle transaction {oldest} s; slowest of {next(number)} rounds {slowest * 1000:.0f} ms"
        )
        assert 0 < most <= MAX_CONNECTIONS
        assert oldest < 5
        for task in workspace.get("/tasks", limit=200):
            workspace.post(f"/tasks/{task['id']}/cancel", {})
        wait_for("the model is let go", lambda: upstream.stats().get("live") == 0)
    check_log(workspace)


def connections(database_url: str) -> dict[str, int]:
    """Return how many connections the product holds, by application name."""
    found = rows(
        database_url,
        """select application_name, count(*) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() group by 1""",
    )
    return {str(name): int(count) for name, count in found}


def idle_in_transaction_seconds(database_url: str) -> int:
    found = rows(
        database_url,
        """select coalesce(max(extract(epoch from now() - state_change)), 0)::int from pg_stat_activity
           where datname = current_database() and state like 'idle in transaction%%'""",
    )
    return int(found[0][0])


def test_three_processes_that_start_at_once_make_one_schema(
    folder: Path, upstream: FakeUpstream, empty_database: str
) -> None:
    settings = model_settings(upstream) | {"DATABASE_URL": empty_database}
    with ExitStack() as stack:
        three = [Product(folder, **settings) for _ in range(3)]
        for each in three:
            each.start(wait=False)
            stack.callback(each.stop)
        for each in three:
            wait_for("it is ready", each.is_ready, seconds=90)
        assert rows(empty_database, REVISIONS) == [(runner.head_revision(),)]
        assert migrated(three) == 1
        for each in three:
            assert [channel["name"] for channel in each.get("/channels")] == ["general"]
        assert [each.stop() for each in three] == [0, 0, 0]
    check_log(*three)


def migrated(products: list[Product]) -> int:
    """Return how many of the processes have migrated the database."""
    return sum("migrating the database" in each.log.read_text() for each in products)


def test_start_that_is_killed_while_migrating_is_made_good_by_the_next(
    folder: Path, upstream: FakeUpstream, empty_database: str
) -> None:
    settings = model_settings(upstream) | {"DATABASE_URL": empty_database}
    cut = Product(folder, **settings)
    seen: list[str | None] = []
    for _ in range(3):
        cut.start(wait=False)
        wait_for(
            "it is connected",
            lambda: rows(empty_database, f"{OTHERS} and state is not null")[0][0] > 0,
            seconds=60,
        )
        time.sleep(random.uniform(0, 0.4))  # not a wait: the moment of the kill is what varies
        cut.kill()
        seen.append(runner.current_revision(empty_database))
    print(f"\nkilled with the schema at {seen}")
    with product(folder, **settings) as workspace:
        assert rows(empty_database, REVISIONS) == [(runner.head_revision(),)]
        body = {"content": "all is well"}
        assert workspace.post(f"/channels/{workspace.general}/messages", body)["id"]
    check_log(workspace)


OTHERS = """select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()"""


def test_database_of_a_newer_program_is_refused(
    folder: Path, upstream: FakeUpstream, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    settings = model_settings(upstream) | {"DATABASE_URL": database_url}
    for command in (("up",), ("worker",)):
        refused = Product(folder, *command, **settings).start(wait=False)
        assert refused.process is not None
        assert refused.process.wait(60) == 2
        said = " ".join(refused.log.read_text().split())
        assert "9999" in said
        assert runner.head_revision() in said
        assert "Traceback" not in said
    assert rows(database_url, REVISIONS) == [("9999",)]


def test_two_workspaces_share_the_database_of_a_folder(
    folder: Path, upstream: FakeUpstream
) -> None:
    settings = model_settings(upstream, "fake;text=hello")
    with product(folder, **settings) as first, product(folder, **settings) as second:
        assert len(roots(folder)) == 1
        posted = first.post(f"/channels/{first.general}/messages", {"content": "@backend hi"})
        assert second.get(f"/messages/{posted['id']}")["content"] == "@backend hi"
        wait_for("it is answered", lambda: second.get("/tasks")[0]["status"] == "completed")

        third = Product(folder, "up", "--port", str(first.port), **settings).start(wait=False)
        assert third.process is not None
        assert third.process.wait(60) == 2
        assert str(first.port) in third.log.read_text()

        assert first.stop() == 0
        assert len(roots(folder)) == 1
        second.post(f"/channels/{second.general}/messages", {"content": "@backend still there?"})
        wait_for(
            "it is answered",
            lambda: [task["status"] for task in second.get("/tasks")] == ["completed"] * 2,
        )
        assert second.stop() == 0
        assert not postmasters(folder / "data")
    check_log(first, second, third)


def roots(folder: Path) -> list[psutil.Process]:
    """Return the servers that run on the data folder, without their own children."""
    found = postmasters(folder / "data")
    pids = {process.pid for process in found}
    return [process for process in found if process.ppid() not in pids]


@contextmanager
def timed(what: str, most: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    print(f"\n{what}: {seconds:.2f} s")
    assert seconds < most


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_stop_in_mid_stream_is_quick_and_leaves_nothing(
    folder: Path, upstream: FakeUpstream, signum: signal.Signals
) -> None:
    with product(folder, **model_settings(upstream)) as workspace:
        workspace.post(f"/channels/{workspace.general}/messages", {"content": "@backend @qa hi"})
        wait_for("both are at the model", lambda: upstream.stats().get("live") == 2)
        family = workspace.children()
        assert workspace.process is not None
        with timed(f"stopped by {signum.name}", 10):
            workspace.process.send_signal(signum)
            assert workspace.process.wait(20) == 0
        wait_for("nothing is left", lambda: not any(process.is_running() for process in family))
        assert not postmasters(folder / "data")
        wait_for("the model is let go", lambda: upstream.stats().get("live") == 0)
    check_log(workspace)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_stop_while_starting_leaves_nothing(
    folder: Path, upstream: FakeUpstream, signum: signal.Signals
) -> None:
    workspace = Product(folder, **model_settings(upstream)).start(wait=False)
    assert workspace.process is not None
    try:
        wait_for("the database runs", lambda: roots(folder))
        workspace.process.send_signal(signum)
        workspace.process.wait(20)
        wait_for("the database has stopped", lambda: not postmasters(folder / "data"))
    finally:
        workspace.stop()
    check_log(workspace)
    assert "Traceback" not in workspace.log.read_text()
    with pytest.raises(httpx.TransportError):
        workspace.http.get("/health")
    with product(folder, **model_settings(upstream)) as again:
        assert again.get("/channels")
