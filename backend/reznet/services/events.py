"""Recording what happened, and waking whoever tells it to clients."""

from collections.abc import Mapping
from uuid import UUID
from weakref import WeakKeyDictionary

from reznet.core.bus import Topic
from reznet.core.database import WriteSession, after_commit
from reznet.repositories import events
from reznet.schemas.events import EventKind
from reznet.schemas.tasks import TaskOut
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
    """Record a domain event and, once it is committed, signal that there is one.

    Events are written right before the commit, all at once and in the order of their recording: readers
    wait for an id that was drawn until its transaction ends, so that must follow at once.
    """
    _record(session, ports, events.NewEvent(kind.value, channel_id, message_id, task_id))


async def record_agent(
    session: WriteSession, ports: Ports, kind: EventKind, agent_id: UUID
) -> None:
    """Record an event about an agent, for the whole workspace."""
    _record(session, ports, events.NewEvent(kind.value, None, payload={"agent_id": str(agent_id)}))


async def record_workflow(
    session: WriteSession,
    ports: Ports,
    kind: EventKind,
    *,
    channel_id: UUID,
    workflow_id: UUID,
    workflow_task_id: UUID | None = None,
) -> None:
    """Record an event about a workflow, once a transaction: what is told is how it is after the commit."""
    payload = {"workflow_id": str(workflow_id)}
    if workflow_task_id is not None:
        payload["workflow_task_id"] = str(workflow_task_id)
    event = events.NewEvent(kind.value, channel_id, payload=payload)
    if event not in _recorded.get(session, ()):
        _record(session, ports, event)


def _record(session: WriteSession, ports: Ports, event: events.NewEvent) -> None:
    recorded = _recorded.setdefault(session, [])
    recorded.append(event)
    if len(recorded) > 1:
        return

    async def write() -> None:
        await events.insert_events(session, recorded)

    session.before_commit.append(write)
    after_commit(session, lambda: ports.bus.publish(Topic.EVENTS, {}))


async def record_task(session: WriteSession, ports: Ports, task: TaskOut) -> None:
    """Record that a task has a new status."""
    await record(
        session,
        ports,
        EventKind.TASK_UPDATED,
        channel_id=task.channel_id,
        message_id=task.message_id,
        task_id=task.id,
    )


_recorded: WeakKeyDictionary[WriteSession, list[events.NewEvent]] = WeakKeyDictionary()


async def audit(
    session: WriteSession,
    actor: Actor,
    action: str,
    subject: tuple[str, UUID],
    details: Mapping[str, object] | None = None,
) -> None:
    """Record a critical act in the audit log."""
    await events.audit(session, actor.handle, action, (subject[0], str(subject[1])), details)
