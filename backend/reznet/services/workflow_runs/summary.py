"""The last word on a workflow: one more task of its orchestrator, answered in the channel as a reply to the card.

The workflow is over before: nothing waits for a summary, and one that fails changes nothing but is there to be
retried like any answer.
"""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import agents, messages, tasks, workflows
from reznet.schemas.agents import AgentOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import Ending
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut
from reznet.services import beginnings, events
from reznet.services.finals import make_final, requeue
from reznet.services.ports import Ports
from reznet.services.workflow_runs.starting import lead_of
from reznet.workflows.plan import NodeStatus

_OUTPUTS = "**Outputs**"


async def ask(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> None:
    """Ask for the summary of a workflow that has just ended, where there is something to sum up.

    There isn't when it has a single task, whose answer says it all, when none was completed, or when the
    orchestrator is switched off.
    """
    completed = [node for node in workflow.tasks if node.status is NodeStatus.COMPLETED]
    if len(workflow.tasks) < 2 or not completed or workflow.message_id is None:
        return
    lead = await lead_of(session, workflow)
    card = await messages.get(session, workflow.message_id)
    if lead is None or not lead.is_active or card is None or card.deleted_at is not None:
        return
    if not await agents.try_hold(session, lead.id):
        return
    task = await _asked_again(session, ports, workflow) or await _asked(
        session, ports, workflow, lead, card
    )
    if task is not None:
        await workflows.update_workflow(session, workflow.id, {"summary_task_id": task.id})


async def ended(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, ending: Ending
) -> None:
    """Give a summary that is complete the links to what it sums up."""
    task = await tasks.get(session, workflow.summary_task_id) if workflow.summary_task_id else None
    answer = await messages.get(session, task.answer_id) if task and task.answer_id else None
    if ending is not Ending.COMPLETED or answer is None or answer.deleted_at is not None:
        return
    content = f"{answer.content.rstrip()}\n\n{_OUTPUTS}\n\n{_links(workflow)}"
    await messages.update_message(session, answer.id, {"content": content})
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_UPDATED,
        channel_id=workflow.channel_id,
        message_id=answer.id,
    )


async def withdraw(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> None:
    """End a summary that is still written, since its workflow goes on again."""
    task = (
        await tasks.lock(session, workflow.summary_task_id) if workflow.summary_task_id else None
    )
    if task is not None and not task.status.is_final:
        more: dict[str, object] = {"finish": "cancelled"}
        await make_final(
            session, ports, task, Ending.CANCELLED, attempt=task.attempt + 1, more=more
        )


def _links(workflow: WorkflowOut) -> str:
    """Return a list of the tasks, each with the address of its answer within this workspace."""
    lines: list[str] = []
    for node in workflow.tasks:
        title = node.title.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
        if node.status is NodeStatus.COMPLETED and node.message_id is not None:
            lines.append(f"- [{title}]({_address(workflow, node.message_id)}) by @{node.agent}")
        else:
            lines.append(f"- {title}: {node.status.value}")
    return "\n".join(lines)


def _address(workflow: WorkflowOut, message_id: UUID) -> str:
    return f"/c/{workflow.channel_id}?thread={workflow.message_id}&m={message_id}"


async def _asked(
    session: WriteSession, ports: Ports, workflow: WorkflowOut, lead: AgentOut, card: MessageOut
) -> TaskOut | None:
    new = tasks.NewTask(
        channel_id=workflow.channel_id,
        message_id=card.id,
        agent_id=lead.id,
        agent_name=lead.name,
        root_id=workflow.request_id or card.id,
        parent_id=None,
        hop=0,
        created_by=workflow.created_by,
        workflow_id=workflow.id,
    )
    return await beginnings.queue(session, ports, new)


async def _asked_again(
    session: WriteSession, ports: Ports, workflow: WorkflowOut
) -> TaskOut | None:
    """Queue the summary of an earlier end anew; None when there is none that can be."""
    task = (
        await tasks.lock(session, workflow.summary_task_id) if workflow.summary_task_id else None
    )
    if task is None or task.agent_id is None or not task.status.is_final:
        return None
    answer = await messages.get(session, task.answer_id) if task.answer_id else None
    if answer is not None and answer.deleted_at is not None:
        return None
    return await requeue(session, ports, task)
