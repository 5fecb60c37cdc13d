"""Which providers can be used now, what they offer, and which one stands in where none is named."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from reznet.agents import probes
from reznet.agents.addresses import is_openai_itself
from reznet.agents.llm_errors import Explainer
from reznet.agents.local_model import find_local_file
from reznet.core.config import ProviderName, Settings
from reznet.schemas.providers import ProviderOut, ProviderStateKind

# Of those that each provider sells, the one for everyday work.
_USUAL_MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-sonnet-5-5",
    "openai": "gpt-5.4-mini",
}
_ORDER: tuple[ProviderName, ...] = ("anthropic", "openai", "ollama", "local")
# What has changed is seen soon; whoever only needs a name need not wait for a look each time.
_FRESH_SECONDS = 5.0
_KEPT_SECONDS = 60.0
_PROBE_SECONDS = 3.0
_MOST_MODELS = 300
_DEFAULT_OPENAI = Settings.model_fields["openai_base_url"].default
_DEFAULT_OLLAMA = Settings.model_fields["ollama_host"].default
# OpenAI lists everything it has; these do not converse.
_NO_CHAT = re.compile(
    "embed|whisper|tts|dall-e|moderation|audio|image|realtime|transcribe|babbage|davinci|sora"
)
_TRIAL = (
    "A tiny trial model on this machine: it knows very little and makes things up. Connect a better one: "
    "set ANTHROPIC_API_KEY or OPENAI_API_KEY, start Ollama, or set REZNET_LOCAL_MODEL to a GGUF file."
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at every provider found."""

    at: float
    states: tuple[ProviderOut, ...]


class ProviderDirectory:
    """Looks at the providers of the settings, all at once, and remembers it for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._explainer = Explainer(settings)
        self._look: _Look | None = None
        self._looking = asyncio.Lock()

    async def states(self) -> Sequence[ProviderOut]:
        """Return each provider, whether it can be used now, and what to do if not."""
        return (await self._seen(_FRESH_SECONDS)).states

    async def default(self) -> tuple[str, str]:
        """Return the provider and model of agents that name none.

        What the settings say; else the provider whose key or address is set, Anthropic before
        OpenAI; else an Ollama that answers and has a model; else the local model. The model is
        empty when the provider can't be asked for one now.
        """
        provider = self._settled_provider()
        if provider is None:
            states = (await self._seen(_KEPT_SECONDS)).states
            provider = next(state.name for state in states if state.is_default)
        return provider, self._settings.default_model or await self.usual_model(provider)

    async def usual_model(self, provider: str) -> str:
        """Return the model of a provider where only the provider is named; empty if not known."""
        usual = next((m for name, m in _USUAL_MODELS.items() if name == provider), "")
        if provider == "anthropic" or (provider == "openai" and is_openai_itself(self._settings)):
            return usual
        if provider == "local":
            return find_local_file(self._settings).model
        states = (await self._seen(_KEPT_SECONDS)).states
        if not any(state.name == provider and state.models for state in states):
            states = (await self._seen(_FRESH_SECONDS)).states
        models = next((state.models for state in states if state.name == provider), ())
        return models[0] if models and usual not in models else usual if models else ""

    def _settled_provider(self) -> ProviderName | None:
        """Return the default provider if the settings alone decide it."""
        settings = self._settings
        if settings.default_provider is not None:
            return settings.default_provider
        return next((name for name in ("anthropic", "openai") if self._is_set_up(name)), None)

    def _is_set_up(self, provider: ProviderName) -> bool:
        settings = self._settings
        match provider:
            case "anthropic":
                return settings.anthropic_api_key is not None
            case "openai":
                # A compatible service on one's own machine often wants no key.
                return (
                    settings.openai_api_key is not None
                    or settings.openai_base_url != _DEFAULT_OPENAI
                )
            case "ollama":
                return settings.ollama_host != _DEFAULT_OLLAMA
            case "local":
                return settings.local_model is not None

    async def _seen(self, seconds: float) -> _Look:
        async with self._looking:
            if self._look is None or time.monotonic() - self._look.at > seconds:
                self._look = _Look(time.monotonic(), await self._look_at_all())
            return self._look

    async def _look_at_all(self) -> tuple[ProviderOut, ...]:
        timeout = httpx.Timeout(_PROBE_SECONDS)
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as http:
            found = await asyncio.gather(
                self._anthropic(http), self._openai(http), self._ollama(http), self._local()
            )
        chosen = self._settled_provider()
        if chosen is None:
            chosen = "ollama" if found[2].models else "local"
        return tuple(
            self._told(name, seen, chosen) for name, seen in zip(_ORDER, found, strict=True)
        )

    def _told(self, name: ProviderName, seen: probes.Seen, chosen: ProviderName) -> ProviderOut:
        usual = _USUAL_MODELS.get(name)
        if seen.models and usual not in seen.models:
            usual = seen.models[0]
        elif not seen.models and name == "openai" and not is_openai_itself(self._settings):
            usual = None
        if name == chosen and self._settings.default_model:
            usual = self._settings.default_model
        return ProviderOut(
            name=name,
            configured=self._is_set_up(name) or seen.state is ProviderStateKind.READY,
            state=seen.state,
            detail=seen.detail,
            models=seen.models[:_MOST_MODELS],
            default_model=usual,
            is_default=name == chosen,
        )

    async def _anthropic(self, http: httpx.AsyncClient) -> probes.Seen:
        if not self._is_set_up("anthropic"):
            return probes.Seen(
                ProviderStateKind.NOT_CONFIGURED, "Set ANTHROPIC_API_KEY to use it."
            )
        return await probes.anthropic(http, self._settings, self._explainer)

    async def _openai(self, http: httpx.AsyncClient) -> probes.Seen:
        if not self._is_set_up("openai"):
            return probes.Seen(
                ProviderStateKind.NOT_CONFIGURED,
                "Set OPENAI_API_KEY to use it, or OPENAI_BASE_URL for a compatible service.",
            )
        seen = await probes.openai(http, self._settings, self._explainer)
        if is_openai_itself(self._settings):
            models = tuple(name for name in seen.models if not _NO_CHAT.search(name))
            return probes.Seen(seen.state, seen.detail, models)
        return seen

    async def _ollama(self, http: httpx.AsyncClient) -> probes.Seen:
        return await probes.ollama(http, self._settings, self._explainer)

    async def _local(self) -> probes.Seen:
        found = await asyncio.to_thread(find_local_file, self._settings)
        if found.path is None:
            return probes.Seen(
                ProviderStateKind.NOT_CONFIGURED,
                f"{found.problem} Set REZNET_LOCAL_MODEL to a GGUF file, or connect another provider.",
            )
        if found.is_trial:
            return probes.Seen(ProviderStateKind.TRIAL, _TRIAL, (found.model,))
        return probes.Seen(
            ProviderStateKind.READY, f"Runs {found.path.name} on this machine.", (found.model,)
        )
