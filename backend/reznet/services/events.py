"""Recording what happened, and waking whoever tells it to clients."""

from collections.abc import Mapping
from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.database import WriteSession, after_commit
from reznet.repositories import events
from reznet.schemas.events import EventKind
from reznet.services.ports import Actor, Ports


async def record(
    session: WriteSession,
    ports: Ports,
    kind: EventKind,
    *,
    channel_id: UUID,
    message_id: UUID | None = None,
    task_id: UUID | None = None,
) -> None:
    """Record a domain event and, once it is committed, signal that there is one."""
    await events.append(
        session, kind.value, channel_id=channel_id, message_id=message_id, task_id=task_id
    )
    after_commit(session, lambda: ports.bus.publish(Topic.EVENTS, {}))


async def audit(
    session: WriteSession,
    actor: Actor,
    action: str,
    subject: tuple[str, UUID],
    details: Mapping[str, object] | None = None,
) -> None:
    """Record a critical act in the audit log."""
    await events.audit(session, actor.handle, action, (subject[0], str(subject[1])), details)
