"""How much one socket may ask for."""

import asyncio

EVENTS_PER_SECOND = 200.0
EVENTS_AT_ONCE = 400.0
MAX_IN_FLIGHT = 64
MAX_ROOMS = 1_000
TYPING_SECONDS = 1.0


class TokenBucket:
    """Lets `burst` through at once and `rate` a second in the long run."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens = burst
        self._at = asyncio.get_running_loop().time()

    def take(self) -> float:
        """Take one and return 0, or return the seconds until there is one."""
        now = asyncio.get_running_loop().time()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
