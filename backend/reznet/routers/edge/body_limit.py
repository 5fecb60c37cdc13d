"""No request body may fill the memory, however it is sent."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reznet.core.errors import TooLarge
from reznet.routers.problems import response_of
from reznet.schemas.bundles import MAX_BYTES as MAX_BUNDLE_BYTES

MAX_BODY_BYTES = 1024 * 1024
# They keep to limits of their own, and hold no more than a piece of a body.
_STREAMED = frozenset({("POST", "/api/files")})
_LARGER = {("POST", "/api/agents/import"): MAX_BUNDLE_BYTES}


class BodyLimit:
    """Refuses bodies over the limit: announced ones unread, others once too much has come."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) in _STREAMED:
            await self._app(scope, receive, send)
            return
        limit = _LARGER.get((scope["method"], scope["path"]), self._limit)
        announced = _announced(scope)
        if announced is not None and announced > limit:
            # The rest of the body is not read, so the connection can't be used again.
            response = response_of(_too_large(limit), scope, {"Connection": "close"})
            await response(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise _too_large(limit)
            return message

        await self._app(scope, counting if announced is None else receive, send)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over the limit of {limit} bytes.")


def _announced(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
