"""SIGINT and SIGTERM while a command starts, before a server takes them over."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class StopSignals:
    """Takes both signals from now on: they interrupt our own code at once, and libraries behind their work.

    An interrupt raised in the middle of a library may be lost in a callback or a destructor, or come out as
    the failure of a transaction. Whoever sends a second signal does not want to wait, and interrupts anything.
    """

    def __init__(self) -> None:
        """Take the signals over."""
        self.wished = False
        self._is_held = False
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._stop)

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the first signal back until the block is done. Raises KeyboardInterrupt then."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self.wished:
            raise KeyboardInterrupt

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        is_first, self.wished = not self.wished, True
        if not (is_first and self._is_held):
            raise KeyboardInterrupt
