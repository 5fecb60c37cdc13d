"""Forgetting: what has expired, what was summed up long ago, and what a message or a person said that goes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.repositories import forgetting, memories
from reznet.services.memory_owners import hold_memories

# A transaction's worth: the owner's memories can't be written meanwhile.
BATCH = 500


async def whose(session: ReadSession) -> dict[UUID, int | None]:
    """Return who may have memories that have expired, and after how many days each's do by themselves."""
    kept = await forgetting.keeping(session, "expire_after_days")
    days = {owner_id: settings.expire_after_days for owner_id, settings in kept.items()}
    return dict.fromkeys(await forgetting.owners_with_expired(session)) | days


async def forget_expired(session: WriteSession, owner_id: UUID, days: int | None) -> int:
    """Delete a batch of the owner's expired memories; return how many, 0 when none is left."""
    await hold_memories(session, owner_id)
    ids = await forgetting.expired(session, owner_id, days, BATCH)
    await remove(session, owner_id, ids)
    return len(ids)


async def whose_summed_up(session: ReadSession, before: datetime) -> list[UUID]:
    """Return who has memories for which summaries stand since before the moment."""
    return await forgetting.owners_with_summed_up(session, before)


async def forget_summed_up(session: WriteSession, owner_id: UUID, before: datetime) -> int:
    """Delete a batch of those, and keep the summaries; return how many, 0 when none is left."""
    await hold_memories(session, owner_id)
    ids = await forgetting.summed_up(session, owner_id, before, BATCH)
    await _delete(session, owner_id, ids)
    return len(ids)


async def forget_message(session: WriteSession, message_id: UUID) -> None:
    """Delete whatever anybody remembers from a message, which the caller has locked."""
    for owner_id in sorted(await forgetting.owners_told_by(session, message_id)):
        await hold_memories(session, owner_id)
        await remove(session, owner_id, await forgetting.told_by(session, owner_id, message_id))


async def forget_person(session: WriteSession, user_id: UUID) -> None:
    """Delete whatever anybody remembers of what a person said; to be called before the person is deleted."""
    for owner_id in sorted(await forgetting.owners_told_by_person(session, user_id)):
        await hold_memories(session, owner_id)
        ids = await forgetting.told_by_person(session, owner_id, user_id)
        await remove(session, owner_id, ids)


async def remove(session: WriteSession, owner_id: UUID, ids: Collection[UUID]) -> int:
    """Delete an owner's memories, which the caller holds, with their words; return how many there were.

    Summaries that stand for any of them hold some of what they said, and go too; what else these stood for is found
    again.
    """
    summaries = await forgetting.summaries_of(session, owner_id, ids)
    gone = await _delete(session, owner_id, {*ids, *summaries})
    return gone - len(set(summaries) - set(ids))


async def _delete(session: WriteSession, owner_id: UUID, ids: Collection[UUID]) -> int:
    if not ids:
        return 0
    near = await memories.neighbourhood(session, owner_id, ids)
    gone = await memories.delete_memories(session, owner_id, ids)
    await memories.refresh_words(session, owner_id, near)
    return gone
