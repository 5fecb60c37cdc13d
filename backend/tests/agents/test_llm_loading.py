"""What a process pays for models before it asks one."""

import os
import subprocess
import sys
from pathlib import Path

from reznet import agents


def test_the_providers_libraries_are_loaded_late() -> None:
    program = (
        "import sys, reznet.agents.llm_client, reznet.agents.registry, reznet.agents.providers;"
        "print([m for m in ('pydantic_ai', 'openai', 'anthropic', 'genai_prices') if m in sys.modules])"
    )
    backend = Path(agents.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(backend)},
    )
    assert ran.stdout.strip() == "[]"
