"""A limit on each wait of an answer, with one timer for all of them."""

import asyncio
from collections.abc import Awaitable


class Overdue(Exception):
    """A wait took too long, or was ended."""


class Limits:
    """Ends waits that take too long, one at a time.

    `asyncio.timeout` makes a timer for each wait, which costs more than reading most words. Here a timer that
    comes too early, since the next wait has begun meanwhile, puts itself off.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None  # while it waits
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._has_ended = False

    async def wait[T](self, work: Awaitable[T], until: float) -> T:
        """Return what the work comes to by that time of the event loop.

        Raises:
            Overdue: the time came first, or `end` was called; the work was cancelled.
        """
        task = self._task = asyncio.current_task()
        assert task is not None  # noqa: S101 - something runs this
        cancels, self._until, self._has_ended = task.cancelling(), until, False
        if self._timer is None or self._timer.when() > until:
            self._arm()
        try:
            return await work
        except asyncio.CancelledError:
            # Someone else may have cancelled the task at the same moment, and is to be obeyed.
            if self._has_ended and task.cancelling() - 1 <= cancels:
                raise Overdue from None
            raise
        finally:
            self._task = None
            if self._has_ended:
                task.uncancel()

    def end(self) -> None:
        """End the wait that is going on, if one is."""
        if self._task is not None and not self._has_ended:
            self._has_ended = True
            self._task.cancel()

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_at(self._until, self._come)

    def _come(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if asyncio.get_running_loop().time() < self._until:
            self._arm()
        else:
            self.end()
