"""Base addresses of providers, in the one form that checks and calls share.

The settings have trimmed them, and have left no slash too many.
"""

from urllib.parse import urlsplit

from reznet.core.config import Settings


def openai_base(settings: Settings) -> str:
    """Return the address below which `/chat/completions` and `/models` lie."""
    return settings.openai_base_url


def is_openai_itself(settings: Settings) -> bool:
    """Return whether the address is OpenAI's own, which needs a key and takes all its options."""
    return urlsplit(settings.openai_base_url).hostname == "api.openai.com"


def anthropic_root(settings: Settings) -> str:
    """Return the address below which `/v1/messages` lies."""
    return settings.anthropic_base_url.removesuffix("/v1")


def ollama_root(settings: Settings) -> str:
    """Return the address below which `/api/tags` and `/v1/chat/completions` lie."""
    return settings.ollama_host.removesuffix("/v1")


def address_of(settings: Settings, provider: str) -> str:
    """Return the provider's base address; the local model has none until it runs."""
    match provider:
        case "openai":
            return openai_base(settings)
        case "anthropic":
            return anthropic_root(settings)
        case "ollama":
            return ollama_root(settings)
        case _:
            return ""
