"""The card of a workflow: a message in its channel, in whose thread the work is done."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import agents, messages, workflows
from reznet.schemas.agents import AgentOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import AuthorKind, MessageOut, MessageStatus
from reznet.schemas.workflows import WorkflowOut
from reznet.services import events
from reznet.services.ports import Actor, Ports
from reznet.services.workflows.card_text import card_text, deleted_text

ORCHESTRATOR = "orchestrator"


async def post(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> MessageOut:
    """Put the card into the channel, in the orchestrator's name, and link the workflow to it.

    It starts nobody and mentions nobody, whatever its titles say.
    """
    author = await orchestrator(session)
    card = await messages.insert_message(
        session,
        messages.NewMessage(
            channel_id=workflow.channel_id,
            author_kind=AuthorKind.AGENT if author else AuthorKind.SYSTEM,
            author_name=author.name if author else "System",
            agent_id=author.id if author else None,
            content=card_text(workflow),
            metadata={"workflow_id": str(workflow.id)},
        ),
    )
    assert card is not None  # noqa: S101 - only a client_id could be there already
    await workflows.update_workflow(session, workflow.id, {"message_id": card.id})
    await events.record(
        session, ports, EventKind.MESSAGE_SENT, channel_id=card.channel_id, message_id=card.id
    )
    return card


async def orchestrator(session: WriteSession) -> AgentOut | None:
    """Return the orchestrator that every workspace has, kept from being deleted; None without one."""
    found = await agents.by_handles(session, [ORCHESTRATOR])
    if not (agent := found.get(ORCHESTRATOR)):
        return None
    await agents.hold(session, [agent.id])
    return await agents.get(session, agent.id)


async def refresh(session: WriteSession, ports: Ports, workflow_id: UUID) -> None:
    """Make the card say how the workflow is now. Call it when its plan or status has changed."""
    workflow = await workflows.get(session, workflow_id)
    if workflow is not None:
        await _rewrite(session, ports, workflow.message_id, card_text(workflow))


async def strike(session: WriteSession, ports: Ports, actor: Actor, workflow: WorkflowOut) -> None:
    """Make the card say that the workflow was deleted."""
    text = deleted_text(workflow.title, actor.name)
    await _rewrite(session, ports, workflow.message_id, text, drop="workflow_id")


async def _rewrite(
    session: WriteSession, ports: Ports, card_id: UUID | None, text: str, drop: str | None = None
) -> None:
    """Change the text of a card that is there; one that still streams belongs to its run."""
    card = await messages.lock(session, card_id) if card_id is not None else None
    if card is None or card.deleted_at is not None or card.status is MessageStatus.STREAMING:
        return
    changes: dict[str, object] = {}
    if card.content != text:
        changes = {"content": text, "mentions": ()}
    if drop is not None:
        changes["metadata"] = {name: one for name, one in card.metadata.items() if name != drop}
    if not changes:
        return
    await messages.update_message(session, card.id, changes)
    await events.record(
        session, ports, EventKind.MESSAGE_UPDATED, channel_id=card.channel_id, message_id=card.id
    )
