"""What a file is, by its bytes alone."""

import gzip
import zipfile
from io import BytesIO

import pytest

from reznet.core.media import SNIFFED_BYTES, decode_text, shown_size, sniff
from tests.support.images import picture


def zipped() -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("page.html", "<script>alert(1)</script>")
    return into.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("PNG", 2, 2), "image/png"),
        (picture("JPEG", 2, 2), "image/jpeg"),
        (picture("GIF", 2, 2), "image/gif"),
        (picture("WEBP", 2, 2), "image/webp"),
        (b"%PDF-1.7\nall of it text", "application/pdf"),
        (zipped(), "application/zip"),
        (gzip.compress(b"x" * 100, mtime=0), "application/gzip"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00", "video/mp4"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt \x00", "audio/wav"),
        (b"\x7fELF\x02\x01\x01\x00", "application/octet-stream"),
        (bytes(range(256)), "application/octet-stream"),
        (b"plain", "text/plain"),
        (b"name,age\r\nAda,36\r\n", "text/plain"),
        (b'{"a": 1}', "text/plain"),
        ("größer, 日本語, 😀".encode(), "text/plain"),
        ("größer".encode("latin-1"), "text/plain"),
        ("größer".encode("utf-16"), "text/plain"),
        ("größer".encode("utf-8-sig"), "text/plain"),
        (b"\xfe\xff" + "x".encode("utf-16-be"), "text/plain"),
        (b"\x1b[31mred\x1b[0m\n", "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "text/plain"),
        (b"#!/bin/sh\nrm -rf /\n", "text/plain"),
        (b"ID3 is a tag of music files", "text/plain"),
        (b"BZhello", "text/plain"),
        (b"text with a NUL\x00", "application/octet-stream"),
        ("größer\x00".encode("utf-16"), "application/octet-stream"),
        (bytes([0xE4, 0xF6, 0xFC] * 100), "application/octet-stream"),
        (b"\xff\xfe\x00\xd8A\x00", "application/octet-stream"),
    ],
    ids=lambda value: repr(value)[:16],
)
def test_the_bytes_tell(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


def test_a_character_at_the_edge_of_the_first_bytes_does_not_matter() -> None:
    content = b"x" * (SNIFFED_BYTES - 1) + "€".encode()
    assert sniff(content[:SNIFFED_BYTES]) == "text/plain"
    assert decode_text(content, is_whole=True) == (content.decode(), False)
    assert decode_text(content[: SNIFFED_BYTES + 1], is_whole=False)[0] == "x" * (
        SNIFFED_BYTES - 1
    )


@pytest.mark.parametrize(
    ("content", "text", "is_guess"),
    [
        ("grün".encode(), "grün", False),
        ("grün".encode("utf-8-sig"), "grün", False),
        ("grün".encode("utf-16"), "grün", False),
        (b"\xfe\xff" + "grün".encode("utf-16-be"), "grün", False),
        ("grün".encode("latin-1"), "grün", True),
        ("it’s “fine”".encode("cp1252"), "it’s “fine”", True),  # noqa: RUF001 - what Windows writes
    ],
)
def test_texts_are_decoded_and_a_guess_is_told(content: bytes, text: str, is_guess: bool) -> None:
    assert decode_text(content, is_whole=True) == (text, is_guess)


def test_what_can_not_be_decoded_later_on_is_replaced() -> None:
    content = b"x" * SNIFFED_BYTES + b"\xff end"
    assert decode_text(content, is_whole=True) == ("x" * SNIFFED_BYTES + "\ufffd end", False)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1250, "1.2 kB"),
        (25_000_000, "25 MB"),
        (1024**3, "1.1 GB"),
    ],
)
def test_sizes_in_words(size: int, shown: str) -> None:
    assert shown_size(size) == shown
