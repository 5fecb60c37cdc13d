"""Bytes on their way from the network into the database, on the disk meanwhile."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from reznet.core.errors import Unavailable

# What is in memory of one upload or download.
PIECE_BYTES = 256 * 1024


class Spool:
    """A file without a name: nothing is left of it once it is closed or the process has died."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self._digest = hashlib.sha256()
        self._unwritten = bytearray()

    @property
    def sha256(self) -> str:
        """The digest of what was written, as hex."""
        return self._digest.hexdigest()

    async def write(self, data: bytes) -> None:
        """Add bytes; they reach the file in pieces."""
        self.size += len(data)
        self._unwritten += data
        if len(self._unwritten) >= PIECE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Bring everything into the file. Raises Unavailable when the disk is full."""
        data, self._unwritten = bytes(self._unwritten), bytearray()
        await asyncio.to_thread(self._append, data)

    async def head(self, length: int) -> bytes:
        """Return the first bytes of what was flushed."""
        return await asyncio.to_thread(self._read, 0, length)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what was flushed, piece by piece."""
        for start in range(0, self.size, PIECE_BYTES):
            yield await asyncio.to_thread(self._read, start, PIECE_BYTES)

    def _append(self, data: bytes) -> None:
        self._digest.update(data)
        try:
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            raise _unusable(error) from error

    def _read(self, start: int, length: int) -> bytes:
        self.file.seek(start)
        return self.file.read(length)


@asynccontextmanager
async def spooling(folder: Path) -> AsyncGenerator[Spool]:
    """Open a spool in the folder for the time of the block.

    Raises:
        Unavailable: the folder can't be written to.
    """
    try:
        file = await asyncio.to_thread(_open, folder)
    except OSError as error:
        raise _unusable(error) from error
    try:
        yield Spool(file)
    finally:
        file.close()


def _open(folder: Path) -> BinaryIO:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)  # without a name, where the system can do that


def _unusable(error: OSError) -> Unavailable:
    return Unavailable(
        f"Files can't be taken right now: {error.strerror or 'the disk can not be written to'}.",
        code="storage_unavailable",
    )
