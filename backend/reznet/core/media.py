"""What a file is, by its bytes. What its name or its sender say of it counts for nothing."""

import codecs
import re

SNIFFED_BYTES = 64 * 1024
TEXT = "text/plain"
UNKNOWN = "application/octet-stream"

# Kinds that no text is mistaken for.
_CERTAIN = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
)
# Kinds whose marks may also be how a text begins: they count when the bytes are no text.
_LIKELY = (
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (257, b"ustar", "application/x-tar"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
# No text holds these: all controls but white space and what terminals write into logs.
_CONTROLS = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is called Latin-1 is mostly this, its superset of Windows.
_GUESS = "cp1252"
# More bytes than this that are not ASCII make no text of a script that Latin-1 can write.
_MOST_FOREIGN = 0.5


def sniff(head: bytes) -> str:
    """Return the media type of a file by its first `SNIFFED_BYTES`.

    Every text is `text/plain`, so that no page, drawing or script can pass for something to be shown.
    """
    for offset, mark, kind in _CERTAIN:
        if head.startswith(mark, offset) and (kind != "image/webp" or head.startswith(b"RIFF")):
            return kind
    return sniff_text(head) or next(
        (kind for offset, mark, kind in _LIKELY if head.startswith(mark, offset)), UNKNOWN
    )


def sniff_text(head: bytes) -> str | None:
    """Return the type of texts if these first bytes of a file are text, else None."""
    return TEXT if _encoding(head) else None


def decode_text(data: bytes, *, is_whole: bool) -> tuple[str, bool]:
    """Return what a text file says, and whether its encoding is a guess.

    UTF-8, or UTF-16 with its mark; else Latin-1 is guessed. What can't be decoded becomes U+FFFD. Of
    a piece that is not the whole, a character cut at the end is left out.
    """
    encoding = _encoding(data[:SNIFFED_BYTES]) or _GUESS
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode(data, final=is_whole), encoding == _GUESS


def shown_size(size: int) -> str:
    """Return bytes in words for people, such as `3.2 MB`."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if size >= step:
            number = size / step
            return f"{number:.0f} {unit}" if number >= 10 else f"{round(number, 1):g} {unit}"
    return "1 byte" if size == 1 else f"{size} bytes"


def _encoding(head: bytes) -> str | None:
    """Return the encoding of a text by its first bytes, or None if they are no text."""
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    try:
        text = codecs.getincrementaldecoder(marked or "utf-8")().decode(head)
    except UnicodeDecodeError:
        if marked or _CONTROLS.search(head.decode("latin-1")):
            return None
        foreign = sum(byte >= 0x80 for byte in head)
        return _GUESS if foreign <= _MOST_FOREIGN * len(head) else None
    return None if _CONTROLS.search(text) else marked or "utf-8"
