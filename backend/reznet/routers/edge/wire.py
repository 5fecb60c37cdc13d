"""What is written to a client within one turn of the event loop leaves in one piece.

Uvicorn writes the head of an answer and its body apart, and a socket's packets one by one. Each write is a call of
the system that wakes the client, and costs more than all that was done to make an answer ready.
"""

import asyncio
from typing import Any, override

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST = 64 * 1024  # bytes that are kept for the end of the turn


class OneWriteProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP, and the WebSockets it hands its connections to, on such a transport."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(OneWrite(transport, self.loop))


class OneWrite(asyncio.Transport):
    """A transport that gathers what is written and passes it on as soon as the loop has its turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []
        self._size = 0

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._gathered.append(bytes(data))
        self._size += len(data)
        if self._size >= _MOST:  # the transport has to know, to say that it is too much
            self._flush()
        elif len(self._gathered) == 1:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._gathered:
            whole = b"".join(self._gathered)
            self._gathered.clear()
            self._size = 0
            self._transport.write(whole)

    @override
    def close(self) -> None:
        self._flush()
        self._transport.close()

    @override
    def abort(self) -> None:
        self._gathered.clear()
        self._size = 0
        self._transport.abort()

    @override
    def get_write_buffer_size(self) -> int:
        return self._size + self._transport.get_write_buffer_size()

    # The rest is the transport's.

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    @override
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    @override
    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    @override
    def pause_reading(self) -> None:
        self._transport.pause_reading()

    @override
    def resume_reading(self) -> None:
        self._transport.resume_reading()
