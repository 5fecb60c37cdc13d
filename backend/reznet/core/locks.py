"""Named locks of the database that a transaction holds until it ends."""

from collections.abc import Sequence

from sqlalchemy import text

from reznet.core.database import WriteSession
from reznet.core.statements import Statement

# A function scan gives the keys in their order.
_HOLD = Statement(
    text(
        "select pg_advisory_xact_lock_shared(hashtextextended(held.key, 0)) "
        "from unnest(cast(:keys as text[])) as held(key)"
    )
)


async def lock_for_transaction(session: WriteSession, key: str, *, shared: bool = False) -> None:
    """Take the named advisory lock, held until the session's transaction ends.

    Many may hold it as `shared` at once, but not beside one who holds it alone.
    """
    take = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    await session.execute(text(f"select {take}(hashtextextended(:key, 0))"), {"key": key})


async def hold_shared(session: WriteSession, keys: Sequence[str]) -> None:
    """Take named locks as shared, in this order, like `lock_for_transaction`, by one statement."""
    await session.fetch(_HOLD, {"keys": list(keys)})


async def try_lock_for_transaction(
    session: WriteSession, key: str, *, shared: bool = False
) -> bool:
    """Take the lock like `lock_for_transaction`, but never wait; return whether it was free."""
    take = "pg_try_advisory_xact_lock_shared" if shared else "pg_try_advisory_xact_lock"
    found = await session.execute(text(f"select {take}(hashtextextended(:key, 0))"), {"key": key})
    return bool(found.scalar_one())


async def limit_lock_waits(session: WriteSession, milliseconds: int) -> None:
    """Let the transaction's statements fail rather than wait longer for a lock: see `is_lock_timeout`."""
    await session.execute(text(f"set local lock_timeout = '{milliseconds}ms'"))
