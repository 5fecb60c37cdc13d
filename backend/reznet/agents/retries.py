"""When to ask a model once more, and after how long. The only place that decides it."""

from dataclasses import dataclass
from random import SystemRandom

from reznet.agents.llm_types import PASSING, LLMError, LLMErrorKind

_LONGEST_BACKOFF_SECONDS = 8.0
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to try one model, and how patient to be between two tries."""

    attempts: int
    retry_after_cap_seconds: float
    backoff_seconds: float = 0.5


class Retries:
    """Counts the failures of one model within one answer."""

    def __init__(self, policy: RetryPolicy, *, has_fallback: bool) -> None:
        self._policy = policy
        self._has_fallback = has_fallback
        self._failures = 0
        self._waited = 0.0

    def pause(self, failure: LLMError) -> float | None:
        """Return the seconds to wait before the next try, or None to give this model up.

        A provider that says when to come back is believed for as long as the cap, however many
        tries that takes, unless another model could answer meanwhile.
        """
        self._failures += 1
        if failure.kind not in PASSING:
            return None
        asked, cap = failure.retry_after, self._policy.retry_after_cap_seconds
        if self._has_fallback and (
            failure.kind is LLMErrorKind.TIMEOUT or (asked is not None and asked > cap)
        ):
            return None
        wait = self._backoff()
        if asked is not None:
            # The jitter keeps those who were told the same from coming back together.
            wait = min(cap, max(wait, asked * _random.uniform(1, 1.1)))
        patient = (
            failure.kind is LLMErrorKind.RATE_LIMIT
            and asked is not None
            and not self._has_fallback
            and self._waited + wait <= cap
        )
        if self._failures >= self._policy.attempts and not patient:
            return None
        self._waited += wait
        return wait

    def _backoff(self) -> float:
        grown = self._policy.backoff_seconds * 2 ** (self._failures - 1)
        return min(grown, _LONGEST_BACKOFF_SECONDS) * _random.uniform(0.5, 1)
