"""One client's socket: what waits for it, and letting go of it when it does not keep up."""

# python-engineio carries no types.
# pyright: reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import structlog
from engineio import packet as engine_packet
from engineio.async_socket import AsyncSocket

from reznet.core.errors import Invalid, Problem, TooLarge
from reznet.core.problem_details import problem_body

log = structlog.get_logger(__name__)

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

WirePacket = engine_packet.Packet  # what goes over the wire: an Engine.IO packet

# Largest packet that is looked at; beyond it the sender is told. The largest text of a message is 32 KiB.
MAX_EVENT_CHARS = 256 * 1024
MAX_QUEUED_PACKETS = 10_000
MAX_QUEUED_CHARS = 4 * 1024 * 1024


class Connection:
    """One client's socket."""

    def __init__(self, sid: str, socket: AsyncSocket, wire: "Wire | None") -> None:
        self.sid = sid
        self.wire = wire
        self._socket = socket

    @property
    def queued(self) -> int:
        """Packets that the client has not taken yet."""
        return self._socket.queue.qsize()

    def push(self, packet: WirePacket) -> None:
        """Queue a packet behind what was queued before. Never waits; drops a client that lags too far."""
        if self._socket.closed:
            return
        queue: WeighedQueue = self._socket.queue
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
        queue: WeighedQueue = self._socket.queue
        queue.empty_out()
        self.end()
        self._socket.server.start_background_task(
            self._socket.close, wait=False, abort=True, reason="server disconnect"
        )
        if self.wire is not None:
            self.wire.cut()


def event_packet(name: str, body: str) -> WirePacket:
    """Return an event with a JSON object as a packet that is encoded once, for any number of sockets."""
    return WirePacket(engine_packet.MESSAGE, f'2["{name}",{body}]')


class WeighedQueue(asyncio.Queue[WirePacket | None]):
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
        """Give up what waits."""
        while not self.empty():
            self.get_nowait()
            self.task_done()


def _weight(packet: WirePacket | None) -> int:
    return len(packet.data) if packet is not None and isinstance(packet.data, str) else 1


class Wire:
    """A WebSocket whose blocked reads and writes can be given up."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._reading: asyncio.Task[Any] | None = None
        self._writing: asyncio.Task[Any] | None = None
        self._cut = False
        self.connection: Connection | None = None

    async def receive(self) -> Message:
        """Return the next message that the library can take; refuse the others."""
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
        """Send, unless given up."""
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
            self.connection.refuse(None, no_binary())
        else:
            self.connection.refuse(None, malformed())


def _is_engine_packet(text: object) -> bool:
    """Whether the library can take a frame: a type digit, and for a message a Socket.IO type digit."""
    if not isinstance(text, str) or text[:1] not in set("123456"):
        return False
    return text[0] != "4" or text[1:2] in set("0123456")


def malformed() -> Problem:
    """Return the refusal of what is no event."""
    return Invalid(
        "The packet is not an event: it must be a JSON array of a name and one object, like "
        '["typing", {"channel_id": "…"}].',
        code="malformed_packet",
    )


def no_binary() -> Problem:
    """Return the refusal of bytes."""
    return Invalid("Binary data is not taken here; send JSON.", code="binary_refused")


def too_large(chars: int) -> Problem:
    """Return the refusal of an event of so many characters."""
    return TooLarge(
        f"The packet has {chars} characters; at most {MAX_EVENT_CHARS} (256 KiB) are taken, and a "
        "message's text may have 32 KiB.",
        code="packet_too_large",
    )
