"""Asking language models: the one thing that agents, planners and memories call."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Literal, cast

from pydantic import BaseModel

from reznet.agents.answers import AnswerStream
from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import (
    Finished,
    LLMError,
    LLMErrorKind,
    ModelRef,
    Result,
    Shape,
    Tool,
    Turn,
)
from reznet.agents.local_model import LocalModel
from reznet.agents.pace import Pace
from reznet.agents.providers import ProviderDirectory
from reznet.agents.questions import Call, Question
from reznet.agents.retries import Retries, RetryPolicy
from reznet.core.background import in_daemon_thread
from reznet.core.config import Settings

if TYPE_CHECKING:
    from reznet.agents.wire.gateway import Gateway


class LLMClient:
    """Speaks to every provider over shared connections. One per process and event loop.

    The providers' libraries are loaded when the first call is made, or by `warm`.
    """

    def __init__(
        self,
        settings: Settings,
        directory: ProviderDirectory | None = None,
        *,
        backoff_seconds: float = 0.5,
    ) -> None:
        """Take the settings and who knows the providers' usual models; nothing connects yet.

        `backoff_seconds` is about the first pause between two tries of a model.
        """
        self._settings = settings
        self._directory = directory or ProviderDirectory(settings)
        self._explainer = Explainer(settings)
        self._local = LocalModel(settings, self._explainer)
        self._policy = RetryPolicy(
            settings.model_attempts, settings.retry_after_cap_seconds, backoff_seconds
        )
        self._pace = Pace()
        self._gateway: Gateway | None = None
        self._loading = asyncio.Lock()

    def stream(
        self,
        prompt: str | Sequence[Turn],
        *,
        system: str = "",
        model: ModelRef,
        tools: Sequence[Tool] = (),
        shape: Shape | None = None,
    ) -> AnswerStream:
        """Return the answer's events, to be read inside `async with`.

        `prompt` is a question or a whole conversation that ends with one. Text comes as
        `TextDelta`; each request to a provider ends with a `ModelCalled`; `Restarted` voids the
        text so far; `Finished` is the last. Reading raises `LLMError` when no model could answer.

        With tools, the model calls them as it likes while it answers; a call that has run a tool
        is not made again when it fails. A `shape` keeps the text of an answer without tools to a form,
        where the provider can.
        """
        question = Question(system, _turns(prompt), tuple(tools), shape=shape)
        return AnswerStream(self._open, question, model, self._settings, self._policy, self._pace)

    async def generate[T: (str, BaseModel)](
        self,
        prompt: str | Sequence[Turn],
        *,
        system: str = "",
        model: ModelRef,
        tools: Sequence[Tool] = (),
        output: type[T] = str,
    ) -> Result[T]:
        """Return the whole answer: text, or an instance of the model class `output`.

        Raises:
            LLMError: no model could answer; of kind `output` when it did not fit the class.
        """
        question = Question(system, _turns(prompt), tuple(tools), output)
        stream = AnswerStream(
            self._open, question, model, self._settings, self._policy, self._pace
        )
        finished: Finished | None = None
        async with stream:
            async for event in stream:
                if isinstance(event, Finished):
                    finished = event
        assert finished is not None  # noqa: S101 - a stream ends with it, or raises
        answer = stream.text if output is str else stream.output
        return Result(
            output=cast("T", answer),
            finish=finished.finish,
            provider=finished.provider,
            model=finished.model,
            usage=finished.usage,
            calls=tuple(stream.calls),
        )

    async def embed(
        self, texts: Sequence[str], *, model: ModelRef, kind: Literal["query", "document"]
    ) -> list[list[float]]:
        """Return a vector for each text, in their order; `kind` says what the texts will be used as.

        Raises:
            LLMError: the provider has no embeddings, or failed.
        """
        if not texts:
            return []
        prefixed = [f"{_prefix(model.name, kind)}{text}" for text in texts]
        gateway, model = await self._load(), await self._named(model)
        retries = Retries(self._policy, has_fallback=False)
        while True:
            try:
                async with asyncio.timeout(self._settings.answer_seconds):
                    return await gateway.embed(prefixed, model)
            except LLMError as failure:
                pause = retries.pause(failure)
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    async def warm(self) -> None:
        """Load the providers' libraries, so that the first answer need not wait for them."""
        await self._load()

    async def aclose(self) -> None:
        """Close every connection and end the local model's process."""
        if self._gateway is not None:
            await self._gateway.aclose()
        await self._local.aclose()

    async def _open(self, ref: ModelRef, question: Question) -> Call:
        gateway = self._gateway or await self._load()
        return await gateway.open(await self._named(ref), question)

    async def _named(self, ref: ModelRef) -> ModelRef:
        """Return the model with its name, where only the provider was named."""
        if ref.name:
            return ref
        name = await self._directory.usual_model(ref.provider)
        if not name:
            raise LLMError(
                LLMErrorKind.MODEL_MISSING,
                f"{ref.provider} does not say which models it has: name one in the agent's "
                "configuration, or set REZNET_DEFAULT_MODEL.",
            )
        return replace(ref, name=name)

    async def _load(self) -> "Gateway":
        async with self._loading:
            if self._gateway is None:
                # Seconds of work, so not on the event loop; and a process that ends leaves it behind.
                module = await in_daemon_thread(self._import, name="load-models")
                self._gateway = cast(
                    "Gateway", module.Gateway(self._settings, self._explainer, self._local)
                )
            return self._gateway

    def _import(self) -> ModuleType:
        """Import the providers' libraries; those of Anthropic only where they are likely to be used."""
        if self._settings.anthropic_api_key is not None:
            import_module("reznet.agents.wire.anthropic_models")
        return import_module("reznet.agents.wire.gateway")


def _turns(prompt: str | Sequence[Turn]) -> tuple[Turn, ...]:
    return (Turn("user", prompt),) if isinstance(prompt, str) else tuple(prompt)


def _prefix(model: str, kind: Literal["query", "document"]) -> str:
    """Return what the model wants before a text, by its documentation."""
    if "nomic-embed-text" in model:
        return f"search_{kind}: "
    return ""
