"""Messages that make triggers fire.

They are looked for after they were posted, so that posting costs no more where nothing waits for messages.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import Database, ReadSession
from reznet.core.errors import NotFound
from reznet.repositories import trigger_messages
from reznet.repositories.trigger_messages import Listener as Listener
from reznet.repositories.trigger_messages import Said
from reznet.schemas.triggers import FiringKind
from reznet.services.ports import Ports
from reznet.services.triggers import firing
from reznet.services.triggers.firing import Occurrence
from reznet.workflows.json_paths import shortened
from reznet.workflows.message_patterns import Pattern, beginning, captured, parse_pattern

# A message carries the time at which its transaction was at work, and is seen once that has ended.
_OVERLAP = timedelta(seconds=30)
_NOTED_EVERY = timedelta(seconds=30)
_BATCH = 200


async def listeners(session: ReadSession) -> Sequence[Listener]:
    """Return the triggers that wait for messages."""
    return await trigger_messages.listeners(session)


async def fire_heard(database: Database, ports: Ports, listener: Listener) -> Listener:
    """Make the trigger fire for each message that it has not fired for; return it as it goes on.

    Each message counts once, whichever processes see it.
    """
    pattern = parse_pattern(listener.pattern)
    moment = now()
    since = max(listener.armed_at, listener.seen_at - _OVERLAP)
    after: UUID | None = None
    while True:
        async with database.read() as session:
            said = await trigger_messages.said_since(
                session,
                listener.id,
                listener.channel_id,
                (since, after),
                beginning(pattern),
                _BATCH,
            )
        for message in said:
            await _fire(database, ports, listener.id, pattern, message)
        if len(said) < _BATCH:
            break
        since, after = said[-1].created_at, said[-1].id
    return await _noted(database, listener, moment)


async def _fire(
    database: Database, ports: Ports, trigger_id: UUID, pattern: Pattern, message: Said
) -> None:
    values = captured(pattern, message.content)
    if values is None:
        return
    occurrence = Occurrence(
        FiringKind.MESSAGE,
        f"message {message.id}",
        {name: shortened(value) for name, value in values.items()},
        message_id=message.id,
    )
    try:
        await firing.fire_once(database, ports, trigger_id, occurrence)
    except NotFound:  # the trigger was deleted meanwhile
        return


async def _noted(database: Database, listener: Listener, moment: datetime) -> Listener:
    """Note now and then how far messages were looked through, so that a restart begins there."""
    if moment - listener.seen_at < _NOTED_EVERY:
        return listener
    async with database.write() as session:
        await trigger_messages.note_seen(session, listener.id, moment)
    return trigger_messages.seen_until(listener, moment)
