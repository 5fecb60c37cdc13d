"""What a model call costs, and how much a model can read. Unknown is None, never zero."""

from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

# They run on the user's own machine.
_FREE: frozenset[str] = frozenset({"ollama", "local"})


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The counts as genai-prices wants them."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int


def cost_usd(
    provider: str,
    model: str,
    address: str,
    *,
    input_tokens: int,
    output_tokens: int,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
) -> Decimal | None:
    """Return the price in US dollars, or None when the model's price is not known.

    `address` is the provider's base URL: a compatible service has prices of its own.
    """
    if provider in _FREE:
        return Decimal(0)
    tokens = _Tokens(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens)
    # Late, since the price list takes 40 MB and 0.3 s, and a local workspace never needs it.
    prices = import_module("genai_prices")
    try:
        price = prices.calc_price(tokens, model_ref=model, provider_api_url=address)
    except (LookupError, ValueError):  # no such provider or model; counts that contradict
        return None
    total = price.total_price
    return total if isinstance(total, Decimal) else None


def context_window(provider: str, model: str) -> int | None:
    """Return how many tokens the model reads at most, or None when that is not known."""
    snapshots = import_module("genai_prices.data_snapshot")
    try:
        _, found = snapshots.get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    window = found.context_window
    return window if isinstance(window, int) else None
