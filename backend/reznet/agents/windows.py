"""How much conversation a model can take."""

from functools import lru_cache

from reznet.agents.context import estimate_tokens
from reznet.agents.llm_types import ModelRef

# Of models that nobody lists: what small models on one's own machine have nowadays.
DEFAULT_WINDOW = 8_192
_LEAST = 256
# More than this is slow and dear, and seldom read with care.
_MOST = 60_000


def context_budget(model: ModelRef, system: str, *, override: int = 0) -> int:
    """Return the tokens left for turns, after the system prompt and the answer.

    `override` sets the number of tokens of conversation, whatever the model.
    """
    if override:
        return max(_LEAST, override)
    windows = [context_window(ref.provider, ref.name) for ref in (model, *model.fallbacks)]
    window = min(windows)
    answer = min(model.max_tokens or 0, window // 2)
    return max(_LEAST, min(_MOST, window - answer - estimate_tokens(system) - 64))


@lru_cache(maxsize=512)
def context_window(provider: str, name: str) -> int:
    """Return the model's context in tokens, or a cautious guess where it is not known."""
    if provider in {"local", "ollama"}:
        return DEFAULT_WINDOW if provider == "ollama" else 2_048
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - 40 ms, and seldom needed

    try:
        _, found = get_snapshot().find_provider_model(name, None, provider, None)
    except LookupError:
        return DEFAULT_WINDOW * 4
    return found.context_window or DEFAULT_WINDOW * 4
