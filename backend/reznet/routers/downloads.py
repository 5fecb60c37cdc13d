"""Answers with files that came from people: whole or in part, and never as a page of ours.

A browser saves them, or shows an image that was decoded here, under a policy by which nothing in
it could run, load or reach anything. Nothing is unpacked.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import Headers
from starlette.types import Send

from reznet.core.errors import Problem
from reznet.routers.problems import response_of

log = structlog.get_logger(__name__)

type Source = bytes | Callable[[int, int], AsyncIterator[bytes]]

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE)
# What stands in a quoted string as itself, and is no part of an escape.
_NOT_PLAIN = re.compile(r"[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]")


class RangeRefused(Problem):
    """416: the file has no such bytes."""

    status = 416
    code = "range_not_satisfiable"
    title = "The file has no such part"


@dataclass(frozen=True, slots=True)
class Download:
    """What is sent: `digest` names the content, `is_shown` lets a browser show it."""

    name: str
    media_type: str
    size: int
    digest: str
    is_shown: bool


def answer(download: Download, request: Request, source: Source) -> Response:
    """Return the answer to a request for a file.

    `source` holds the bytes, or gives those from an offset on, so many. One range is understood; of
    several, all are sent, as RFC 9110 (14.2) allows.
    """
    headers = _headers(download)
    if _names(request.headers.get("if-none-match"), headers["etag"]):
        return Response(status_code=304, headers=headers)
    try:
        part = _part(download, request.headers, headers["etag"])
    except RangeRefused as refusal:
        there = {"Content-Range": f"bytes */{download.size}"}
        return response_of(refusal, request.scope, there)
    headers |= {"content-type": download.media_type, "accept-ranges": "bytes"}
    first, length = part or (0, download.size)
    if part is not None:
        headers["content-range"] = f"bytes {first}-{first + length - 1}/{download.size}"
    status = 200 if part is None else 206
    if isinstance(source, bytes):
        return Response(source[first : first + length], status, headers)
    headers["content-length"] = str(length)
    return _Streamed(source(first, length), status, headers)


def content_disposition(name: str, *, is_shown: bool) -> str:
    """Return the header that names a file (RFC 6266); the name is encoded as in RFC 8187."""
    kind = "inline" if is_shown else "attachment"
    plain = _NOT_PLAIN.sub("_", name)
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{encoded}'


class _Streamed(StreamingResponse):
    """An answer that ends without its end when there is nothing more to send: the connection is cut."""

    async def stream_response(self, send: Send) -> None:
        """Send the pieces."""
        try:
            await super().stream_response(send)
        except Problem as problem:
            log.warning("a file could not be sent to its end", reason=problem.detail)


def _headers(download: Download) -> dict[str, str]:
    return {
        "etag": f'"{download.digest}"',
        # The bytes under an id never change; whether this person may have them can.
        "cache-control": "private, max-age=86400, immutable",
        "content-disposition": content_disposition(download.name, is_shown=download.is_shown),
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }


def _names(header: str | None, etag: str) -> bool:
    known = {value.strip().removeprefix("W/") for value in (header or "").split(",")}
    return etag in known or "*" in known


def _part(download: Download, asked: Headers, etag: str) -> tuple[int, int] | None:
    """Return the offset and the number of bytes that `Range` asks for; None for the whole.

    Raises RangeRefused.
    """
    found = _RANGE.fullmatch(asked.get("range", "").strip())
    if found is None or asked.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:  # so many at the end
        length = min(int(last), download.size)
        start, end = download.size - length, download.size
    else:
        start, end = int(first), min(int(last) + 1 if last else download.size, download.size)
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeRefused(f"The file has {download.size} bytes, and none of those asked for.")
    return start, end - start
