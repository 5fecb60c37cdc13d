"""Who of the processes that run agents is alive: each holds an advisory lock named after itself.

A process whose lock is free at three looks in a row is dead, and its runs go back to the queue. No clock and
no extra service is involved: PostgreSQL lets go of the lock when the process's connection ends. Should a
living one be taken for dead, its runs are done twice but applied once: see `services.runs`.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import LiteralString

import psycopg
import structlog

from reznet.core.executors import HELD_LOCKS, lock_key

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.4
MISSES = 3
_RETRY_SECONDS = 0.3
_YOUNG_SERVER_SECONDS = 10

_PENDING: LiteralString = """
    select distinct executor_id from dbos.workflow_status
    where status = 'PENDING' and executor_id is not null and executor_id <> %s
"""
_SERVER_AGE: LiteralString = "select extract(epoch from now() - pg_postmaster_start_time())"
_KEEPALIVE: tuple[LiteralString, ...] = (
    "set tcp_keepalives_idle = 5",
    "set tcp_keepalives_interval = 2",
    "set tcp_keepalives_count = 3",
)


class Liveness(threading.Thread):
    """Holds this process's lock and looks for dead ones, on a connection and in a thread of its own.

    A thread, so that a busy event loop can't make a living process look dead.
    """

    def __init__(
        self,
        url: str,
        executor_id: str,
        recover: Callable[[str], int],
        *,
        pgbouncer: bool = False,
    ) -> None:
        """Prepare; `recover` puts the runs of a dead executor back and returns how many there were."""
        super().__init__(name="liveness", daemon=True)
        self._url = url
        self._executor_id = executor_id
        self._recover = recover
        self._pgbouncer = pgbouncer
        self._holds = threading.Event()
        self._stopping = threading.Event()
        self._may_recover = threading.Event()
        self._is_first_look = True

    @property
    def is_held(self) -> bool:
        """Whether others can see that this process is alive."""
        return self._holds.is_set()

    def hold(self, seconds: float) -> bool:
        """Start, and return whether the lock was taken within that time."""
        self.start()
        return self._holds.wait(seconds)

    def begin_recovery(self) -> None:
        """From now on, recover the dead; the engine must be able to take their runs."""
        self._may_recover.set()

    def close(self) -> None:
        """Let go of the lock."""
        self._stopping.set()
        self._may_recover.set()
        if self.is_alive():
            self.join(5)

    def run(self) -> None:
        """Hold the lock; take it again when the connection was lost."""
        while not self._stopping.is_set():
            try:
                self._hold_and_look()
            except psycopg.Error as error:
                self._holds.clear()
                log.warning("liveness lost its connection", reason=str(error).strip())
                self._stopping.wait(_RETRY_SECONDS)

    def _hold_and_look(self) -> None:
        # Through a pooler a session has no lock of its own, but a transaction has.
        with psycopg.connect(
            self._url,
            autocommit=not self._pgbouncer,
            connect_timeout=5,
            prepare_threshold=None,
            application_name="reznet-liveness",
        ) as connection:
            self._take_lock(connection)
            self._holds.set()
            self._may_recover.wait()
            misses: Counter[str] = Counter()
            enough = self._misses_at_start(connection)
            while not self._stopping.is_set():
                dead = self._free_locks(connection)
                misses = Counter({executor: misses[executor] + 1 for executor in dead})
                for executor in [name for name, count in misses.items() if count >= enough]:
                    del misses[executor]
                    count = self._recover(executor)
                    log.warning("runs of a dead process go on", executor=executor, runs=count)
                enough = MISSES
                self._stopping.wait(LOOK_SECONDS)

    def _take_lock(self, connection: psycopg.Connection) -> None:
        key = lock_key(self._executor_id)
        if self._pgbouncer:
            connection.execute("select pg_advisory_xact_lock(%s)", (key,))
            return
        for setting in _KEEPALIVE:
            connection.execute(setting)
        connection.execute("select pg_advisory_lock(%s)", (key,))

    def _misses_at_start(self, connection: psycopg.Connection) -> int:
        """The dead of before our start are taken at once, unless the server has just come back.

        Then the living may not have had the time to take their locks again.
        """
        if not self._is_first_look:
            return MISSES
        self._is_first_look = False
        row = connection.execute(_SERVER_AGE).fetchone()
        return 1 if row is not None and row[0] > _YOUNG_SERVER_SECONDS else MISSES

    def _free_locks(self, connection: psycopg.Connection) -> list[str]:
        rows = connection.execute(_PENDING, (self._executor_id,)).fetchall()
        if not rows:
            return []
        held = {key for (key,) in connection.execute(HELD_LOCKS).fetchall()}
        return [name for (name,) in rows if lock_key(name) not in held]
