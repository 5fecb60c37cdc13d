"""What it takes to check the web UI: a Node that is new enough, and packages in step with the lock."""

import subprocess
from pathlib import Path

from reznet.core.ui_build import UiNotBuilt, build_ui, find_node, install_command, packages_in_step

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend/package.json"
_GENERATED = ROOT / "frontend/src/api/generated"


def web_ui_commands(environment: dict[str, str]) -> tuple[list[list[str]], dict[str, str]]:
    """The commands to run in `frontend/`, in order, and the environment to run them in.

    Returns:
        No commands when they can't run; what to do about it has been printed.
    """
    if not FRONTEND.exists():
        print("web UI: there is no frontend/package.json", flush=True)
        return [], environment
    node = find_node(environment)
    if node is None:
        print("web UI: install Node.js 20.19 or newer; none was found", flush=True)
        return [], environment
    commands = [[*node.npm, "run", script] for script in ("lint", "typecheck", "test")]
    if not packages_in_step(FRONTEND.parent):
        commands.insert(0, install_command(node))
    return commands, node.environment(environment)


def build() -> bool:
    """Build the UI that the tests serve, if it isn't in step; says whether there is one."""
    try:
        build_ui(ROOT, lambda line: print(line, flush=True))
    except UiNotBuilt as problem:
        print(problem, flush=True)
        return False
    return True


def client_is_fresh(python: str, environment: dict[str, str]) -> bool:
    """Whether the UI's typed client is that of the API; what is stale is written anew."""
    stale = subprocess.run([python, str(ROOT / "scripts/openapi.py")], cwd=ROOT).returncode != 0
    node = find_node(environment)
    if node is None:
        return False
    before = _contents()
    command = [*node.npm, "run", "--silent", "generate"]
    made = subprocess.run(command, cwd=FRONTEND.parent, env=node.environment(environment))
    stale = stale or before != _contents()
    if stale:
        print(
            "The client of the API in frontend/src/api was stale: commit what has changed there."
        )
    return made.returncode == 0 and not stale


def _contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _GENERATED.rglob("*") if path.is_file()}
