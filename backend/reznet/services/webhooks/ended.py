"""What is to be told when a workflow has ended."""

from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.database import WriteSession, after_commit
from reznet.repositories import webhooks, workflows
from reznet.schemas.webhooks import WebhookBody
from reznet.schemas.workflows import WorkflowOut
from reznet.services.ports import Ports


async def tell_ended(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, status: str
) -> None:
    """Note, in the transaction that ends a workflow, whom it is told to. One statement where nobody is."""
    concerned = await webhooks.concerned(
        session,
        status,
        workflow.channel_id,
        _id_in(workflow, "saved_workflow_id"),
        _id_in(workflow, "trigger_id"),
    )
    if not concerned:
        return
    ended = await workflows.get(session, workflow.id)
    if ended is None:
        return
    body = WebhookBody.model_validate(
        {"type": f"workflow.{status}", "timestamp": ended.finished_at or now(), "data": ended}
    )
    await webhooks.insert_deliveries(
        session, concerned, workflow.id, body.type, body.model_dump_json()
    )
    after_commit(session, lambda: ports.bus.publish(Topic.DELIVERIES, {}))


def _id_in(workflow: WorkflowOut, name: str) -> UUID | None:
    value = workflow.metadata.get(name)
    return UUID(value) if isinstance(value, str) else None
