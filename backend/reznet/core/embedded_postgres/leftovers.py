"""What a server leaves behind whose supervisor or postmaster was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from reznet.core.embedded_postgres import wire
from reznet.core.errors import StartRefused

_STOP_SECONDS = 120.0
_RETRY_SECONDS = 60.0
_POLL_SECONDS = 0.02


class LeftoverServer:
    """Gets a former server on the same data folder out of the way.

    Whoever calls holds the folder's lock, so nobody else runs a server there on purpose. A former
    server is found by connecting; its pid file is believed only after that.
    """

    def __init__(self, data: Path, run: Path, pump: Callable[[float | None], None]) -> None:
        self._data = data
        self._run = run
        self._pump = pump
        self._since = time.monotonic()

    def clear(self) -> None:
        """Stop what still runs on the data folder, and wait until it is gone.

        Raises:
            StartRefused: it does not end.
        """
        start = time.monotonic()
        asked: set[tuple[int, signal.Signals]] = set()
        while self._ask_to_stop(time.monotonic() - start, asked):
            if time.monotonic() - start > 2 * _STOP_SECONDS:
                raise StartRefused(
                    f"A former PostgreSQL on {self._data} does not stop. End its processes "
                    "(ps lists them as `postgres`), then start again."
                )
            self._pump(_POLL_SECONDS)

    def may_retry(self) -> bool:
        """Wait a moment; return whether a start that found leftovers is worth another try."""
        if not _is_postgres(self._pid_in_file(), self._data):
            # The number was given to another program since: after a reboot, or in a container.
            (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._pump(0.1)
        return time.monotonic() - self._since < _RETRY_SECONDS

    def _ask_to_stop(self, waited: float, asked: set[tuple[int, signal.Signals]]) -> bool:
        """Signal what is left, each once; return whether anything is."""
        if wire.is_listening(self._run):
            gentle = signal.SIGINT if waited < _STOP_SECONDS else signal.SIGQUIT
            found = {(self._pid_in_file(), gentle)}
        else:
            # Backends of a killed postmaster end by themselves, but not in the midst of a query.
            found = {(pid, signal.SIGQUIT) for pid in _processes_in(self._data)}
        for pid, by in found - asked:
            if pid > 1:
                with suppress(ProcessLookupError):
                    os.kill(pid, by)
                asked.add((pid, by))
        return bool(found)

    def _pid_in_file(self) -> int:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return 0


def _processes_in(data: Path) -> Iterator[int]:
    """Yield PostgreSQL's processes on the folder: they all work in it."""
    if sys.platform != "linux":
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with suppress(OSError):
                is_postgres = (entry / "comm").read_text().strip() == "postgres"
                if is_postgres and (entry / "cwd").readlink() == data:
                    yield int(entry.name)


def _is_postgres(pid: int, data: Path) -> bool:
    if pid <= 1:
        return False
    if sys.platform == "linux":
        return pid in _processes_in(data)
    said = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return "postgres" in said.stdout
