"""How bytes leave: together when they are written together, and never more than the client takes."""

import asyncio
from typing import override

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from reznet.routers.edge.wire import OneWrite, OneWriteProtocol


class _Written(asyncio.Transport):
    """Remembers what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.end = ""

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.end
        self.pieces.append(bytes(data))

    @override
    def close(self) -> None:
        self.end = "closed"

    @override
    def abort(self) -> None:
        self.end = "aborted"

    @override
    def get_write_buffer_size(self) -> int:
        return 7


@pytest.fixture
async def ends() -> tuple[OneWrite, _Written]:
    written = _Written()
    return OneWrite(written, asyncio.get_running_loop()), written


async def test_what_is_written_in_one_turn_leaves_in_one_piece(
    ends: tuple[OneWrite, _Written],
) -> None:
    wire, written = ends
    wire.write(b"head ")
    wire.write(bytearray(b"body"))
    assert written.pieces == []
    assert wire.get_write_buffer_size() == 9 + 7
    await asyncio.sleep(0)
    assert written.pieces == [b"head body"]
    wire.write(b"next")
    await asyncio.sleep(0)
    assert written.pieces == [b"head body", b"next"]


async def test_much_is_not_kept_until_the_turn_ends(ends: tuple[OneWrite, _Written]) -> None:
    wire, written = ends
    for _ in range(40):
        wire.write(b"x" * 10_000)
    assert sum(map(len, written.pieces)) > 300_000
    await asyncio.sleep(0)
    assert sum(map(len, written.pieces)) == 400_000


async def test_closing_sends_what_was_written_and_aborting_does_not(
    ends: tuple[OneWrite, _Written],
) -> None:
    wire, written = ends
    wire.write(b"bye")
    wire.close()
    assert (written.pieces, written.end) == ([b"bye"], "closed")
    other = _Written()
    wire = OneWrite(other, asyncio.get_running_loop())
    wire.write(b"lost")
    wire.abort()
    await asyncio.sleep(0)
    assert (other.pieces, other.end) == ([], "aborted")


async def test_answers_of_many_pieces_arrive_whole() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3_000):
            await send(
                {"type": "http.response.body", "body": b"%06d" % number * 100, "more_body": True}
            )
        await send({"type": "http.response.body"})

    config = uvicorn.Config(
        app, port=0, http=OneWriteProtocol, lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        for _ in range(2):  # the second on the same connection
            answer = await http.get("/")
            assert answer.content == b"".join(b"%06d" % number * 100 for number in range(3_000))
    server.should_exit = True
    await running
