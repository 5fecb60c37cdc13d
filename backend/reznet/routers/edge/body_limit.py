"""No request body may fill the memory, however it is sent."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reznet.core.errors import TooLarge
from reznet.routers.problems import response_of

MAX_BODY_BYTES = 1024 * 1024


class BodyLimit:
    """Refuses bodies over the limit: announced ones unread, others once too much has come."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = _announced(scope)
        if announced is not None and announced > self._limit:
            # The rest of the body is not read, so the connection can't be used again.
            response = response_of(self._too_large(), scope, {"Connection": "close"})
            await response(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._limit:
                    raise self._too_large()
            return message

        await self._app(scope, counting if announced is None else receive, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body is over the limit of {self._limit} bytes.")


def _announced(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
