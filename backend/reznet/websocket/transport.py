"""The Socket.IO server. With `connection`, the only code that knows its insides.

Three things are done here that python-socketio leaves open: a packet for a room is encoded once and put
straight into each socket's queue, in order; the queue of a client that does not read is bounded, and the client
dropped; nothing that a client sends can raise inside the library.
"""

# python-socketio and python-engineio carry no types.
# pyright: reportMissingTypeStubs=false, reportArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false, reportPrivateUsage=false
# pyright: reportMissingTypeArgument=false, reportUntypedBaseClass=false, reportOptionalMemberAccess=false

import asyncio
import json
import logging
import re
from collections.abc import Callable, MutableMapping
from typing import Any, Protocol, cast
from urllib.parse import parse_qs

import engineio
import orjson
import socketio
import structlog
from socketio.packet import Packet

from reznet.websocket.connection import (
    MAX_EVENT_CHARS,
    Connection,
    Receive,
    Send,
    WeighedQueue,
    Wire,
    malformed,
    no_binary,
    too_large,
)

log = structlog.get_logger(__name__)

type Scope = MutableMapping[str, Any]
type AllowsOrigin = Callable[[str | None, dict[str, Any]], bool]

PATH = "/socket.io"
# Largest packet that is taken off the wire at all; beyond it the connection is closed. uvicorn's own limit.
MAX_WIRE_BYTES = 16 * 1024 * 1024

_GOODBYE_SECONDS = 1.0
_WIRE = "reznet.wire"
_ACK_ID = re.compile(r"[256](?:\d{1,9}-)?(?:/[^,]{0,100},)?(\d{1,15})")


class Events(Protocol):
    """What is done with what happens on sockets."""

    def connected(self, connection: Connection) -> None:
        """Greet a new client."""
        ...

    def disconnected(self, connection: Connection) -> None:
        """Let go of a client that left or was dropped."""
        ...

    def received(
        self, connection: Connection, name: str, payload: object, ack_id: int | None
    ) -> None:
        """Take an event, without waiting; answer later with `acknowledge`."""
        ...


class Transport:
    """Serves Socket.IO as an ASGI application under `/socket.io`."""

    def __init__(
        self, events: Events, allows_origin: AllowsOrigin, *, with_polling: bool = True
    ) -> None:
        """Prepare. Polling needs every request of a client to come to this process."""
        transports = ["polling", "websocket"] if with_polling else ["websocket"]
        self._server = _Server(events, allows_origin, transports)
        self._app = socketio.ASGIApp(self._server, socketio_path=PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        wire = Wire(receive, send)
        self._server.adopt(_session_id(scope), wire)
        await self._app({**scope, _WIRE: wire}, wire.receive, wire.send)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._server.connections)

    async def aclose(self) -> None:
        """Disconnect everybody; who does not take it is dropped after a second."""
        server = self._server
        for connection in list(server.connections.values()):
            connection.say_goodbye()
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                while server.connections:
                    server.changed.clear()
                    await server.changed.wait()
        except TimeoutError:
            for connection in list(server.connections.values()):
                connection.drop("the server stops")
        await server.shutdown()


class _EngineServer(engineio.AsyncServer):
    def create_queue(self, *_args: object, **_kwargs: object) -> WeighedQueue:
        return WeighedQueue()


class _Server(socketio.AsyncServer):
    def __init__(self, events: Events, allows_origin: AllowsOrigin, transports: list[str]) -> None:
        super().__init__(
            async_mode="asgi",
            json=_Json,
            logger=logging.getLogger("socketio.server"),
            engineio_logger=logging.getLogger("engineio.server"),
            cors_allowed_origins=allows_origin,
            transports=transports,
            max_http_buffer_size=MAX_WIRE_BYTES,
            ping_interval=25,
            ping_timeout=20,
        )
        for name in ("socketio.server", "engineio.server"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._events = events
        self.connections: dict[str, Connection] = {}
        self.changed = asyncio.Event()
        self.on("connect", self._connect)
        self.on("disconnect", self._disconnect)

    def adopt(self, eio_sid: str | None, wire: Wire) -> None:
        """Note the WebSocket that a client which began with polling goes on with."""
        connection = self.connections.get(eio_sid or "")
        if connection is not None:
            connection.wire, wire.connection = wire, connection

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return _EngineServer

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: object) -> None:
        eio_sid = cast("str", self.manager.eio_sid_from_sid(sid, "/"))
        wire = cast("Wire | None", environ["asgi.scope"].get(_WIRE))
        connection = Connection(sid, self.eio.sockets[eio_sid], wire)
        if wire is not None:
            wire.connection = connection
        self.connections[eio_sid] = connection
        self._events.connected(connection)

    async def _disconnect(self, sid: str, _reason: str) -> None:
        eio_sid = cast("str", self.manager.eio_sid_from_sid(sid, "/"))
        connection = self.connections.pop(eio_sid, None)
        if connection is not None:
            connection.end()
            self.changed.set()
            self._events.disconnected(connection)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        connection = self.connections.get(eio_sid)
        kind = data[:1] if isinstance(data, str) else ""
        if kind in {"0", "1"} and isinstance(data, str) and len(data) <= MAX_EVENT_CHARS:
            await self._admit(eio_sid, data)
        elif connection is not None and kind != "3":  # we never wait for acknowledgements
            self._take(connection, data)

    async def _admit(self, eio_sid: str, data: str) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
            log.info("a client sent a malformed greeting", error=repr(error))

    def _take(self, connection: Connection, data: object) -> None:
        if not isinstance(data, str):
            connection.refuse(None, no_binary())
            return
        ack_id = int(found[1]) if (found := _ACK_ID.match(data)) else None
        if len(data) > MAX_EVENT_CHARS:
            connection.refuse(ack_id, too_large(len(data)))
        elif data[:1] in {"5", "6"}:
            connection.refuse(ack_id, no_binary())
        elif (event := _parsed(data)) is None:
            connection.refuse(ack_id, malformed())
        else:
            self._events.received(connection, event[0], event[1], ack_id)


def _parsed(data: str) -> tuple[str, object] | None:
    """Return the name and the payload of an event packet, None when it is none."""
    try:
        packet = Packet(encoded_packet=data)
    except (ValueError, RecursionError, TypeError):
        return None
    items = cast("list[object]", packet.data)
    if packet.namespace not in {None, "/"} or not isinstance(packet.data, list):
        return None
    if not 1 <= len(items) <= 2 or not isinstance(items[0], str):
        return None
    return items[0], items[1] if len(items) == 2 else {}


class _Json:
    """JSON as the library wants it: orjson, and the slower module for what orjson refuses but is JSON."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str) -> object:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            # Lone surrogates are JSON by the letter; they are replaced later, where texts are checked.
            return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _session_id(scope: Scope) -> str | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("sid")
    return values[0] if values else None
