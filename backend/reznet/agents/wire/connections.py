"""One client per provider, shared by all agents, and the models that speak through it."""

from collections import OrderedDict
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

import httpx2
from openai import AsyncOpenAI
from pydantic import SecretStr
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from reznet.agents.addresses import anthropic_root, is_openai_itself, ollama_root, openai_base
from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMError, LLMErrorKind, ModelRef
from reznet.agents.local_model import LocalModel
from reznet.agents.wire.chat_bodies import form_of
from reznet.agents.wire.chat_calls import ChatLine
from reznet.agents.wire.faults import NotAnApi
from reznet.agents.wire.lean_openai import LeanOpenAI
from reznet.core.background import in_daemon_thread
from reznet.core.config import Settings

if TYPE_CHECKING:
    from reznet.agents.wire.anthropic_models import AnthropicModels

# No read limit: a silent model is ended by the client's own timers.
_TIMEOUT = httpx2.Timeout(None, connect=10)
# People pause between questions: a connection kept meanwhile spares them its TLS handshake. What the provider has closed is
# seen before it is used, and what lies between forgets silent connections after some minutes.
_LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=120)
_MOST_MODELS = 256
_NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model as the library asks it, and as we can ask it ourselves, if it speaks OpenAI's chat protocol."""

    model: Model
    line: ChatLine | None = None


class Connections:
    """Builds each provider's client once, when it is first used."""

    def __init__(self, settings: Settings, explainer: Explainer, local: LocalModel) -> None:
        self._settings = settings
        self._explainer = explainer
        self._local = local
        self._http = _http_client(trust_env=True)
        # A proxy of the environment must not see what stays on this machine.
        self._loopback = _http_client(trust_env=False)
        self._clients: dict[tuple[str, str], LeanOpenAI] = {}
        self._anthropic: AnthropicModels | None = None
        self._models: OrderedDict[tuple[str, str, str], KnownModel] = OrderedDict()

    async def model(self, ref: ModelRef) -> KnownModel:
        """Return the model, ready to be asked; the local one's process is started if need be.

        Raises:
            LLMError: the provider isn't set up, its key can't be used, or it can't be started.
        """
        address = await self._address(ref.provider)
        key = (ref.provider, ref.name, address)
        if (model := self._models.get(key)) is None:
            model = self._models[key] = await self._build(ref, address)
            if len(self._models) > _MOST_MODELS:
                self._models.popitem(last=False)
        else:
            self._models.move_to_end(key)
        return model

    async def openai_client(self, ref: ModelRef) -> AsyncOpenAI:
        """Return the client of a provider that speaks OpenAI's protocol."""
        return self._client(ref.provider, await self._address(ref.provider))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        await self._loopback.aclose()

    async def _address(self, provider: str) -> str:
        match provider:
            case "local":
                return await self._local.base_url()
            case "ollama":
                return f"{ollama_root(self._settings)}/v1"
            case "openai":
                return openai_base(self._settings)
            case "anthropic":
                return anthropic_root(self._settings)
            case _:
                raise LLMError(
                    LLMErrorKind.NOT_CONFIGURED,
                    f"There is no provider {provider}: choose one of anthropic, openai, ollama, local.",
                )

    async def _build(self, ref: ModelRef, address: str) -> KnownModel:
        if ref.provider == "anthropic":
            return KnownModel((await self._anthropic_models(address)).model(ref.name))
        client = self._client(ref.provider, address)
        match ref.provider:
            case "ollama":
                provider = OllamaProvider(openai_client=client)
            case "openai" if is_openai_itself(self._settings):
                provider = OpenAIProvider(openai_client=client)
            case _:
                provider = OpenAICompatibleProvider(ref.provider, openai_client=client)
        model = OpenAIChatModel(ref.name, provider=provider)
        http = self._loopback if ref.provider == "local" else self._http
        line = ChatLine(
            form_of(model), client.chat_url(), httpx2.Headers(client.headers()), client, http
        )
        return KnownModel(model, line)

    def _client(self, provider: str, address: str) -> LeanOpenAI:
        if (client := self._clients.get((provider, address))) is not None:
            return client
        settings, key, http = self._settings, _NO_KEY, self._http
        if provider == "openai":
            required = is_openai_itself(settings)
            key = self._key("openai", settings.openai_api_key, required=required)
        elif provider == "local":
            key, http = self._local.key, self._loopback
            self._forget_old_local()
        client = LeanOpenAI(base_url=address, api_key=key, max_retries=0, http_client=http)
        self._clients[provider, address] = client
        return client

    def _forget_old_local(self) -> None:
        # A restarted local model has another port.
        for old in [name for name in self._clients if name[0] == "local"]:
            del self._clients[old]
        for model in [name for name in self._models if name[0] == "local"]:
            del self._models[model]

    async def _anthropic_models(self, address: str) -> "AnthropicModels":
        key = self._key("anthropic", self._settings.anthropic_api_key, required=True)
        if self._anthropic is None:
            module = await in_daemon_thread(
                lambda: import_module("reznet.agents.wire.anthropic_models"), name="load-anthropic"
            )
            if self._anthropic is None:  # nobody else was faster
                made = module.AnthropicModels(address, key, self._http)
                self._anthropic = cast("AnthropicModels", made)
        return self._anthropic

    def _key(self, provider: str, secret: SecretStr | None, *, required: bool) -> str:
        key = secret.get_secret_value() if secret else ""
        if not key:
            if required:
                raise self._explainer.error(LLMErrorKind.NOT_CONFIGURED, provider, "")
            return _NO_KEY
        # The HTTP library would refuse it too, with the whole key in its message.
        if not (key.isascii() and key.isprintable()):
            raise self._explainer.unusable_key(provider)
        return key


def _http_client(*, trust_env: bool) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        timeout=_TIMEOUT,
        limits=_LIMITS,
        trust_env=trust_env,
        follow_redirects=False,
        event_hooks={"response": [_refuse_web_pages]},
    )


async def _refuse_web_pages(response: httpx2.Response) -> None:
    # A sign-in page or a redirect to one would read as an empty answer.
    kind = response.headers.get("content-type", "")
    if response.is_redirect or (response.is_success and kind.startswith("text/html")):
        raise NotAnApi
