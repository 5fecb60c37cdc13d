"""The sentences that tell a person what went wrong with a model, and what to do about it."""

from urllib.parse import urlsplit

from reznet.agents.llm_types import LLMError, LLMErrorKind
from reznet.core.config import Settings
from reznet.core.logging import HIDDEN, secrets_of

_LONGEST_QUOTE = 200


Kind = LLMErrorKind


class Explainer:
    """Turns kinds of failure into sentences, and keeps keys out of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secrets = secrets_of(settings)

    def scrub(self, text: str) -> str:
        """Return the text without any secret of the settings."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def error(
        self,
        kind: LLMErrorKind,
        provider: str,
        model: str,
        *,
        said: str = "",
        retry_after: float | None = None,
    ) -> LLMError:
        """Return the error; `said` is the provider's own wording, quoted where it helps."""
        quote = " ".join(self.scrub(said).split())
        if len(quote) > _LONGEST_QUOTE:
            quote = f"{quote[:_LONGEST_QUOTE]}…"
        sentence = self._sentence(kind, provider, self.scrub(model), quote)
        return LLMError(kind, sentence, retry_after=retry_after)

    def wrong_address(self, provider: str) -> LLMError:
        """Return the error of an address that answers, but not as the provider would."""
        variable = _ADDRESS.get(provider, "the address")
        return LLMError(
            Kind.REJECTED,
            f"{self.where(provider)} answers, but not as {_TITLE.get(provider, provider)} does: "
            f"the address is probably wrong, check {variable}"
            + (" (it usually ends in /v1)." if provider == "openai" else "."),
        )

    def unusable_key(self, provider: str) -> LLMError:
        """Return the error of a key that can't be sent at all. The key is not shown."""
        return LLMError(
            Kind.AUTH,
            f"The key for {provider} holds a character that no key has; "
            f"paste it again into {_KEY.get(provider, 'its setting')}.",
        )

    def where(self, provider: str) -> str:
        """Return the provider's address, without what may be secret in it."""
        url = {
            "anthropic": self._settings.anthropic_base_url,
            "openai": self._settings.openai_base_url,
            "ollama": self._settings.ollama_host,
        }.get(provider, "the local model")
        parts = urlsplit(url)
        return (
            url
            if not parts.netloc
            else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        )

    def _sentence(self, kind: LLMErrorKind, provider: str, model: str, quote: str) -> str:
        special = _SPECIAL.get((provider, kind))
        sentence = special or _SENTENCE[kind]
        for name, value in {
            "{title}": _TITLE.get(provider, provider),
            "{provider}": provider,
            "{where}": self.where(provider),
            "{key}": _KEY.get(provider, "its key"),
            "{address}": _ADDRESS.get(provider, "its address"),
            "{first}": f"{self._settings.first_token_seconds:g}",
            # Last, since these come from outside and may look like the others.
            "{model}": model,
            "{said}": f" It said: {quote}" if quote else "",
        }.items():
            sentence = sentence.replace(name, value)
        return sentence


_TITLE: dict[str, str] = {
    "anthropic": "Anthropic",
    "openai": "the OpenAI-compatible service",
    "ollama": "Ollama",
    "local": "the local model",
}
_KEY: dict[str, str] = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
_ADDRESS: dict[str, str] = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "openai": "OPENAI_BASE_URL",
    "ollama": "OLLAMA_HOST",
    "local": "REZNET_LOCAL_MODEL",
}
_SENTENCE: dict[LLMErrorKind, str] = {
    Kind.RATE_LIMIT: "{provider} is limiting requests at the moment: try again in a minute, or give the agent a fallback model.{said}",
    Kind.QUOTA: "The {provider} account has no credit or quota left: top it up, or choose another provider.{said}",
    Kind.OVERLOADED: "{provider} is overloaded: try again in a minute, or give the agent a fallback model.",
    Kind.SERVER: "{provider} failed with an error of its own: try again in a minute, or give the agent a fallback model.{said}",
    Kind.CONNECTION: "Could not reach {provider} at {where}: check the network and {address}.",
    Kind.TIMEOUT: "{model} on {provider} did not answer in time: try again, choose a faster model, or raise REZNET_FIRST_TOKEN_SECONDS.",
    Kind.AUTH: "The key for {provider} was refused: check {key}.",
    Kind.REJECTED: "{provider} refused the request for {model}: check the agent's model and settings.{said}",
    Kind.CONTEXT: "The conversation is too long for {model}: clear the channel, shorten the message, or choose a model with a larger context.",
    Kind.TRUNCATED: "The answer of {model} broke off: try again, or give the agent a fallback model.",
    Kind.OUTPUT: "{model} did not answer in the form that was asked for: try again, or choose a more capable model.{said}",
    Kind.MODEL_MISSING: "{provider} has no model {model}: choose one of those that it offers.",
    Kind.NOT_CONFIGURED: "{provider} is not set up: set {key} and start again.",
}
_SPECIAL: dict[tuple[str, LLMErrorKind], str] = {
    (
        "ollama",
        Kind.CONNECTION,
    ): "Ollama is not running at {where}: start it with `ollama serve`, or set OLLAMA_HOST.",
    ("ollama", Kind.MODEL_MISSING): "Model {model} is not installed: `ollama pull {model}`.",
    (
        "ollama",
        Kind.AUTH,
    ): "Ollama at {where} refused the request: it or a proxy before it asks for a key.",
    (
        "local",
        Kind.CONNECTION,
    ): "The local model's process has died: ask again to start it anew; if it dies again, choose a smaller file or a smaller REZNET_LOCAL_CONTEXT.",
    (
        "local",
        Kind.CONTEXT,
    ): "The conversation is too long for the local model: clear the channel, or raise REZNET_LOCAL_CONTEXT.",
    (
        "local",
        Kind.NOT_CONFIGURED,
    ): "No local model: set REZNET_LOCAL_MODEL to a GGUF file, or connect a provider with ANTHROPIC_API_KEY, OPENAI_API_KEY or OLLAMA_HOST.{said}",
}
