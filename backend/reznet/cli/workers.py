"""Several serving processes behind one listening socket, kept alive by this one."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

import httpx
import structlog

from reznet.cli.client import settings_address
from reznet.core.config import Settings
from reznet.core.errors import StartRefused

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 20
_LOOK_SECONDS = 0.5
_QUICK_SECONDS = 5
_MAX_QUICK_EXITS = 3


def run_workers(
    settings: Settings, url: str, listener: socket.socket, *, started: Callable[[], None]
) -> None:
    """Run `settings.workers` processes until SIGINT or SIGTERM; start those that die anew.

    Raises:
        StartRefused: workers keep dying right after their start.
    """
    with _Workers(settings, url, listener) as workers:
        workers.wait_until_ready()
        started()
        workers.watch()


class _Workers:
    def __init__(self, settings: Settings, url: str, listener: socket.socket) -> None:
        self._settings = settings
        self._url = url
        self._listener = listener
        self._processes: dict[subprocess.Popen[bytes], float] = {}
        self._alive_read, self._alive_write = os.pipe()
        self._stopping = False
        self._wake = threading.Event()
        self._quick_exits = 0

    def __enter__(self) -> "_Workers":
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._stop)
        for _ in range(self._settings.workers):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        until = time.monotonic() + _GRACE_SECONDS
        for process in self._processes:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        os.close(self._alive_write)
        os.close(self._alive_read)

    def wait_until_ready(self) -> None:
        """Return once a worker answers; raise when they die instead."""
        address = settings_address(self._settings)
        while not self._stopping and not _answers(address):
            self._replace_dead()

    def watch(self) -> None:
        """Start dead workers anew until told to stop."""
        while not self._stopping:
            self._replace_dead()
            self._wake.wait(_LOOK_SECONDS)

    def _start(self) -> None:
        environment = os.environ | {
            "DATABASE_URL": self._url,
            "REZNET_HOST": self._settings.host,
            "REZNET_PORT": str(self._settings.port),
            "REZNET_WORKERS": str(self._settings.workers),
        }
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-m",
                "reznet.worker",
                str(self._listener.fileno()),
                str(self._alive_read),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=(self._listener.fileno(), self._alive_read),
            # A Ctrl-C in the terminal goes to this process alone, which then stops the workers.
            start_new_session=True,
        )
        self._processes[process] = time.monotonic()

    def _replace_dead(self) -> None:
        for process, since in list(self._processes.items()):
            code = process.poll()
            if code is None or self._stopping:
                continue
            del self._processes[process]
            log.warning("a worker ended and is started anew", pid=process.pid, code=code)
            quick = time.monotonic() - since < _QUICK_SECONDS
            self._quick_exits = self._quick_exits + 1 if quick else 0
            if self._quick_exits >= _MAX_QUICK_EXITS:
                raise StartRefused(
                    f"Workers end right after their start (code {code}); their messages are above."
                )
            self._start()

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stopping = True
        self._wake.set()


def _answers(address: str) -> bool:
    """Whether a worker answers; waits about as long as one takes to start."""
    try:
        return httpx.get(
            f"{address}/api/health", timeout=_LOOK_SECONDS, trust_env=False
        ).is_success
    except httpx.TransportError:
        return False
