"""How often answers that stream are read when there are many of them.

Each read wakes the process up for a word or two. With a hundred answers at once that alone fills a core, and
answers that have yet to begin wait behind it. So from some number on, each is read at intervals, which
lengthen with the number: many words come at once, for little more than one.
"""

import asyncio
from types import TracebackType
from typing import Self

_UNHURRIED_STREAMS = 20  # so many are read as their words come
_SECONDS_A_STREAM = 0.001
_MOST_SECONDS = 0.15  # what people still see as flowing
# Pieces that come within this time of one another came in one read.
_SAME_READ_SECONDS = 0.002


class Pace:
    """Knows how many answers stream in this process."""

    def __init__(self) -> None:
        self.streams = 0

    @property
    def seconds(self) -> float:
        """The time from one read of an answer to its next."""
        if self.streams <= _UNHURRIED_STREAMS:
            return 0.0
        return min(_MOST_SECONDS, self.streams * _SECONDS_A_STREAM)


class Reading:
    """The reading of one answer; it counts from its first text on."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._piece_at: float | None = None

    async def rest(self) -> None:
        """Wait after a piece, so that the next read brings more, unless more is there already."""
        now = asyncio.get_running_loop().time()
        before, self._piece_at = self._piece_at, now
        if before is None:  # the beginning is not held back
            self._pace.streams += 1
            return
        seconds = self._pace.seconds
        if seconds and now - before > _SAME_READ_SECONDS:
            await asyncio.sleep(seconds)
            self._piece_at = asyncio.get_running_loop().time()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._piece_at is not None:
            self._pace.streams -= 1
