"""Turns what a provider counted, or what we can guess, into the usage of a call."""

from dataclasses import dataclass
from decimal import Decimal

from reznet.agents.llm_types import ModelRef, Turn, Usage
from reznet.agents.pricing import cost_usd
from reznet.agents.tokens import TURN_OVERHEAD, estimate_tokens


@dataclass(frozen=True, slots=True)
class Reported:
    """A provider's own counts; the cost only where it names one."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal | None


def measured(ref: ModelRef, address: str, counts: Reported, *, requests: int = 1) -> Usage:
    """Return the usage as the provider counted it."""
    return _usage(ref, address, counts, requests=requests, estimated=False)


def estimated(
    ref: ModelRef,
    address: str,
    counts: Reported | None,
    *,
    system: str,
    turns: tuple[Turn, ...],
    text: str,
) -> Usage:
    """Return the usage of a call that ended before the provider had counted it all."""
    asked = estimate_tokens(system) + sum(
        estimate_tokens(turn.text) + TURN_OVERHEAD for turn in turns
    )
    answered = estimate_tokens(text)
    if counts is not None:
        # A provider counts the input at the start and the output at the end.
        asked = counts.input_tokens or asked
        answered = max(answered, counts.output_tokens)
    guess = Reported(
        input_tokens=asked,
        output_tokens=answered,
        cache_read_tokens=counts.cache_read_tokens if counts else 0,
        cache_write_tokens=counts.cache_write_tokens if counts else 0,
        cost_usd=None,
    )
    return _usage(ref, address, guess, requests=1, estimated=True)


def _usage(
    ref: ModelRef, address: str, counts: Reported, *, requests: int, estimated: bool
) -> Usage:
    cost = counts.cost_usd
    if cost is None or estimated:
        cost = cost_usd(
            ref.provider,
            ref.name,
            address,
            input_tokens=counts.input_tokens,
            output_tokens=counts.output_tokens,
            cache_read_tokens=counts.cache_read_tokens,
            cache_write_tokens=counts.cache_write_tokens,
        )
    return Usage(
        input_tokens=counts.input_tokens,
        output_tokens=counts.output_tokens,
        cache_read_tokens=counts.cache_read_tokens,
        cache_write_tokens=counts.cache_write_tokens,
        requests=requests,
        cost_usd=cost,
        estimated=estimated,
    )
