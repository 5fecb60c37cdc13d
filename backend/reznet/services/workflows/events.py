"""Telling clients what happens to a workflow."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.schemas.events import EventKind
from reznet.services import events
from reznet.services.ports import Ports


async def record(
    session: WriteSession,
    ports: Ports,
    workflow_id: UUID,
    *,
    channel_id: UUID,
    task_id: UUID | None = None,
) -> None:
    """Record that a workflow has moved on, or one of its tasks (`task_id` is the workflow task's id)."""
    await events.record_workflow(
        session,
        ports,
        EventKind.WORKFLOW_PROGRESS,
        channel_id=channel_id,
        workflow_id=workflow_id,
        workflow_task_id=task_id,
    )


async def record_whole(
    session: WriteSession, ports: Ports, workflow_id: UUID, *, channel_id: UUID
) -> None:
    """Record that a workflow was made or edited, or has a new status."""
    await events.record_workflow(
        session,
        ports,
        EventKind.WORKFLOW_UPDATED,
        channel_id=channel_id,
        workflow_id=workflow_id,
    )


async def record_deleted(
    session: WriteSession, ports: Ports, workflow_id: UUID, *, channel_id: UUID
) -> None:
    """Record that a workflow is gone."""
    await events.record_workflow(
        session,
        ports,
        EventKind.WORKFLOW_DELETED,
        channel_id=channel_id,
        workflow_id=workflow_id,
    )
