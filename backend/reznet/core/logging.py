"""Logs of the process: structured, with request and task ids, and never a secret.

What may be logged at INFO is that something happened and how long it took, by id. Texts of people,
agents and models are not.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import TextIO, cast
from urllib.parse import unquote, urlsplit

import orjson
import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from reznet.core.config import Settings

HIDDEN = "[hidden]"
# Shorter ones are no secrets, and replacing them would make nonsense of every line.
_LEAST_SECRET = 4
# Noisy below these levels, or telling addresses and parameters that may hold secrets.
_QUIET = {
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "dbos": logging.WARNING,
    "socketio": logging.WARNING,
    "socketio.server": logging.WARNING,
    "socketio.client": logging.WARNING,
    "engineio": logging.WARNING,
    "engineio.server": logging.WARNING,
    "engineio.client": logging.WARNING,
    "uvicorn": logging.INFO,
    "uvicorn.error": logging.WARNING,  # a line for each socket that opens says nothing new
    "uvicorn.access": logging.CRITICAL,  # the access log is ours
    "asyncio": logging.WARNING,
}


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send the process's logs, those of libraries included, to the stream (standard error)."""
    out = stream or sys.stderr
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not out.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = [*_rendering(as_json=as_json, colors=out.isatty()), _Scrub(settings)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logger = logging.getLogger(name)
        # A handler of their own, or DBOS and Socket.IO would each add one with another format.
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(max(least, level))
    logging.captureWarnings(capture=True)


def secrets_of(settings: Settings) -> list[str]:
    """Return every value that must not be shown, longest first."""
    found = {form for value in _secret_values(settings) for form in _forms(value)}
    return sorted((v for v in found if len(v) >= _LEAST_SECRET), key=len, reverse=True)


class _Scrub:
    """Last processor: takes secrets out of the finished line, whatever put them there."""

    def __init__(self, settings: Settings) -> None:
        secrets = secrets_of(settings)
        self._pattern = re.compile("|".join(map(re.escape, secrets))) if secrets else None

    def __call__(self, _logger: WrappedLogger, _method: str, line: object) -> str:
        text = line.decode() if isinstance(line, bytes) else str(line)
        text = text.encode("utf-8", "backslashreplace").decode()
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _rendering(*, as_json: bool, colors: bool) -> list[Processor]:
    if not as_json:
        console = structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        )
        return [console]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.EventRenamer("message"),
        _to_json,
    ]


def _to_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a lone surrogate, or an integer beyond 64 bits
        return json.dumps(event, default=str).encode()


def _secret_values(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = cast("object", getattr(settings, name))
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
    for url in (settings.database_url, settings.redis_url):
        password = urlsplit(url).password if url else None
        if password:
            yield password
            yield unquote(password)


def _forms(value: str) -> set[str]:
    """Return how the value may look in a line: as it is, in JSON, and in a Python string."""
    return {value, json.dumps(value)[1:-1], repr(value)[1:-1]}
