"""Processes that hold an embedded PostgreSQL, and a look at what runs on a folder."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg

# Killing processes loses nothing that the system holds, so these need not wait for the disk.
QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "30"}
IS_ROOT = os.geteuid() == 0
BACKEND = Path(__file__).parents[2]

CLIENT = f"""
import signal, sys
from pathlib import Path
from reznet.core.embedded_postgres import EmbeddedPostgres
from reznet.core.errors import StartRefused
signal.signal(signal.SIGINT, lambda *_: None)
try:
    with EmbeddedPostgres.attach(Path(sys.argv[1]), settings={QUICK!r}) as server:
        print("URL", server.url, flush=True)
        sys.stdin.read()
except StartRefused as refusal:
    print("REFUSED", str(refusal).replace("\\n", " "), flush=True)
"""


class Client:
    """Another process of ours that holds the server until it is told to leave, or killed."""

    def __init__(
        self,
        folder: Path,
        *,
        python: Path | str = sys.executable,
        path: str = str(BACKEND),
        user: int | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.process = subprocess.Popen(
            [str(python), "-c", CLIENT, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={
                **os.environ,
                "PYTHONPATH": path,
                "PYTHONDONTWRITEBYTECODE": "1",
                **(environ or {}),
            },
            start_new_session=True,
            **as_user,
        )

    def answer(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(("URL ", "REFUSED ")):
                return line.partition(" ")[2].strip()
        raise AssertionError(f"the client ended with {self.process.wait()}")

    def leave(self) -> None:
        self.process.communicate("", timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def postgres_below(path: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] in {"postgres", "initdb"} and (
                Path(process.cwd()).is_relative_to(path)
                or str(path) in " ".join(process.cmdline())
            ):
                found.append(process)
    return found


def postmasters_of(path: Path) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for process in postgres_below(path):
        with suppress(psutil.Error):
            if "-D" in process.cmdline():
                found[process.pid] = process
    # A child has its parent's command line until it sets its own.
    return [process for process in found.values() if parent_of(process) not in found]


def parent_of(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


def supervisors_of(path: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "reznet.core.embedded_postgres.supervisor" in command and str(path) in command[-1]:
            found.append(process)
    return found


def is_gone(process: psutil.Process) -> bool:
    # The first process of a container may be slow to collect its dead.
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def nothing_runs(path: Path) -> bool:
    return not postgres_below(path) and not supervisors_of(path)


def run(url: str, statement: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def answers(url: str) -> bool:
    try:
        return run(url, "select 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def python_for_everybody(base: Path) -> Path:
    """Return an interpreter that any account can run; root's own may lie in a closed home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = base / "interpreter"
    shutil.copytree(
        Path(sys.base_prefix) / "lib",
        target / "lib",
        symlinks=True,
        copy_function=link_or_copy,
        ignore=shutil.ignore_patterns("site-packages", "test", "idlelib", "*.a", "config-*"),
    )
    (target / "bin").mkdir()
    link_or_copy(str(Path(sys.executable).resolve()), str(target / "bin" / version))
    return target / "bin" / version


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
