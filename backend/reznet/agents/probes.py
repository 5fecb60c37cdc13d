"""Short looks at the providers over HTTP: do they answer, do they take the key, what do they offer."""

from dataclasses import dataclass

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from reznet.agents.addresses import anthropic_root, ollama_root, openai_base
from reznet.agents.llm_errors import Explainer
from reznet.agents.llm_types import LLMErrorKind
from reznet.core.config import Settings
from reznet.schemas.providers import ProviderStateKind

_REFUSALS = {401, 403}
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found. `detail` says what to do, or simply that all is well."""

    state: ProviderStateKind
    detail: str
    models: tuple[str, ...] = ()


class _Listed(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Listed]


class _Tag(BaseModel):
    name: str
    modified_at: str = ""


class _Tags(BaseModel):
    models: list[_Tag]


async def anthropic(http: httpx.AsyncClient, settings: Settings, explainer: Explainer) -> Seen:
    """Look at Anthropic."""
    headers = {
        "x-api-key": _plain(settings.anthropic_api_key),
        "anthropic-version": "2023-06-01",
    }
    address = f"{anthropic_root(settings)}/v1/models?limit=100"
    return await _models(http, explainer, "anthropic", address, headers)


async def openai(http: httpx.AsyncClient, settings: Settings, explainer: Explainer) -> Seen:
    """Look at OpenAI or what is compatible with it."""
    key = _plain(settings.openai_api_key)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return await _models(http, explainer, "openai", f"{openai_base(settings)}/models", headers)


async def ollama(http: httpx.AsyncClient, settings: Settings, explainer: Explainer) -> Seen:
    """Look at Ollama; its models come with the one last changed first."""
    answer = await _get(http, explainer, "ollama", f"{ollama_root(settings)}/api/tags", {})
    if isinstance(answer, Seen):
        return answer
    try:
        tags = _Tags.model_validate_json(answer).models
    except ValidationError:
        return _wrong_address(explainer, "ollama")
    if not tags:
        return Seen(
            ProviderStateKind.READY, "It runs, but has no model yet: `ollama pull llama3.2`."
        )
    tags.sort(key=lambda tag: tag.modified_at, reverse=True)
    return Seen(ProviderStateKind.READY, "Ready.", tuple(tag.name for tag in tags))


async def _models(
    http: httpx.AsyncClient,
    explainer: Explainer,
    provider: str,
    address: str,
    headers: dict[str, str],
) -> Seen:
    answer = await _get(http, explainer, provider, address, headers)
    if isinstance(answer, Seen):
        return answer
    try:
        listed = _Models.model_validate_json(answer).data
    except ValidationError:
        return _wrong_address(explainer, provider)
    return Seen(ProviderStateKind.READY, "Ready.", tuple(model.id for model in listed))


async def _get(
    http: httpx.AsyncClient,
    explainer: Explainer,
    provider: str,
    address: str,
    headers: dict[str, str],
) -> bytes | Seen:
    """Return the body, or what it means that there is none."""
    if any(not (value.isascii() and value.isprintable()) for value in headers.values()):
        return Seen(ProviderStateKind.REFUSED, explainer.unusable_key(provider).message)
    try:
        answer = await http.get(address, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL):
        error = explainer.error(LLMErrorKind.CONNECTION, provider, "")
        return Seen(ProviderStateKind.UNREACHABLE, error.message)
    if answer.status_code in _REFUSALS:
        error = explainer.error(LLMErrorKind.AUTH, provider, "")
        return Seen(ProviderStateKind.REFUSED, error.message)
    if answer.is_server_error or answer.status_code == _TOO_MANY:
        return Seen(
            ProviderStateKind.UNREACHABLE,
            f"It answered with status {answer.status_code}: try again in a minute.",
        )
    return answer.content if answer.is_success else _wrong_address(explainer, provider)


def _wrong_address(explainer: Explainer, provider: str) -> Seen:
    return Seen(ProviderStateKind.UNREACHABLE, explainer.wrong_address(provider).message)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
