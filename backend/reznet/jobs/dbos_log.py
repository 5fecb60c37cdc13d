"""The log of DBOS: what is of use in it, and not more often than that."""

import logging
import time

_SAME_COMPLAINT_SECONDS = 10.0


def quiet_dbos() -> None:
    """DBOS tells of every launch at INFO; only its warnings are of use."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    # Finding a handler, DBOS adds none of its own, and its lines go where ours go.
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = True
    if not any(isinstance(known, _Calm) for known in logger.filters):
        logger.addFilter(_Calm())


class _Calm(logging.Filter):
    """Lets a warning pass once in ten seconds: threads that look at an interval repeat theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is new, or graver than a warning; tracebacks in its text are cut."""
        record.msg = record.getMessage().partition("Traceback (most recent")[0].rstrip(" :\n")
        record.args = ()
        if record.levelno > logging.WARNING:
            return True
        key, moment = record.getMessage()[:40], time.monotonic()
        if moment - self._said.get(key, float("-inf")) < _SAME_COMPLAINT_SECONDS:
            return False
        self._said[key] = moment
        return True
