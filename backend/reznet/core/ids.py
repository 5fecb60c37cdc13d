"""UUIDv7 identifiers (RFC 9562, section 5.7), rising within a process."""

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a UUIDv7 greater than every one this process made before.

    Layout of RFC 9562, method 1 of section 6.2: 48 bits of Unix milliseconds, then a 12-bit and a
    62-bit random part; within a millisecond the whole value is raised instead of drawn anew.
    """
    global _last
    millis = time.time_ns() // 1_000_000
    fresh = (millis << 74) | secrets.randbits(74)
    with _lock:
        fresh = fresh if fresh > _last else _last + 1 + secrets.randbits(16)
        _last = fresh
    high, low = fresh >> 62, fresh & ((1 << 62) - 1)
    stamp, rand_a = high >> 12, high & 0xFFF
    return UUID(int=(stamp << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | low)
