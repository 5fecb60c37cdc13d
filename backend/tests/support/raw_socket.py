"""A Socket.IO client by hand, for what well-behaved clients never send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect


class RawSocket:
    """A connected socket; sends text as it is and parses what comes back."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self._next_id = 0

    async def send(self, text: str | bytes) -> None:
        await self.wire.send(text)

    async def next_packet(self, timeout: float = 10) -> tuple[str, Any]:
        """Return the type and the JSON of the next Socket.IO packet: ("2", [event, data]) or ("3<id>", [ack])."""
        while True:
            async with asyncio.timeout(timeout):
                text = await self.wire.recv()
            assert isinstance(text, str)
            if text == "2":
                await self.wire.send("3")
            if text.startswith("4"):
                start = min(
                    index for index in (text.find("["), text.find("{"), len(text)) if index > 0
                )
                return text[1:start], orjson.loads(text[start:] or "null")

    async def call(self, event: str, body: str) -> dict[str, Any]:
        """Send an event whose payload is the given JSON text and return its acknowledgement."""
        self._next_id += 1
        await self.wire.send(f'42{self._next_id}["{event}",{body}]')
        return await self.ack(self._next_id)

    async def ack(self, ack_id: int) -> dict[str, Any]:
        while True:
            kind, data = await self.next_packet()
            if kind == f"3{ack_id}":
                return data[0]

    async def error(self) -> dict[str, Any]:
        """Return the problem of the next `error` event."""
        while True:
            kind, data = await self.next_packet()
            if kind == "2" and data[0] == "error":
                return data[1]["problem"]


@asynccontextmanager
async def raw_socket(url: str, **options: Any) -> AsyncIterator[RawSocket]:
    """Connect and greet."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    async with connect(
        address, max_size=None, compression=None, close_timeout=0.2, **options
    ) as wire:
        opened = await wire.recv()
        assert isinstance(opened, str)
        assert opened.startswith("0")
        socket = RawSocket(wire)
        await socket.send("40")
        kind, _ = await socket.next_packet()
        assert kind == "0"
        yield socket
