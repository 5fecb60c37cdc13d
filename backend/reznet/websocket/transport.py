"""The Socket.IO server, and the only code that knows its insides.

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
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, cast
from urllib.parse import parse_qs

import engineio
import orjson
import socketio
import structlog
from engineio.async_socket import AsyncSocket
from engineio import packet as engine_packet
from socketio.packet import Packet

from reznet.core.errors import Invalid, Problem, TooLarge
from reznet.core.problem_details import problem_body

log = structlog.get_logger(__name__)

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type AllowsOrigin = Callable[[str | None, dict[str, Any]], bool]

PATH = "/socket.io"
# Largest packet that is looked at; beyond it the sender is told. The largest text of a message is 32 KiB.
MAX_EVENT_CHARS = 256 * 1024
# Largest packet that is taken off the wire at all; beyond it the connection is closed. uvicorn's own limit.
MAX_WIRE_BYTES = 16 * 1024 * 1024
MAX_QUEUED_PACKETS = 10_000
MAX_QUEUED_CHARS = 4 * 1024 * 1024

WirePacket = engine_packet.Packet  # what goes over the wire: an Engine.IO packet

_GOODBYE_SECONDS = 1.0
_WIRE = "reznet.wire"
_ACK_ID = re.compile(r"[256](?:\d{1,9}-)?(?:/[^,]{0,100},)?(\d{1,15})")


class Events(Protocol):
    """What is done with what happens on sockets."""

    def connected(self, connection: "Connection") -> None:
        """Greet a new client."""
        ...

    def disconnected(self, connection: "Connection") -> None:
        """Let go of a client that left or was dropped."""
        ...

    def received(
        self, connection: "Connection", name: str, payload: object, ack_id: int | None
    ) -> None:
        """Take an event, without waiting; answer later with `acknowledge`."""
        ...


class Connection:
    """One client's socket."""

    def __init__(self, sid: str, socket: AsyncSocket, wire: "_Wire | None") -> None:
        self.sid = sid
        self.wire = wire
        self._socket = socket

    @property
    def is_open(self) -> bool:
        """Whether what is sent can still arrive."""
        return not self._socket.closed

    @property
    def queued(self) -> int:
        """Packets that the client has not taken yet."""
        return self._socket.queue.qsize()

    def push(self, packet: WirePacket) -> None:
        """Queue a packet behind what was queued before. Never waits; drops a client that lags too far."""
        if self._socket.closed:
            return
        queue: _WeighedQueue = self._socket.queue
        queue.put_nowait(packet)
        if queue.qsize() > MAX_QUEUED_PACKETS or queue.chars > MAX_QUEUED_CHARS:
            self.drop("too slow")

    def acknowledge(self, ack_id: int | None, body: str) -> None:
        """Answer an event with a JSON object; without an id nobody waits for it."""
        if ack_id is not None:
            self.push(WirePacket(engine_packet.MESSAGE, f"3{ack_id}[{body}]"))

    def refuse(self, ack_id: int | None, problem: Problem) -> None:
        """Tell the client about a refusal: in the acknowledgement if it waits for one, else as `error`."""
        body = problem_body(problem)
        if ack_id is not None:
            self.acknowledge(ack_id, orjson.dumps({"ok": False, "error": body}).decode())
        else:
            self.push(event_packet("error", orjson.dumps({"problem": body}).decode()))

    def say_goodbye(self) -> None:
        """Let the client have what is queued, and then close."""
        self._socket.queue.put_nowait(WirePacket(engine_packet.CLOSE))
        self.end()

    def end(self) -> None:
        """Let whoever writes to the client, or waits to, finish."""
        self._socket.queue.put_nowait(None)

    def drop(self, why: str) -> None:
        """Disconnect at once, giving up what is queued."""
        log.warning("socket dropped", sid=self.sid, why=why, queued=self.queued)
        queue: _WeighedQueue = self._socket.queue
        queue.empty_out()
        self.end()
        self._socket.server.start_background_task(
            self._socket.close, wait=False, abort=True, reason="server disconnect"
        )
        if self.wire is not None:
            self.wire.cut()


