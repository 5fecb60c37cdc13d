"""Find uv, or fetch it into the checkout, and run it with the settings of this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pip_settings import usable_cache, uv_settings

OLDEST = (0, 5)  # the first release with the variables that pip_settings hands over
EXTRA_PLACES = {"UV_INDEX", "UV_INDEX_STRATEGY", "UV_FIND_LINKS"}
NO_PIP = """\
uv is not on PATH, and this Python has neither ensurepip nor pip to fetch it with. Do one of these, then try again:
  Debian and Ubuntu:  apt install python3-venv   (or python3.12-venv, for the version in use)
  elsewhere:          install uv with your package manager"""


class SetupFailed(Exception):
    """What stopped the setup, in words for the person who ran it."""


class Uv:
    """A uv to run in the checkout `root`, with packages found where pip would find them."""

    def __init__(self, root: Path, tools: Path, *, main_index_only: bool = False) -> None:
        """Find uv on PATH or in `tools`; fetch the pinned one into `tools` when there is none.

        Args:
            root: The checkout; relative paths in arguments start there.
            tools: The folder for what the setup itself needs.
            main_index_only: Leave out the extra indexes and folders that pip would also look at.
        """
        self._root = root
        self._environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
        self._executable = _find(root, tools)
        settings = uv_settings(_any_pip(tools), os.environ)
        self._no_index = ["--no-index"] if settings.pop("UV_NO_INDEX", "") else []
        if main_index_only:
            settings = {k: v for k, v in settings.items() if k not in EXTRA_PLACES}
        self._environment |= settings | usable_cache(os.environ, tools / "cache")

    def run(self, *arguments: str, text: str = "") -> None:
        """Run uv with `text` as its input.

        Raises:
            SetupFailed: It failed; it has said why itself.
        """
        extra = self._no_index if arguments[0] == "pip" else []
        command = [self._executable, *arguments[:2], *extra, *arguments[2:]]
        # Inherits the setup's lock: if we are killed, the next setup waits for this uv to end.
        answer = subprocess.run(
            command,
            input=text,
            text=True,
            cwd=self._root,
            env=self._environment,
            close_fds=False,
        )
        if answer.returncode:
            raise SetupFailed(f"`uv {' '.join(arguments)}` failed; the lines above say why.")


def _find(root: Path, tools: Path) -> str:
    on_path = shutil.which("uv")
    if on_path and _version(on_path) >= OLDEST:
        return on_path
    own = str(tools / "uv/bin/uv")
    if _version(own) < OLDEST:
        _fetch(root / "requirements-tools.lock", tools / "uv")
        if _version(own) < OLDEST:
            raise SetupFailed("the uv that was fetched doesn't run on this machine; install uv.")
    return own


def _version(executable: str) -> tuple[int, ...]:
    """The version of a uv as numbers; (0,) when it can't be run."""
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    except OSError:
        return (0,)
    numbers = re.search(r"\d+(\.\d+)+", answer.stdout)
    return tuple(int(n) for n in numbers[0].split(".")) if numbers else (0,)


def _fetch(lock: Path, place: Path) -> None:
    """Install the pinned uv in `place`, through an environment of its own or a pip that is there."""
    print("Fetching uv, the installer", flush=True)
    remove(place)
    base = base_python()
    if importlib.util.find_spec("ensurepip"):
        _checked([base, "-m", "venv", str(place)])
        target, pip = [], [str(place / "bin/python"), "-m", "pip"]
    elif has_pip([base, "-m", "pip"]):
        target, pip = ["--target", str(place)], [base, "-m", "pip"]
    else:
        raise SetupFailed(NO_PIP)
    quiet = ["--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"]
    _checked([*pip, "install", *quiet, "--require-hashes", *target, "-r", str(lock)])


def _checked(command: list[str]) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        raise SetupFailed("uv, the installer, can't be fetched; the lines above say why.")


def _any_pip(tools: Path) -> list[str] | None:
    """A pip to ask for this machine's settings; None when there is none."""
    for python in (base_python(), str(tools / "uv/bin/python")):
        if has_pip([python, "-m", "pip"]):
            return [python, "-m", "pip"]
    return None


def has_pip(pip: list[str]) -> bool:
    """Whether this command is a pip that runs."""
    try:
        return not subprocess.run(
            [*pip, "--version"], capture_output=True, stdin=subprocess.DEVNULL
        ).returncode
    except OSError:
        return False


def base_python() -> str:
    """The interpreter that environments are made with, also when we run in one of them."""
    return getattr(sys, "_base_executable", None) or sys.executable


def remove(folder: Path) -> None:
    """Remove a folder or a link; moved aside first, so that no half of it is ever seen."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        aside = folder.with_name(f"{folder.name}.old-{os.getpid()}")
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
