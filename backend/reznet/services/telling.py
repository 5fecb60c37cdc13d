"""Recorded events as clients are told them, with what they are about as that is now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.core.live import LiveTexts
from reznet.repositories import (
    attached,
    channels,
    messages,
    tasks,
    workflow_tasks,
    workflows,
)
from reznet.repositories.outbox import EventRow
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import (
    AgentDeleted,
    AgentUpdated,
    ChannelUpdated,
    EventKind,
    MembersUpdated,
    MessageDeleted,
    MessageSent,
    MessageUpdated,
    Recorded,
    TaskUpdated,
    WorkflowDeleted,
    WorkflowProgressed,
    WorkflowUpdated,
)
from reznet.schemas.messages import MessageOut, ThreadSummary
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowSummary, WorkflowTaskOut
from reznet.services.messages import with_live_text as message_with_live_text
from reznet.services.workflows.honesty import honest


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what it is about as that is now."""

    kind: EventKind
    payload: Recorded


async def describe(session: ReadSession, rows: Sequence[EventRow]) -> list[Told]:
    """Return the events with the present state of what they are about, one query a kind.

    Events about what is gone are left out; so are kinds that a newer program has written.
    """
    state = await _load(session, rows)
    return [told for row in rows if (told := _told(row, state)) is not None]


def with_live_text(payload: Recorded, live: LiveTexts) -> Recorded:
    """Return the payload with the text so far, when it holds an answer that streams."""
    if not isinstance(payload, MessageSent | MessageUpdated):
        return payload
    message = message_with_live_text(payload.message, live)
    if message is payload.message:
        return payload
    return payload.model_copy(update={"message": message})


@dataclass(frozen=True, slots=True)
class _Plans:
    whole: Mapping[UUID, WorkflowOut]
    moved: Mapping[UUID, WorkflowSummary]
    nodes: Mapping[UUID, WorkflowTaskOut]


@dataclass(frozen=True, slots=True)
class _State:
    messages: Mapping[UUID, MessageOut]
    threads: Mapping[UUID, ThreadSummary]
    tasks: Mapping[UUID, TaskOut]
    channels: Mapping[UUID, ChannelOut]
    plans: _Plans


class _Base(TypedDict):
    event_id: int
    channel_id: UUID


_OF_THREADS = frozenset({EventKind.MESSAGE_SENT, EventKind.MESSAGE_DELETED})
_OF_MESSAGES = _OF_THREADS | {EventKind.MESSAGE_UPDATED}


async def _load(session: ReadSession, rows: Sequence[EventRow]) -> _State:
    message_ids = {row.message_id for row in rows if row.kind in _OF_MESSAGES and row.message_id}
    task_ids = {row.task_id for row in rows if row.kind == EventKind.TASK_UPDATED and row.task_id}
    channel_ids = {
        row.channel_id for row in rows if row.kind == EventKind.CHANNEL_UPDATED and row.channel_id
    }
    found_messages = await messages.get_many(session, message_ids) if message_ids else []
    threads = await _threads(session, rows, found_messages)
    found_tasks = await tasks.get_many(session, task_ids) if task_ids else []
    found_channels = await channels.get_many(session, channel_ids) if channel_ids else []
    return _State(
        {message.id: message for message in found_messages},
        threads,
        {task.id: task for task in found_tasks},
        {channel.id: channel for channel in found_channels},
        await _plans(session, rows),
    )


async def _plans(session: ReadSession, rows: Sequence[EventRow]) -> _Plans:
    whole = {row.workflow_id for row in rows if row.kind == EventKind.WORKFLOW_UPDATED}
    moved = [row for row in rows if row.kind == EventKind.WORKFLOW_PROGRESS]
    changed = {row.workflow_id for row in moved}
    nodes = {row.workflow_task_id for row in moved}
    found = await workflows.get_many(session, _ids(whole)) if whole else []
    summaries = await workflows.summaries(session, _ids(changed)) if changed else []
    found_nodes = (
        await honest(session, await workflow_tasks.get_many(session, _ids(nodes))) if nodes else ()
    )
    return _Plans(
        {workflow.id: workflow for workflow in found},
        {workflow.id: workflow for workflow in summaries},
        {node.id: node for node in found_nodes},
    )


def _ids(ids: Iterable[UUID | None]) -> list[UUID]:
    return [one for one in ids if one is not None]


async def _threads(
    session: ReadSession, rows: Sequence[EventRow], found: Sequence[MessageOut]
) -> Mapping[UUID, ThreadSummary]:
    """Return how the threads are now that replies were added to or taken from."""
    touched = {row.message_id for row in rows if row.kind in _OF_THREADS}
    roots = {reply.thread_id for reply in found if reply.thread_id and reply.id in touched}
    return await attached.thread_summaries(session, roots) if roots else {}


def _told(row: EventRow, state: _State) -> Told | None:
    payload = _payload(row, state)
    return None if payload is None else Told(EventKind(row.kind), payload)


def _payload(row: EventRow, state: _State) -> Recorded | None:
    if row.channel_id is None:
        return _of_workspace(row)
    message = state.messages.get(row.message_id) if row.message_id else None
    thread = state.threads.get(message.thread_id) if message and message.thread_id else None
    task = state.tasks.get(row.task_id) if row.task_id else None
    channel = state.channels.get(row.channel_id)
    base: _Base = {"event_id": row.id, "channel_id": row.channel_id}
    match row.kind:
        case EventKind.MESSAGE_SENT if message is not None:
            return MessageSent(**base, message=message, thread=thread)
        case EventKind.MESSAGE_UPDATED if message is not None:
            return MessageUpdated(**base, message=message)
        case EventKind.MESSAGE_DELETED if row.message_id is not None:
            return MessageDeleted(**base, id=row.message_id, thread=thread)
        case EventKind.TASK_UPDATED if task is not None:
            return TaskUpdated(**base, task=task)
        case EventKind.CHANNEL_UPDATED if channel is not None:
            return ChannelUpdated(**base, channel=channel)
        case EventKind.MEMBERS_UPDATED:
            return MembersUpdated(**base)
        case _ if row.workflow_id is not None:
            return _of_workflow(row, row.workflow_id, state.plans, base)
        case _:
            return None


def _of_workflow(row: EventRow, workflow_id: UUID, plans: _Plans, base: _Base) -> Recorded | None:
    """Return an event about a workflow."""
    whole, moved = plans.whole.get(workflow_id), plans.moved.get(workflow_id)
    match row.kind:
        case EventKind.WORKFLOW_UPDATED if whole is not None:
            return WorkflowUpdated(**base, workflow=whole)
        case EventKind.WORKFLOW_PROGRESS if moved is not None:
            return WorkflowProgressed(
                **base,
                workflow_id=workflow_id,
                status=moved.status,
                completed=moved.progress.completed,
                total=moved.progress.total,
                percent=moved.progress.percent,
                task=plans.nodes.get(row.workflow_task_id) if row.workflow_task_id else None,
            )
        case EventKind.WORKFLOW_DELETED:
            return WorkflowDeleted(**base, workflow_id=workflow_id)
        case _:
            return None


def _of_workspace(row: EventRow) -> Recorded | None:
    """Return an event that belongs to no channel."""
    match row.kind:
        case EventKind.AGENT_UPDATED if row.agent_id is not None:
            return AgentUpdated(event_id=row.id, agent_id=row.agent_id)
        case EventKind.AGENT_DELETED if row.agent_id is not None:
            return AgentDeleted(event_id=row.id, agent_id=row.agent_id)
        case _:
            return None
