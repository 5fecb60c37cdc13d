"""What becomes of workflows when a channel, an agent or a message goes."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import workflow_runs, workflows
from reznet.schemas.workflows import WorkflowOut
from reznet.services.ports import Ports
from reznet.services.workflow_runs.advance import CHANNEL_ARCHIVED, advance
from reznet.services.workflow_runs.nodes import change_node, change_status
from reznet.services.workflow_runs.stopping import stopped
from reznet.workflows.plan import WorkflowStatus

_CARD_DELETED = ("card_deleted", "The message with its plan was deleted.")


async def begin(
    session: WriteSession,
    ports: Ports,
    reason: str,
    *,
    channel_id: UUID | None = None,
    agent_id: UUID | None = None,
    message_id: UUID | None = None,
) -> list[UUID]:
    """Lock the workflows that a removal concerns, before any of their tasks is, and end those that it ends.

    A channel takes its workflows with it, and a message the one whose card it is. An agent takes none: its tasks
    fail, each when its turn comes. Return which workflows have to go on once the tasks are ended.
    """
    affected = await workflow_runs.lock_around(
        session, channel_id=channel_id, agent_id=agent_id, message_id=message_id
    )
    if agent_id is not None and affected:
        await workflow_runs.forget_agent(session, agent_id)
    for workflow in await workflows.get_many(session, affected):
        if channel_id is not None:
            await _end(session, ports, workflow, CHANNEL_ARCHIVED, reason)
        elif message_id is not None and workflow.message_id == message_id:
            await _end(session, ports, workflow, _CARD_DELETED, reason)
    return affected


async def go_on(session: WriteSession, ports: Ports, affected: list[UUID]) -> None:
    """Drive the workflows on whose tasks a removal has ended."""
    for workflow_id in affected:
        await advance(session, ports, workflow_id)


async def _end(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    error: tuple[str, str],
    reason: str,
) -> None:
    """End a workflow with all its tasks; their runs are ended by whoever removes."""
    for node in workflow.tasks:
        if not node.status.is_final:
            sentence = f"{reason[:1].upper()}{reason[1:]}."
            await change_node(session, ports, workflow, node, stopped(sentence))
    await change_status(session, ports, workflow, WorkflowStatus.CANCELLED, error=error)
