"""The outermost layer: each request gets an id, a line in the log, a count, and never no answer."""

import re
import time
from typing import cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, bound_contextvars, reset_contextvars

from reznet.core import metrics
from reznet.core.ids import new_id
from reznet.routers.problems import REQUEST_ID, InternalError, response_of

log = structlog.get_logger(__name__)

_VALID_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; "
        b"frame-ancestors 'none'; object-src 'none'; img-src 'self' data: blob:",
    ),
)
_NOT_STORED = (b"cache-control", b"no-store")
# Asked every few seconds by machines, or by the dozen; their lines would hide the others.
_ROUTINE = frozenset({"/api/health", "/api/ready", "/metrics", "/assets/{file}"})
_OTHER = "other"


class Identity:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            request_id = _request_id(scope)
            scope[REQUEST_ID] = request_id
            bound = bind_contextvars(request_id=request_id)
            try:
                await _Exchange(self._app, scope, request_id).run(receive, send)
            finally:
                reset_contextvars(**bound)
        elif scope["type"] == "websocket":
            scope[REQUEST_ID] = _request_id(scope)
            with bound_contextvars(request_id=scope[REQUEST_ID]):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, request_id: str) -> None:
        self._app = app
        self._scope = scope
        self._id_header = (b"x-request-id", request_id.encode())
        self._status = 0
        self._complete = False

    async def run(self, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._add_headers(message)
            elif not message.get("more_body"):
                self._complete = True
            await send(message)

        try:
            await self._app(self._scope, receive, sending)
        except Exception:
            log.exception("request failed", path=self._scope["path"])
            if not self._status:
                await response_of(InternalError(), self._scope)(self._scope, receive, sending)
            elif not self._complete:
                raise  # the server then cuts the connection, so that half an answer shows as one
        finally:
            self._record(time.perf_counter() - began)

    def _add_headers(self, message: Message) -> None:
        headers = cast("list[tuple[bytes, bytes]]", list(message.get("headers", ())))
        headers.append(self._id_header)
        present = {name for name, _ in headers}
        headers += [pair for pair in _SECURITY if pair[0] not in present]
        if _NOT_STORED[0] not in present and self._scope["path"].startswith("/api/"):
            headers.append(_NOT_STORED)
        message["headers"] = headers

    def _record(self, seconds: float) -> None:
        scope, status = self._scope, self._status or 499
        route = _route(scope)
        metrics.count_request(
            scope["method"] if route != _OTHER else "any", route, status, seconds
        )
        routine = route in _ROUTINE or route == "/socket.io"
        level = "debug" if routine and status < 400 else "info"
        getattr(log, level)(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
        )


def _request_id(scope: Scope) -> str:
    """Return the client's own id when it is a plain word, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _VALID_ID.fullmatch(value):
            return value.decode()
    return str(new_id())


def _route(scope: Scope) -> str:
    """Return the template of the address, so that ids in it make no new series."""
    if scope["path"].startswith("/socket.io"):
        return "/socket.io"
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = context or scope.get("route")
    return getattr(route, "path", None) or _OTHER
