"""What a process pays for models before it asks one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reznet import agents


def test_the_providers_libraries_are_loaded_late() -> None:
    loaded = _loaded_after("import reznet.agents.llm_client, reznet.agents.providers")
    assert loaded == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["pydantic_ai", "openai"]),
        ({"ANTHROPIC_API_KEY": "sk-test"}, ["pydantic_ai", "openai", "anthropic"]),
    ],
)
def test_anthropics_library_is_loaded_ahead_only_with_a_key(
    settings: dict[str, str], expected: list[str]
) -> None:
    loaded = _loaded_after(
        "import asyncio; from reznet.core.config import load_settings\n"
        "from reznet.agents.llm_client import LLMClient\n"
        f"asyncio.run(LLMClient(load_settings({settings!r}, env_file=None)).warm())"
    )
    assert [name for name in loaded if name != "genai_prices"] == expected


def _loaded_after(program: str) -> list[str]:
    """Return which of the large libraries a fresh process has after a program."""
    program += (
        "\nimport sys\n"
        "print(*(m for m in ('pydantic_ai', 'openai', 'anthropic', 'genai_prices') if m in sys.modules))"
    )
    backend = Path(agents.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(backend)},
    )
    return ran.stdout.split()
