"""Starting one task of a workflow: its request in the card's thread, and the ordinary task that answers it."""

from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.repositories import agents, messages, tasks
from reznet.schemas.agents import AgentOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import AuthorKind, Mention, MessageOut
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.services import beginnings, events
from reznet.services.finals import requeue
from reznet.services.ports import Ports
from reznet.services.workflow_runs.nodes import change_node
from reznet.workflows.plan import NodeStatus

LEAD_HANDLE = "orchestrator"


async def start_node(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    node: WorkflowTaskOut,
    lead: AgentOut | None,
) -> WorkflowOut:
    """Start a pending task, asked by `lead`, or make it failed with a named error; return the workflow as it is then.

    It stays where it is, and the workflow is the very same, while another transaction deletes its agent: that one holds the agent and is about to
    lock the workflow, so waiting for it here would be for ever. It drives the workflow on itself.
    """
    agent = await agents.get(session, node.agent_id) if node.agent_id else None
    error = _refusal(node, agent)
    if error is None and agent is not None:
        if not await agents.try_hold(session, agent.id):
            return workflow
        task = await _asked_again(session, ports, node, agent) or await _asked(
            session, ports, workflow, node, agent, lead
        )
        if task is not None:
            changes: dict[str, object] = {
                "status": NodeStatus.READY.value,
                "task_id": task.id,
                "attempts": node.attempts + 1,
                "retry_at": None,
                "reason": None,
                "error_code": None,
                "error_detail": None,
                "started_at": None if node.attempts == 0 else node.started_at,
                "finished_at": None,
            }
            return await change_node(session, ports, workflow, node, changes)
        error = agent_gone(node)
    assert error is not None  # noqa: S101 - without an agent there is one
    return await change_node(session, ports, workflow, node, failed(error))


def failed(error: tuple[str, str]) -> dict[str, object]:
    """Return the columns of a task that failed for good."""
    return {
        "status": NodeStatus.FAILED.value,
        "error_code": error[0],
        "error_detail": error[1],
        "retry_at": None,
        "finished_at": now(),
    }


def agent_gone(node: WorkflowTaskOut) -> tuple[str, str]:
    """Return the error of a task whose agent was deleted."""
    return (
        "agent_gone",
        f"The agent @{node.agent} is gone; skip the task, or run the plan with another.",
    )


async def lead_of(session: WriteSession, workflow: WorkflowOut) -> AgentOut | None:
    """Return the agent that speaks for the workflow: who planned it, else the orchestrator."""
    planning = (
        await tasks.get(session, workflow.planning_task_id) if workflow.planning_task_id else None
    )
    if planning is not None and planning.agent_id is not None:
        lead = await agents.get(session, planning.agent_id)
        if lead is not None:
            return lead
    return (await agents.by_handles(session, [LEAD_HANDLE])).get(LEAD_HANDLE)


async def _thread_of(session: WriteSession, workflow: WorkflowOut) -> UUID | None:
    """Return the thread in which the work is done: the card's, or the one that the card itself is in."""
    card = await messages.get(session, workflow.message_id) if workflow.message_id else None
    return workflow.message_id if card is None else card.thread_id or card.id


def _refusal(node: WorkflowTaskOut, agent: AgentOut | None) -> tuple[str, str] | None:
    if agent is None:
        return agent_gone(node)
    if not agent.is_active:
        return "agent_inactive", f"{agent.name} is switched off; activate it and retry the task."
    return None


async def _asked(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    node: WorkflowTaskOut,
    agent: AgentOut,
    lead: AgentOut | None,
) -> TaskOut | None:
    text, mention = _request_text(node, agent)
    request = await messages.insert_message(
        session,
        messages.NewMessage(
            channel_id=workflow.channel_id,
            thread_id=await _thread_of(session, workflow),
            author_kind=AuthorKind.AGENT if lead else AuthorKind.SYSTEM,
            author_name=lead.name if lead else "System",
            agent_id=lead.id if lead else None,
            content=text,
            mentions=(mention,),
            metadata={"workflow_task": {"workflow_id": str(workflow.id), "key": node.key}},
        ),
    )
    assert request is not None  # noqa: S101 - only a client_id could be there already
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_SENT,
        channel_id=workflow.channel_id,
        message_id=request.id,
    )
    new = tasks.NewTask(
        channel_id=workflow.channel_id,
        message_id=request.id,
        agent_id=agent.id,
        agent_name=agent.name,
        root_id=workflow.request_id or request.id,
        parent_id=None,
        hop=0,
        created_by=workflow.created_by,
        workflow_id=workflow.id,
    )
    return await beginnings.queue(session, ports, new)


async def _asked_again(
    session: WriteSession, ports: Ports, node: WorkflowTaskOut, agent: AgentOut
) -> TaskOut | None:
    """Queue the task of an earlier try anew, so that its answer stays the same message; None if it can't be."""
    task = await tasks.lock(session, node.task_id) if node.task_id else None
    if task is None or task.agent_id != agent.id or not task.status.is_final:
        return None
    request = await _present(session, task.message_id)
    if request is None or (task.answer_id and not await _present(session, task.answer_id)):
        return None
    await _keep_true(session, ports, request, node, agent)
    return await requeue(session, ports, task)


async def _keep_true(
    session: WriteSession,
    ports: Ports,
    request: MessageOut,
    node: WorkflowTaskOut,
    agent: AgentOut,
) -> None:
    """Make the request say what the plan says by now."""
    text, mention = _request_text(node, agent)
    if request.content == text:
        return
    changes: dict[str, object] = {"content": text, "mentions": (mention,)}
    await messages.update_message(session, request.id, changes)
    await events.record(
        session,
        ports,
        EventKind.MESSAGE_UPDATED,
        channel_id=request.channel_id,
        message_id=request.id,
    )


async def _present(session: WriteSession, message_id: UUID) -> MessageOut | None:
    message = await messages.get(session, message_id)
    return None if message is None or message.deleted_at is not None else message


def _request_text(node: WorkflowTaskOut, agent: AgentOut) -> tuple[str, Mention]:
    text = f"@{agent.handle} **{node.title}**"
    if node.description.strip():
        text += f"\n\n{node.description}"
    mention = Mention(agent_id=agent.id, handle=agent.handle, start=0, end=len(agent.handle) + 1)
    return text, mention
