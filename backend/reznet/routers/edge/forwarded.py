"""Whether the client speaks TLS, as the proxy in front of the server tells it."""

import ipaddress
from collections.abc import Awaitable, Sequence
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from reznet.core.config_values import Network

_LOOPBACK: Sequence[Network] = (
    ipaddress.IPv4Network("127.0.0.0/8"),
    ipaddress.IPv6Network("::1/128"),
)
_HEADER = b"x-forwarded-proto"
_SCHEMES = {
    ("http", b"http"): "http",
    ("http", b"https"): "https",
    ("websocket", b"http"): "ws",
    ("websocket", b"https"): "wss",
}
_PEERS = 256  # addresses that are judged once


class ForwardedScheme:
    """Takes the scheme of a connection from `X-Forwarded-Proto`, when a trusted proxy has sent it.

    Addresses in answers begin with it. Nothing else is believed of what proxies tell, neither a client's
    address nor a host: with the first somebody could pass for another, with the second past the Gate.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[Network]) -> None:
        """Trust this machine and the given networks."""
        self._app = app
        networks = (*_LOOPBACK, *proxies)

        @lru_cache(maxsize=_PEERS)
        def is_trusted(peer: str) -> bool:
            return _is_in(networks, peer)

        self._is_trusted = is_trusted

    # No coroutine of its own: it would only wait for the one that it returns.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection."""
        if scope["type"] != "lifespan":
            for name, value in scope["headers"]:
                if name == _HEADER:
                    self._take(value, scope)
                    break
        return self._app(scope, receive, send)

    def _take(self, value: bytes, scope: Scope) -> None:
        """Set the scheme; of several, which proxies have told one after the other, the client's is first."""
        told = value.partition(b",")[0].strip().lower()
        scheme = _SCHEMES.get((scope["type"], told))
        peer = scope.get("client")
        if scheme is not None and peer is not None and self._is_trusted(peer[0]):
            scope["scheme"] = scheme


def _is_in(networks: Sequence[Network], peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # listening on both, the system writes them like this
    return any(address in network for network in networks)
