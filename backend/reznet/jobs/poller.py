"""Taking runs from the queue as soon as they are there.

DBOS looks for work at an interval, by a function that waits on an event between two looks. It is given an
event here that can be rung: a run that this process has committed is taken at once, and the interval is
only for what other processes have queued.
"""

import random
import threading
from collections.abc import Callable

from dbos import DBOS, Queue
from dbos._queue import queue_worker_thread

_JOIN_SECONDS = 5.0


class Poller:
    """A thread that takes runs from a queue."""

    def __init__(self, seconds: float, is_full: Callable[[], bool]) -> None:
        """`seconds` is the interval of looks nobody has rung for; while this process is full there are none."""
        self.seconds = seconds
        self._bell = _Bell(seconds, is_full)
        self._thread: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Whether runs are taken."""
        thread = self._thread
        return thread is not None and thread.is_alive() and not self._bell.is_set()

    def start(self, dbos: DBOS, queue: Queue) -> None:
        """Begin; DBOS must be launched, without listening to the queue itself."""
        self._thread = threading.Thread(
            target=queue_worker_thread,
            args=(self._bell, dbos, queue),
            name="runs-poller",
            daemon=True,
        )
        self._thread.start()

    def ring(self) -> None:
        """Look now. Never waits; any thread may call it."""
        self._bell.ring()

    def stop(self) -> None:
        """Take no more runs. Blocks until the last one taken has begun."""
        self._bell.stop()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)


class _Bell(threading.Event):
    """The event that says stop; waiting for it also ends, with False, when it is rung."""

    def __init__(self, seconds: float, is_full: Callable[[], bool]) -> None:
        super().__init__()
        self._seconds = seconds
        self._is_full = is_full
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def stop(self) -> None:
        self.set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for our own interval: the one in the database is of whichever process started last."""
        del timeout
        while True:
            self._rung.wait(self._seconds * random.uniform(0.9, 1.1))  # noqa: S311 - spreads the looks
            self._rung.clear()
            # What can't begin here is left for a process that has room.
            if self.is_set() or not self._is_full():
                return self.is_set()