class Transport:
    """Serves Socket.IO as an ASGI application under `/socket.io`."""

    def __init__(self, events: Events, allows_origin: AllowsOrigin) -> None:
        self._server = _Server(events, allows_origin)
        self._app = socketio.ASGIApp(self._server, socketio_path=PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        wire = _Wire(receive, send)
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
            async with asyncio.timeout(WirePacket = engine_packet.Packet  # what goes over the wire: an Engine.IO packet

_GOODBYE_SECONDS):
                while server.connections:
                    server.changed.clear()
                    await server.changed.wait()
        except TimeoutError:
            for connection in list(server.connections.values()):
                connection.drop("the server stops")
        await server.shutdown()


def event_packet(name: str, body: str) -> WirePacket:
    """Return an event with a JSON object as a packet that is encoded once, for any number of sockets."""
    return WirePacket(engine_packet.MESSAGE, f'2["{name}",{body}]')


class _WeighedQueue(asyncio.Queue[WirePacket | None]):
    """A queue that knows how much text lies in it."""

    chars = 0

    def _put(self, item: WirePacket | None) -> None:
        self.chars += _weight(item)
        super()._put(item)

    def _get(self) -> WirePacket | None:
        item = super()._get()
        self.chars -= _weight(item)
        return item

    def empty_out(self) -> None:
        while not self.empty():
            self.get_nowait()
            self.task_done()


def _weight(packet: WirePacket | None) -> int:
    return len(packet.data) if packet is not None and isinstance(packet.data, str) else 1


class _Wire:
    """A WebSocket whose blocked reads and writes can be given up."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._reading: asyncio.Task[Any] | None = None
        self._writing: asyncio.Task[Any] | None = None
        self._cut = False
        self.connection: Connection | None = None

    async def receive(self) -> Message:
        while True:
            if self._cut:
                raise ConnectionAbortedError
            self._reading = asyncio.current_task()
            try:
                message = await self._receive()
            finally:
                self._reading = None
            if message["type"] != "websocket.receive" or _is_engine_packet(message.get("text")):
                return message
            self._refuse(message)

    async def send(self, message: Message) -> None:
        if self._cut:
            raise ConnectionAbortedError
        self._writing = asyncio.current_task()
        try:
            await self._send(message)
        finally:
            self._writing = None

    def cut(self) -> None:
        """Give up; the server then closes the connection."""
        self._cut = True
        for task in (self._writing, self._reading):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        # A client that does not read never lets the buffer drain, so closing politely never ends.
        for end in (self._send, self._receive):
            transport = getattr(getattr(end, "__self__", None), "transport", None)
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    def _refuse(self, message: Message) -> None:
        if self.connection is None:
            return
        if message.get("bytes") is not None:
            self.connection.refuse(None, _no_binary())
        else:
            self.connection.refuse(None, _malformed())


def _is_engine_packet(text: object) -> bool:
    """Whether the library can take a frame: a type digit, and for a message a Socket.IO type digit."""
    if not isinstance(text, str) or text[:1] not in set("123456"):
        return False
    return text[0] != "4" or text[1:2] in set("0123456")


class _EngineServer(engineio.AsyncServer):
    def create_queue(self, *_args: object, **_kwargs: object) -> _WeighedQueue:
        return _WeighedQueue()


class _Server(socketio.AsyncServer):
    def __init__(self, events: Events, allows_origin: AllowsOrigin) -> None:
        super().__init__(
            async_mode="asgi",
            json=_Json,
            logger=logging.getLogger("socketio.server"),
            engineio_logger=logging.getLogger("engineio.server"),
            cors_allowed_origins=allows_origin,
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

    def adopt(self, eio_sid: str | None, wire: _Wire) -> None:
        """Note the WebSocket that a client which began with polling goes on with."""
        connection = self.connections.get(eio_sid or "")
        if connection is not None:
            connection.wire, wire.connection = wire, connection

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return _EngineServer

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: object) -> None:
        eio_sid = cast("str", self.manager.eio_sid_from_sid(sid, "/"))
        wire = cast("_Wire | None", environ["asgi.scope"].get(_WIRE))
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
            connection.refuse(None, _no_binary())
            return
        ack_id = int(found[1]) if (found := _ACK_ID.match(data)) else None
        if len(data) > MAX_EVENT_CHARS:
            connection.refuse(ack_id, _too_large(len(data)))
        elif data[:1] in {"5", "6"}:
            connection.refuse(ack_id, _no_binary())
        elif (event := _parsed(data)) is None:
            connection.refuse(ack_id, _malformed())
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


def _malformed() -> Problem:
    return Invalid(
        "The packet is not an event: it must be a JSON array of a name and one object, like "
        '["typing", {"channel_id": "…"}].',
        code="malformed_packet",
    )


def _no_binary() -> Problem:
    return Invalid("Binary data is not taken here; send JSON.", code="binary_refused")


def _too_large(chars: int) -> Problem:
    return TooLarge(
        f"The packet has {chars} characters; at most {MAX_EVENT_CHARS} (256 KiB) are taken, and a "
        "message's text may have 32 KiB.",
        code="packet_too_large",
    )


def _session_id(scope: Scope) -> str | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("sid")
    return values[0] if values else None
