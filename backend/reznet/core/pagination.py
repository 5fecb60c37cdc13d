"""Opaque keyset cursors: the position after the last row of a page."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import orjson

from reznet.core.errors import Invalid

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Rows of one page and the cursor of the next, None at the end."""

    rows: Sequence[T]
    next_cursor: str | None


def encode_cursor(*parts: datetime | UUID | str | int) -> str:
    """Return the sort key of a row as an opaque, URL-safe string."""
    raw = orjson.dumps(
        [part.isoformat() if isinstance(part, datetime) else str(part) for part in parts]
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, size: int) -> list[str]:
    """Return the parts of a cursor.

    Raises:
        Invalid: the cursor did not come from `encode_cursor` with that many parts.
    """
    try:
        decoded: object = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError):
        decoded = None
    parts = cast("list[object]", decoded) if isinstance(decoded, list) else []
    texts = [part for part in parts if isinstance(part, str)]
    if not len(texts) == len(parts) == size:
        raise foreign_cursor()
    return texts


def decode_time_id(cursor: str) -> tuple[datetime, UUID]:
    """Return the parts of a cursor made of a time and an id. Raises Invalid like `decode_cursor`."""
    stamp, row_id = decode_cursor(cursor, 2)
    try:
        return decode_time(stamp), UUID(row_id)
    except ValueError:
        raise foreign_cursor() from None


def decode_time(part: str) -> datetime:
    """Return the time that is a part of a cursor, in UTC. Raises Invalid when it is none."""
    try:
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise foreign_cursor() from None


def foreign_cursor() -> Invalid:
    """Return the refusal of a cursor that another list, or nobody, has made."""
    return Invalid.field(
        "cursor",
        "is not a cursor of this list; leave it out to start anew",
        code="invalid_cursor",
    )
