"""How much conversation a model can take."""

from functools import lru_cache

from reznet.agents.llm_types import ModelRef
from reznet.agents.pricing import context_window
from reznet.agents.tokens import estimate_tokens

# What Ollama and the local model have unless they are told otherwise.
_SMALL_WINDOW = 4_096
# Of services whose models nobody lists.
_UNKNOWN_WINDOW = 32_768
_LEAST = 256
# More than this is slow and dear, and seldom read with care.
_MOST = 60_000
# Room for what the wire adds, and for guesses that are too low.
_MARGIN = 64


def context_budget(model: ModelRef, system: str, *, override: int = 0) -> int:
    """Return the tokens left for turns, after the system prompt and the answer.

    The smallest window of the model and its fallbacks counts. `override` is the most tokens of
    conversation, whatever the model; 0 leaves it to the model.
    """
    if override:
        return max(_LEAST, override)
    window = window_of(model)
    answer = min(model.max_tokens or 0, window // 2)
    return max(_LEAST, min(_MOST, window - answer - estimate_tokens(system) - _MARGIN))


def window_of(model: ModelRef) -> int:
    """Return the smallest window of the model and its fallbacks, in tokens."""
    return min(_window(ref.provider, ref.name) for ref in model.chain())


@lru_cache(maxsize=512)
def _window(provider: str, name: str) -> int:
    if provider in {"ollama", "local"}:
        return _SMALL_WINDOW
    return context_window(provider, name) or _UNKNOWN_WINDOW
