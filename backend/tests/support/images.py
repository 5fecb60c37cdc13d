"""Images for tests, small and hostile."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def png(width: int, height: int, color: str = "#00F6FF") -> bytes:
    """Return a PNG of one colour."""
    return picture("PNG", width, height, color)


def picture(
    kind: str, width: int, height: int, color: str = "#00F6FF", **options: object
) -> bytes:
    """Return an image in one of Pillow's formats."""
    into = BytesIO()
    Image.new("RGB", (width, height), color).save(into, kind, **options)
    return into.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes that claims to be that large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
