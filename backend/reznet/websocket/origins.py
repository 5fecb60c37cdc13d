"""Which web pages may open a socket."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from reznet.core.config import Settings

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed_origins(settings: Settings) -> Callable[[str | None, dict[str, Any]], bool]:
    """Return a test of an Origin header, given the request's WSGI-style environment.

    Allowed are pages of this server itself, also under another name of this machine, and the origins of
    the settings. A page counts as this server's only under a host name that the settings know, so
    that a foreign name which was made to point here gets nothing.
    """
    named = {origin.rstrip("/").lower() for origin in settings.allowed_origins}
    hosts = _LOOPBACK | {host.lower() for host in settings.allowed_hosts}
    hosts |= {settings.host.strip("[]").lower()}

    def allows(origin: str | None, environ: dict[str, Any]) -> bool:
        if not origin or origin.lower() in named:
            return bool(origin)
        page, server = _parts(origin), _parts(f"http://{environ.get('HTTP_HOST', '')}")
        if page is None or server is None or page[0] not in hosts or server[0] not in hosts:
            return False
        return page == server or (
            page[0] in _LOOPBACK and server[0] in _LOOPBACK and page[1] == server[1]
        )

    return allows


def _parts(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        # A proxy may speak https outside and http inside; the ports it leaves out are alike.
        port = None if parts.port in {80, 443} else parts.port
    except ValueError:
        return None
    return parts.hostname.lower(), port
