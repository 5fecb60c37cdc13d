"""A load client's wire: HTTP/1.1 and Socket.IO by hand.

The client shares the cores with what it measures, so it does as little as it can for each byte: both protocols sit
straight on asyncio's transports, and a packet is timed when its bytes arrive, not when somebody gets to read it.
"""

import asyncio
import base64
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import urlsplit

import httptools
import orjson

_SECONDS = 60.0

type Hearer = Callable[[bytes, float], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when: seconds of `time.perf_counter`."""

    status: int
    body: bytes
    sent_at: float
    received_at: float

    @property
    def seconds(self) -> float:
        return self.received_at - self.sent_at

    def json(self) -> Any:
        return orjson.loads(self.body)


class Http(asyncio.Protocol):
    """One kept-alive connection; one request at a time."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._host = self._url.netloc
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[float] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()

    @classmethod
    async def connect(cls, url: str) -> Self:
        connection = cls(url)
        await connection._open()
        return connection

    async def _open(self) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: self, self._url.hostname or "", self._url.port or 80
        )

    async def get(self, path: str) -> Answer:
        return await self._call(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    async def post(self, path: str, body: dict[str, Any]) -> Answer:
        data = orjson.dumps(body)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        return await self._call(head.encode() + data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def _call(self, request: bytes) -> Answer:
        if self._transport is None:  # servers close what was idle for some seconds
            await self._open()
        assert self._transport is not None
        self._waiter = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._body.clear()
        sent_at = time.perf_counter()
        self._transport.write(request)
        async with asyncio.timeout(_SECONDS):
            received_at = await self._waiter
        status = self._parser.get_status_code()
        if status >= 400:
            line = request.split(b"\r\n", 1)[0].decode()
            raise RuntimeError(f"{line}: {status} {bytes(self._body[:500]).decode()}")
        return Answer(status, bytes(self._body), sent_at, received_at)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionError("the server closed the connection"))

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(time.perf_counter())


class Socket(asyncio.Protocol):
    """A Socket.IO client on a WebSocket. `hear` gets each event's JSON array and when it came."""

    def __init__(self, host: str, hear: Hearer) -> None:
        self._host = host
        self._hear = hear
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._upgraded = False
        self._closing = False
        self._waiter: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @classmethod
    async def connect(cls, url: str, channel: str, hear: Hearer) -> Self:
        """Connect, greet and enter a channel's room."""
        parts = urlsplit(url)
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: cls(parts.netloc, hear), parts.hostname or "", parts.port or 80
        )
        async with asyncio.timeout(_SECONDS):
            await socket._expect("0")
            await socket._call("40", "40")
            join = orjson.dumps(["join_channel", {"channel_id": channel}]).decode()
            answer = await socket._call(f"420{join}", "430")
        if not orjson.loads(answer[3:])[0]["ok"]:
            raise RuntimeError(f"join_channel: {answer}")
        return socket

    def close(self) -> None:
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    async def _call(self, packet: str, expected: str) -> str:
        self._waiter = asyncio.get_running_loop().create_future()
        self._write(packet.encode())
        return await self._expect(expected)

    async def _expect(self, prefix: str) -> str:
        packet = await self._waiter
        if not packet.startswith(prefix):
            raise RuntimeError(f"expected {prefix}…, got {packet[:200]}")
        return packet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closing:
            return
        error = exc or ConnectionError("the server closed the socket")
        if not self._waiter.done():
            self._waiter.set_exception(error)
            return
        raise error  # ends the measurement: what it would print is not of all its sockets

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while (frame := self._next_frame()) is not None:
            self._take(*frame, now)

    def _upgrade(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(bytes(self._buffer[:200]).decode(errors="replace"))
        del self._buffer[: end + 4]
        self._upgraded = True
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Return the kind and payload of the next whole frame; servers never mask theirs."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size:
            return None
        kind, payload = buffer[0], bytes(buffer[start : start + size])
        del buffer[: start + size]
        return kind, payload

    def _take(self, kind: int, payload: bytes, now: float) -> None:
        if kind != 0x81:  # neither server splits messages, pings, or compresses
            if kind != 0x88:
                raise ConnectionError(f"unexpected frame {kind:#x}")
            return
        if payload.startswith(b"42"):
            self._hear(payload[2:], now)
        elif payload == b"2":
            self._write(b"3")
        elif not self._waiter.done():
            self._waiter.set_result(payload.decode())

    def _write(self, payload: bytes) -> None:
        assert self._transport is not None
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2)
        # A mask of zeros is a mask: clients must send one, and nothing here needs hiding.
        self._transport.write(head + bytes(4) + payload)
