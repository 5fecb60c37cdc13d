import asyncio
import gc
from pathlib import Path

import psutil

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.websocket.connection import MAX_QUEUED_CHARS
from tests.support.raw_socket import RawSocket, raw_socket
from tests.support.sockets import eventually, workspace

_PIECE = "x" * 32 * 1024
_PIECES = 2_000  # 62 MB


async def test_client_that_does_not_read_is_dropped_and_others_see_no_delay(
    settings: Settings, database: Database
) -> None:
    async with workspace(settings, database) as space:
        channel = await space.channel()
        async with raw_socket(space.url) as slow, raw_socket(space.url) as fast:
            for socket in (slow, fast):
                await socket.call("join_channel", f'{{"channel_id": "{channel.id}"}}')
            answer = await space.answer(channel)
            await _heard(fast, "message_sent")
            slow.wire.transport.pause_reading()
            gc.collect()
            before = _rss()
            peak, worst = before, 0.0
            loop = asyncio.get_running_loop()

            for number in range(_PIECES):
                sent_at = loop.time()
                space.stream(answer, number * len(_PIECE), _PIECE)
                await _heard(fast, "message_delta")
                worst = max(worst, loop.time() - sent_at)
                peak = max(peak, _rss())

            await eventually(lambda: space.sockets.connections == 1)
            assert peak - before < 8 * MAX_QUEUED_CHARS
            assert worst < 1
            await eventually(lambda: len(_open_to(space.url)) == 1)
            # The room goes on without it.
            await space.post(channel, "after")
            await _heard(fast, "message_sent")


async def test_dropped_client_comes_back_and_catches_up(
    settings: Settings, database: Database
) -> None:
    async with workspace(settings, database) as space:
        channel = await space.channel()
        async with raw_socket(space.url) as slow:
            joined = await slow.call("join_channel", f'{{"channel_id": "{channel.id}"}}')
            answer = await space.answer(channel)
            slow.wire.transport.pause_reading()
            await eventually(lambda: space.sockets.projector.cursor > joined["event_id"])
            for number in range(1_000):
                space.stream(answer, number * len(_PIECE), _PIECE)
            await eventually(lambda: space.sockets.connections == 0)
        await space.post(channel, "meanwhile")

        back = await space.connect()
        await back.join(channel, joined["event_id"])

        await back.until(lambda: "meanwhile" in back.texts())
        assert next(data["message"]["id"] for data in back.of("message_sent")) == str(answer.id)


async def _heard(socket: RawSocket, event: str) -> None:
    while (await socket.next_packet())[1][0] != event:
        pass


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def _open_to(url: str) -> list[object]:
    """Return the server's ends of open connections."""
    port = int(url.rsplit(":", 1)[1])
    return [
        connection
        for connection in psutil.Process().net_connections(kind="tcp")
        if connection.laddr
        and connection.laddr.port == port
        and connection.status == "ESTABLISHED"
    ]
