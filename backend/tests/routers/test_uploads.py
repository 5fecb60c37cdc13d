"""Uploads and downloads on the wire: limits while bytes come, clients that lie, stall or go away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from reznet.core.config import Settings
from reznet.routers import files
from tests.support.app import App, Json, checked, running
from tests.support.sockets import eventually, serve

LIMIT = 3_000_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_file_size": LIMIT})


@dataclass
class Wire:
    """A workspace on a port, spoken to byte by byte."""

    app: App
    url: str
    channel: Json
    settings: Settings

    @property
    def target(self) -> str:
        return f"/api/files?channel_id={self.channel['id']}&name=big.bin"

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)

    def head(self, *headers: str) -> bytes:
        lines = (f"POST {self.target} HTTP/1.1", "Host: localhost", *headers, "", "")
        return "\r\n".join(lines).encode()

    async def stored(self) -> list[tuple[int, int]]:
        """Return the size of each file in the database, and how many bytes of it there are."""
        async with self.app.runtime.database.read() as session:
            rows = await session.execute(
                text(
                    "select f.size, coalesce(sum(length(c.data)), 0) from files f "
                    "left join file_chunks c on c.file_id = f.id group by f.id"
                )
            )
            chunks = await session.execute(text("select count(distinct file_id) from file_chunks"))
            found = [(size, int(there)) for size, there in rows.all()]
            assert chunks.scalar_one() == len(found)
        return found

    def left_on_disk(self) -> list[str]:
        folder = self.settings.data_path / "uploads"
        return [path.name for path in folder.iterdir()] if folder.exists() else []


@pytest.fixture
async def wire(settings: Settings) -> AsyncIterator[Wire]:
    async with running(settings) as app, serve(app.asgi) as url:
        yield Wire(app, url, await app.channel(), settings)


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and body of the next response."""
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split(" ", 2)[1])
        if status == 100:
            return status, b""
        length = next(
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length")
        )
        return status, await reader.readexactly(length)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_file_at_the_limit_is_taken_however_it_is_framed(wire: Wire) -> None:
    content = b"\x00" * LIMIT
    for headers, body in (
        ((f"Content-Length: {LIMIT}",), content),
        (("Transfer-Encoding: chunked",), chunk(content) + b"0\r\n\r\n"),
    ):
        reader, writer = await wire.open()
        writer.write(wire.head(*headers) + body)
        assert (await answer(reader))[0] == 201
        writer.close()
    assert await wire.stored() == [(LIMIT, LIMIT)] * 2


async def test_an_announced_file_over_the_limit_is_refused_before_it_is_sent(wire: Wire) -> None:
    reader, writer = await wire.open()
    writer.write(wire.head(f"Content-Length: {LIMIT + 1}", "Expect: 100-continue"))
    status, body = await answer(reader)
    assert status == 413
    assert b"larger than 3 MB" in body
    writer.close()


async def test_a_file_that_turns_out_too_large_is_refused_on_the_way(wire: Wire) -> None:
    """And the answer reaches a client that is still sending."""
    reader, writer = await wire.open()
    writer.write(wire.head("Transfer-Encoding: chunked"))
    asked = asyncio.create_task(answer(reader))
    sent = 0
    while not asked.done() and sent < 20 * LIMIT:
        writer.write(chunk(bytes(64 * 1024)))
        await writer.drain()
        sent += 64 * 1024
    assert (await asked)[0] == 413
    assert sent < 20 * LIMIT
    # It may end what it has begun; the connection is then good for more.
    writer.write(chunk(bytes(64 * 1024)) + b"0\r\n\r\n")
    writer.write(wire.head("Content-Length: 5") + b"hello")
    assert (await answer(reader))[0] == 201
    writer.close()
    assert await wire.stored() == [(5, 5)]
    assert wire.left_on_disk() == []


