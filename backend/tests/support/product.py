"""The product as its users run it: processes started by its own command, reached over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

START_SECONDS = 60


def wait_for[T](what: str, condition: Callable[[], T | None], *, seconds: float = 30) -> T:
    """Return the condition's first truthy value; fail when there is none in time."""
    until = time.monotonic() + seconds
    pause = 0.01
    while True:
        if value := condition():
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)
        pause = min(0.1, pause * 1.5)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**settings: str) -> dict[str, str]:
    """Return an environment with these settings and none of the developer's."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    return kept | {"PYTHONUNBUFFERED": "1"} | settings


class Product:
    """One `reznet` process and a client of its API."""

    def __init__(self, folder: Path, *command: str, **settings: str) -> None:
        self.port = free_port()
        self.log = folder / f"reznet-{self.port}.log"
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = command or ("up",)
        # Facts are drawn by calls of the model, which only their own tests expect.
        settings = {"REZNET_MEMORY_QUIET_SECONDS": "3600"} | settings
        self._environment = clean_environment(
            REZNET_PORT=str(self.port),
            REZNET_DATA_DIR=str(folder / "data"),
            REZNET_LOG_FORMAT="json",
            OLLAMA_HOST="http://127.0.0.1:9",
            **settings,
        )
        self._folder = folder
        self.http = httpx.Client(base_url=f"{self.address}/api", timeout=30, trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> "Product":
        """Start the process and wait until it is healthy."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reznet.cli", *self._command],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            wait_for("the workspace is ready", self.is_ready, seconds=START_SECONDS)
        return self

    def is_ready(self) -> bool:
        """Whether the workspace says that it is ready."""
        assert self.process is not None
        assert self.process.poll() is None, f"it ended: {self.log.read_text()[-3000:]}"
        try:
            return self.http.get("/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9 the process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the process to end, as Ctrl-C or a service manager does; return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def children(self) -> list[psutil.Process]:
        """Return the processes that this one has started."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str, **params: Any) -> Any:
        """Return the body of a GET; every page of a list."""
        response = self.http.get(path, params=params)
        response.raise_for_status()
        body = response.json()
        while "next" in response.links:
            response = self.http.get(response.links["next"]["url"])
            response.raise_for_status()
            body += response.json()
        return body

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        """Return the body of a POST."""
        response = self.http.post(path, json=body, headers=headers)
        response.raise_for_status()
        return response.json()

    @property
    def data_folder(self) -> str:
        """Where its data lies, the embedded PostgreSQL included."""
        return self._environment["REZNET_DATA_DIR"]

    @property
    def general(self) -> str:
        """The id of the channel that every workspace begins with."""
        return next(
            channel["id"] for channel in self.get("/channels") if channel["name"] == "general"
        )


@contextmanager
def product(folder: Path, *command: str, **settings: str) -> Iterator[Product]:
    """Run the product for the time of the block."""
    running = Product(folder, *command, **settings)
    try:
        yield running.start()
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()
        running.http.close()


def postmasters(data_folder: Path) -> list[psutil.Process]:
    """Return the PostgreSQL servers that run on a data folder, wherever they keep the cluster."""
    wanted = str(data_folder)
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name", "cmdline"]):
        line = process.info["cmdline"] or []
        if line and Path(line[0]).name == "postgres" and any(wanted in part for part in line):
            found.append(process)
    return found
