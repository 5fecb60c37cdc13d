"""Calls that wait to be made, and what becomes of them."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession
from reznet.repositories import trigger_firings, webhooks
from reznet.repositories.webhooks import Call as Call
from reznet.schemas.webhooks import DeliveryStatus

# The pauses after the first try, the second and so on: eight tries in a little less than four hours.
PAUSES = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600, 1_800, 3_600, 7_200))
LEASE = timedelta(seconds=60)  # outlives a try
_MOST_ASKED = timedelta(hours=2)  # of what a Retry-After may ask for
_GONE = 410
_KEEP = timedelta(days=30)
_PRUNE_BATCH = 1_000


async def take_due(database: Database, limit: int) -> Sequence[Call]:
    """Take calls whose time has come; nobody else makes them meanwhile."""
    moment = now()
    async with database.write() as session:
        return await webhooks.take_due(session, moment, moment + LEASE, limit)


async def next_due(session: ReadSession) -> datetime | None:
    """Return the time of the next call, or None."""
    return await webhooks.next_due(session)


async def answered(database: Database, call: Call, status: int, retry_after: float | None) -> None:
    """Note the status with which a call was answered: 2xx is good, 410 switches the webhook off."""
    if 200 <= status < 300:
        async with database.write() as session:
            done = {"status": DeliveryStatus.DELIVERED.value, "next_at": None, "error": None}
            changes = {**done, "response_status": status, "finished_at": now()}
            await webhooks.update_delivery(session, call.delivery_id, changes)
            await webhooks.update_webhook(session, call.webhook_id, {"last_error": None})
        return
    said = f"answered with status {status}"
    if 300 <= status < 400:
        said += "; redirects are not followed"
    await _failed(database, call, said, status, retry_after)


async def unanswered(database: Database, call: Call, said: str) -> None:
    """Note that a call got no answer, and why."""
    await _failed(database, call, said, None, None)


async def prune(database: Database) -> int:
    """Delete what is known of calls and of triggers' occurrences after 30 days; return how much."""
    before, total = now() - _KEEP, 0
    for delete in (webhooks.delete_deliveries_before, trigger_firings.delete_before):
        deleted = _PRUNE_BATCH
        while deleted == _PRUNE_BATCH:
            async with database.write() as session:
                deleted = await delete(session, before, _PRUNE_BATCH)
            total += deleted
    return total


async def _failed(
    database: Database, call: Call, said: str, status: int | None, retry_after: float | None
) -> None:
    changes: dict[str, object] = {"response_status": status, "error": said}
    if status == _GONE or call.attempt > len(PAUSES):
        changes |= {
            "status": DeliveryStatus.FAILED.value,
            "next_at": None,
            "finished_at": now(),
        }
    else:
        changes["next_at"] = now() + _pause(call.attempt, retry_after)
    async with database.write() as session:
        await webhooks.update_delivery(session, call.delivery_id, changes)
        about: dict[str, object] = {"last_error": said}
        if status == _GONE:
            about["is_active"] = False
        await webhooks.update_webhook(session, call.webhook_id, about)
        if status == _GONE:
            await webhooks.hold_back(session, call.webhook_id, None)


def _pause(attempt: int, retry_after: float | None) -> timedelta:
    """Return how long to wait after a try: the next pause, spread a little, or as long as was asked for."""
    pause = PAUSES[attempt - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - spreads the tries
    asked = timedelta(seconds=min(retry_after or 0, _MOST_ASKED.total_seconds()))
    return max(pause, asked)
