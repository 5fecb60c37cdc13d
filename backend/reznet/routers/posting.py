"""The short way for what is posted most: a well-formed message goes past the framework.

What routing, dependencies and middlewares do for a post costs as much as the post itself. A request that is
anything but well-formed goes the long way, which knows how to refuse; so the two can't differ in what they
take.
"""

import re
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reznet.core.errors import Problem
from reznet.routers.dependencies import Workspace, current_actor
from reznet.routers.idempotency import keyed
from reznet.routers.messages import place_of
from reznet.routers.problems import response_of
from reznet.routers.route import is_json, parse_json
from reznet.schemas.base import ClientId
from reznet.schemas.messages import MessageCreate
from reznet.services import messages

# An id as it is mostly written; there are odder ways.
_PATH = re.compile(
    r"/api/channels/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/messages"
)
# How the request is counted, as if it had been routed.
_ROUTE = SimpleNamespace(path="/api/channels/{channel_id}/messages")
_CLIENT_ID = TypeAdapter[str](ClientId)


class ShortWay:
    """Answers well-formed posts of messages, and passes everything else on."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self._app = app
        self._workspace = workspace
        self._has_foreign_pages = bool(workspace.settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        channel_id = _channel_of(scope) if scope["type"] == "http" else None
        if channel_id is None:
            await self._app(scope, receive, send)
            return
        headers = _Headers.of(scope)
        if not is_json(headers.content_type) or (headers.has_origin and self._has_foreign_pages):
            await self._app(scope, receive, send)
            return
        try:
            received = await _received(receive)
            body = _well_formed(received, headers.idempotency_key)
            if body is None:
                await self._app(scope, _again(received, receive), send)
                return
            scope["route"] = _ROUTE
            status, answer, place = await self._post(channel_id, body)
        except Problem as problem:
            await response_of(problem, scope)(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(answer)).encode()),
                    (b"location", place.encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    async def _post(self, channel_id: UUID, body: MessageCreate) -> tuple[int, bytes, str]:
        actor = await current_actor()
        async with self._workspace.database.write() as session:
            posted = await messages.post(session, self._workspace.ports, actor, channel_id, body)
        return (201 if posted.created else 200), _answer(posted), place_of(posted)


@dataclass(slots=True)
class _Headers:
    content_type: str = ""
    idempotency_key: str | None = None
    has_origin: bool = False

    @classmethod
    def of(cls, scope: Scope) -> "_Headers":
        found = cls()
        for name, value in scope["headers"]:
            match name:
                case b"content-type":
                    found.content_type = value.decode("latin-1")
                case b"idempotency-key":
                    found.idempotency_key = value.decode("latin-1")
                case b"origin":
                    found.has_origin = True
                case _:
                    pass
        return found


def _channel_of(scope: Scope) -> UUID | None:
    """Return the channel that the request posts to, or None if it does something else."""
    if scope["method"] != "POST" or (found := _PATH.fullmatch(scope["path"])) is None:
        return None
    return UUID(found[1])


async def _received(receive: Receive) -> list[Message]:
    """Return the whole body, as it came."""
    received: list[Message] = []
    while True:
        message = await receive()
        received.append(message)
        if message["type"] != "http.request" or not message.get("more_body"):
            return received


def _well_formed(received: list[Message], key: str | None) -> MessageCreate | None:
    """Return the message to post; None when there is anything to refuse, or nobody there any more."""
    if received[-1]["type"] != "http.request":
        return None
    content = b"".join(message.get("body", b"") for message in received)
    try:
        body = MessageCreate.model_validate(parse_json(content))
        if key is not None:
            key = _CLIENT_ID.validate_python(key)
    except (ValidationError, Problem):
        return None
    return keyed(body, key)


def _answer(posted: messages.Posted) -> bytes:
    """Return what the long way answers, a `PostedMessage`, put together of the texts of its parts."""
    message = posted.message.model_dump_json().encode()
    tasks = b",".join(task.model_dump_json().encode() for task in posted.tasks)
    return message[:-1] + b',"tasks":[' + tasks + b"]}"


def _again(received: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that tells once more what was received."""
    waiting = iter(received)

    async def receive_again() -> Message:
        return next(waiting, None) or await receive()

    return receive_again
