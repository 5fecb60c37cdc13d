"""The command line as a process, and what it prints."""

import json
import subprocess
import sys
import tempfile
from typing import Any

from tests.support.product import Product, clean_environment


def reznet(
    *arguments: str, workspace: Product | None = None, stdin: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    port = str(workspace.port) if workspace else "9"
    return subprocess.run(
        [sys.executable, "-m", "reznet.cli", *arguments],
        env=clean_environment(
            **({"REZNET_PORT": port, "OLLAMA_HOST": "http://127.0.0.1:9"} | settings)
        ),
        cwd=tempfile.gettempdir(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def output(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
