"""The names of processes that run agents, and the advisory locks by which others see that they live."""

import hashlib
from typing import LiteralString

# Looked at instead of tried: a lock that is tried is not free for its owner, or for another watcher.
HELD_LOCKS: LiteralString = """
    select (classid::bigint << 32) | objid::bigint from pg_locks
    where locktype = 'advisory' and objsubid = 1 and granted
      and database = (select oid from pg_database where datname = current_database())
"""


def lock_key(executor_id: str) -> int:
    """Return the advisory lock's key of an executor, a signed 64-bit number."""
    digest = hashlib.sha256(f"executor:{executor_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