async def test_an_ordinary_client_hears_why(wire: Wire) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(LIMIT // 10)

    async with httpx.AsyncClient(base_url=wire.url, trust_env=False, timeout=30) as http:
        for content in (bytes(LIMIT * 4), body()):
            response = await http.post(wire.target, content=content)
            assert response.status_code == 413
            assert response.json()["code"] == "file_too_large"


async def test_other_routes_keep_their_limit(wire: Wire) -> None:
    async with httpx.AsyncClient(base_url=wire.url, trust_env=False) as http:
        for path in ("/api/channels", "/api/files/", "/api/filesystem"):
            response = await http.post(path, content=bytes(1024 * 1024 + 1))
            assert response.status_code == 413


@pytest.mark.parametrize("framing", ["Content-Length: 2000000", "Transfer-Encoding: chunked"])
async def test_who_goes_away_leaves_nothing(wire: Wire, framing: str) -> None:
    reader, writer = await wire.open()
    part = bytes(1_000_000)
    writer.write(wire.head(framing) + (chunk(part) if "chunked" in framing else part))
    await writer.drain()
    spools = wire.settings.data_path / "uploads"
    await eventually(spools.exists)
    # What has come lies on the disk without a name, so that a crash leaves nothing either; and no
    # connection to the database waits for the rest.
    assert wire.left_on_disk() == []
    await eventually(lambda: wire.app.runtime.database.pool_in_use == 0)
    writer.transport.abort()
    assert await reader.read() == b""
    async with httpx.AsyncClient(base_url=wire.url, trust_env=False) as http:
        checked(await http.post(wire.target, content=b"next"), 201)
    assert await wire.stored() == [(4, 4)]


async def test_a_length_that_is_too_small_ends_the_file_there(wire: Wire) -> None:
    reader, writer = await wire.open()
    writer.write(wire.head("Content-Length: 4") + b"fourGET /api/files/limits HTTP/1.1\r\n\r\n")
    assert (await answer(reader))[0] == 201
    writer.close()
    assert await wire.stored() == [(4, 4)]


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "٣", "9" * 40])
async def test_a_length_that_is_none_is_refused(wire: Wire, length: str) -> None:
    reader, writer = await wire.open()
    writer.write(wire.head(f"Content-Length: {length}") + b"hello")
    async with asyncio.timeout(20):
        line = await reader.readline()
    assert line.split()[1] in {b"400", b"413"}
    writer.close()
    assert await wire.stored() == []


async def test_who_falls_silent_is_given_up(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_STALLED_SECONDS", 0.2)
    reader, writer = await wire.open()
    writer.write(wire.head("Content-Length: 100") + b"x")
    status, body = await answer(reader)
    assert status == 408
    assert b"upload_stalled" in body
    writer.close()
    assert await wire.stored() == []


async def test_a_data_folder_that_can_not_be_written_is_told(settings: Settings) -> None:
    settings.data_path.parent.mkdir(parents=True, exist_ok=True)
    settings.data_path.write_text("not a folder")
    async with running(settings) as app:
        channel = await app.channel()
        response = await app.http.post(
            "/api/files", params={"channel_id": channel["id"], "name": "x"}, content=b"x"
        )
    assert checked(response, 503)["code"] == "storage_unavailable"


async def test_a_slow_reader_holds_no_connection_to_the_database(wire: Wire) -> None:
    content = bytes(range(250)) * (LIMIT // 250)
    async with httpx.AsyncClient(base_url=wire.url, trust_env=False) as http:
        file = checked(await http.post(wire.target, content=content), 201)
    reader, writer = await wire.open()
    writer.write(
        f"GET /api/files/{file['id']}/content HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    await eventually(lambda: wire.app.runtime.database.pool_in_use == 0)
    assert await reader.readexactly(LIMIT) == content
    writer.close()


async def test_a_file_that_is_deleted_on_the_way_is_seen_to_be_cut_off(wire: Wire) -> None:
    async with httpx.AsyncClient(base_url=wire.url, trust_env=False) as http:
        file = checked(await http.post(wire.target, content=bytes(LIMIT)), 201)
        async with wire.app.runtime.database.write() as session:
            await session.execute(text("delete from file_chunks where position >= 5"))
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(f"/api/files/{file['id']}/content")
