"""What is measured, and what it needs: PostgreSQL, the fake model, the product and the floor, as processes."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from reznet.core.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
FLOOR = ROOT / "benchmarks/floor.py"
FAKE_MODEL = ROOT / "backend/tests/support/fake_llm.py"
_START_SECONDS = 120.0
_SAMPLE_SECONDS = 0.05
_REMEMBER_SECONDS = 120.0
_RESTS = 10.0  # percent of a core
_COUNT_EVERY = 5  # samples of memory to one count of connections


@dataclass
class Server:
    """One of the two that are compared."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    database_url: str
    channels: list[str] = field(default_factory=list)

    def furnish(
        self, agents: Mapping[str, str], channels: int, mindful: Collection[str] = ()
    ) -> None:
        """Create agents, as names and models, and channels; those that are not `mindful` remember nothing."""
        with httpx.Client(base_url=f"{self.url}/api", timeout=30, trust_env=False) as client:
            for name, model in agents.items():
                agent: dict[str, Any] = {
                    "name": name,
                    "role": "Answers",
                    "provider": "openai",
                    "model": model,
                }
                if name not in mindful:
                    agent["memory"] = {"recall": False, "remember": "off"}
                _created(client.post("/agents", json=agent))
            self.channels = [
                _created(client.post("/channels", json={"name": f"bench-{number}"}))["id"]
                for number in range(channels)
            ]

    def until_remembered(self, agent: str, memories: int) -> None:
        """Wait until an agent has that many memories, and the server rests."""
        with httpx.Client(base_url=f"{self.url}/api", timeout=30, trust_env=False) as client:
            (found,) = client.get("/agents", params={"q": agent}).json()
            path = f"/agents/{found['id']}/memories"
            deadline = time.monotonic() + _REMEMBER_SECONDS
            while len(client.get(path, params={"limit": memories}).json()) < memories:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{agent} does not come to {memories} memories")
                time.sleep(0.25)  # seldom, since whoever asks takes time from who works
        self.until_rests()

    def until_rests(self) -> None:
        """Wait until the server has done what it does behind people's backs."""
        deadline = time.monotonic() + _REMEMBER_SECONDS
        while self.idle_cpu(1.0) > _RESTS:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the {self.name} does not come to rest")

    def cpu_seconds(self) -> float:
        """Return the processor time that the server has used so far, without the database's."""
        return sum(cpu_seconds(process) for process in _tree(self.process.pid))

    def idle_cpu(self, seconds: float) -> float:
        """Return the share of one core that the server uses while nobody wants anything, in percent."""
        before = self.cpu_seconds()
        time.sleep(seconds)
        return 100 * (self.cpu_seconds() - before) / seconds


class Watch:
    """Samples a server's resident memory (bytes) and connections while it works; peaks of both."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.memory = 0
        self.connections = 0

    def _run(self) -> None:
        target = make_url(self._server.database_url)
        admin = with_database(self._server.database_url, "postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            turn = 0
            while not self._stop.wait(_SAMPLE_SECONDS):
                memory = sum(_memory(process) for process in _tree(self._server.process.pid))
                self.memory = max(self.memory, memory)
                if turn % _COUNT_EVERY == 0:
                    query = "select count(*) from pg_stat_activity where datname = %s"
                    row = connection.execute(query, [target.database]).fetchone()
                    self.connections = max(self.connections, row[0] if row else 0)
                turn += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def databases(given: str | None, names: Sequence[str]) -> Iterator[list[str]]:
    """Give the addresses of fresh databases on a given server, or on an embedded one of this run."""
    if given is None:
        # Directly in the temporary folder: run by root, the server changes to an account that must reach it.
        with tempfile.TemporaryDirectory(prefix="reznet-bench-") as folder:
            Path(folder).chmod(0o711)
            with (
                EmbeddedPostgres.attach(Path(folder) / "data") as embedded,
                databases(embedded.url, names) as urls,
            ):
                yield urls
        return
    run = uuid.uuid4().hex[:8]
    created = [f"bench_{name}_{run}" for name in names]
    with psycopg.connect(with_database(given, "postgres"), autocommit=True) as admin:
        try:
            for name in created:
                admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            yield [with_database(given, name) for name in created]
        finally:
            for name in created:
                drop = sql.SQL("drop database if exists {} with (force)")
                admin.execute(drop.format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fake_model() -> Iterator[str]:
    """Run the fake model; gives its OpenAI-compatible address."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        process = subprocess.Popen(
            [sys.executable, str(FAKE_MODEL), "--fd", str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
        port = listener.getsockname()[1]
    with _ended(process):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def floor(database_url: str, upstream: str, window: float) -> Iterator[Server]:
    """Run the floor."""
    port = _free_port()
    command = [sys.executable, str(FLOOR), "--port", str(port), "--database-url", database_url]
    command += ["--upstream", upstream, "--window", str(window)]
    process = subprocess.Popen(command)
    with _ended(process):
        server = Server("floor", f"http://127.0.0.1:{port}", process, database_url)
        _until_healthy(server)
        yield server


@contextmanager
def product(database_url: str, upstream: str) -> Iterator[Server]:
    """Run the product on a database."""
    with (
        tempfile.TemporaryDirectory(prefix="reznet-bench-") as folder,
        _reznet(Path(folder), upstream, DATABASE_URL=database_url) as (process, url),
    ):
        server = Server("product", url, process, database_url)
        _until_healthy(server)
        yield server


def start_times(upstream: str) -> dict[str, float]:
    """Return the seconds from `reznet up` to the first healthy answer: `cold`, on an empty data folder, and `warm`."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="reznet-bench-") as folder:
        Path(folder).chmod(0o711)
        for kind in ("cold", "warm"):
            started = time.perf_counter()
            with _reznet(Path(folder), upstream) as (process, url):
                _until_healthy(Server("product", url, process, ""))
                found[kind] = time.perf_counter() - started
    return found


@contextmanager
def _reznet(
    folder: Path, upstream: str, **settings: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = _free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {
        **kept,
        "REZNET_PORT": str(port),
        "REZNET_DATA_DIR": str(folder / "data"),
        "OPENAI_BASE_URL": upstream,
        "OPENAI_API_KEY": "fake",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": "fake;ttft=0.2;rate=50;n=100",
        # Turns are remembered as ever; facts are drawn by another call of the model, in the middle of what is measured next.
        "REZNET_MEMORY_QUIET_SECONDS": "3600",
        **settings,
    }
    log_path = folder / "log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "reznet.cli", "up"],
            env=environment,
            cwd=folder,  # no .env of the developer's
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        with _ended(process):
            yield process, f"http://127.0.0.1:{port}"
    except BaseException:
        sys.stderr.write(log_path.read_text()[-4000:])
        raise


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process after the block, by force if it will not go."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_healthy(server: Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(timeout=5, trust_env=False) as client:
        while True:
            if server.process.poll() is not None:
                raise RuntimeError(f"the {server.name} ended with {server.process.returncode}")
            with suppress(httpx.TransportError):
                if client.get(f"{server.url}/api/health").status_code == 200:
                    return
            if time.monotonic() > deadline:
                raise TimeoutError(f"the {server.name} was not healthy in {_START_SECONDS:g} s")
            time.sleep(0.01)


def _created(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text[:500]}")
    return answer.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(pid: int) -> list[psutil.Process]:
    """Return a server's processes."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0


def cpu_seconds(process: psutil.Process) -> float:
    """Return the processor time of a process, 0 when it has ended."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system
    return 0.0
