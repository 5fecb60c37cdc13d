"""Which names the server answers to, and from which pages it takes orders.

Nobody has to sign in on a machine of one's own, so a page of any site could otherwise reach the
server through the browser: under a name that was made to point here, or by a form sent across.
"""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from reznet.core.config import Settings
from reznet.core.errors import Problem
from reznet.routers.problems import HostRefused, OriginRefused, response_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HOSTS = 64  # names of hosts that are judged once
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Gate:
    """Refuses requests under foreign names, and changes and sockets from foreign pages."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        named = ("localhost", "127.0.0.1", "::1", settings.host, *settings.allowed_hosts)
        self._hosts = frozenset(_hostname(name) for name in named) - {None}
        # Bound to the network, the server is also known by its addresses, and no name server
        # can make a foreign name look like one.
        self._any_address = not settings.is_loopback
        self._origins = frozenset(
            origin.rstrip("/").lower() for origin in settings.allowed_origins
        )
        self._is_ours = lru_cache(maxsize=_HOSTS)(self._names_us)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the connection through, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        problem = self._refusal(scope)
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(problem, scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        host = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
        if not self._is_ours(host):
            return HostRefused(
                "The Host header names a host that this server does not answer for; "
                "add it to REZNET_ALLOWED_HOSTS if it is yours."
            )
        if (
            origin is not None
            and _must_be_ours(scope)
            and not self._may_act(origin, host or "", scope.get("scheme"))
        ):
            return OriginRefused(
                "Pages of this origin may not call the server; "
                "add it to REZNET_ALLOWED_ORIGINS if it is yours."
            )
        return None

    def _names_us(self, host: str | None) -> bool:
        name = _hostname(host) if host else None
        if name is None:
            return False
        return name in self._hosts or (self._any_address and _is_address(name))

    def _may_act(self, origin: str, host: str, scheme: str | None) -> bool:
        lowered = origin.rstrip("/").lower()
        return lowered in self._origins or _same_place(lowered, host.lower(), scheme)


def _must_be_ours(scope: Scope) -> bool:
    """Changes, and sockets in all their transports: a poll that opens one is a GET."""
    if scope["type"] == "websocket":
        return True
    return scope["method"] not in _SAFE or scope["path"].startswith("/socket.io")


def _same_place(origin: str, host: str, scheme: str | None) -> bool:
    """Whether a page is of this server.

    Where TLS is known to be spoken, a page without it may be anybody's on the way. Where it isn't, the
    page's scheme says nothing: a proxy that ends TLS need not tell of it.
    """
    try:
        page, port = urlsplit(origin), urlsplit(origin).port
        ours = urlsplit(f"//{host}")
        our_port = ours.port
    except ValueError:
        return False
    if scheme in {"https", "wss"} and page.scheme != "https":
        return False
    default = _PORTS.get(page.scheme)
    return (
        default is not None
        and page.hostname == ours.hostname
        and (port or default) == (our_port or default)
    )


def _hostname(host: str) -> str | None:
    """Return the name in a Host header, lower case, without port and brackets; None if malformed."""
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"  # an IPv6 address of the settings
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises when it is none
    except ValueError:
        return None
    if parts.netloc != host or "@" in host:
        return None
    return parts.hostname.rstrip(".") if parts.hostname else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    response = response_of(problem, scope)
    if scope["type"] == "http":
        await response(scope, receive, send)
    elif "websocket.http.response" in scope.get("extensions", {}):
        await send(
            {
                "type": "websocket.http.response.start",
                "status": response.status_code,
                "headers": response.raw_headers,
            }
        )
        await send({"type": "websocket.http.response.body", "body": bytes(response.body)})
    else:
        await send({"type": "websocket.close", "code": 1008})
