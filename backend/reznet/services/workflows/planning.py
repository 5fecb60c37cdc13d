"""Plans that an agent makes: the workflow that waits for one, and what becomes of it when the agent is done.

A workflow whose plan is asked for is there from the beginning, `planning`; one that a planner makes on its own
is stored with the answer. Either way its card is the planner's answer.
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.core.errors import Conflict
from reznet.repositories import agents, channels, messages, tasks, workflows
from reznet.schemas.agents import AgentKind, AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import Ending, Planning, ProposedPlan
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import MAX_DESCRIPTION, PlanTaskIn, WorkflowOut
from reznet.services import events
from reznet.services.ports import Actor, Ports
from reznet.services.webhooks.ended import tell_ended
from reznet.services.workflows import assigning, plans
from reznet.services.workflows import events as told
from reznet.workflows.plan import WorkflowStatus
from reznet.workflows.requests import request_in, title_of

NO_PLANNER = "There is no active agent that plans: switch @orchestrator on, or mention an agent that can plan."
_NO_PLAN = ("no_plan", "The answer held no plan; retry, or ask in other words.")
NOTHING_ASKED = "say after /plan what is to be planned"


@dataclass(frozen=True, slots=True)
class Wish:
    """A person's wish for a plan; `auto_start` None leaves it to the channel's setting."""

    request: str
    auto_start: bool | None = None


async def begin(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    channel: ChannelOut,
    message: MessageOut,
    wish: Wish,
) -> tuple[TaskOut, ...]:
    """Make the workflow that a person's message asks for, and start the run that plans it.

    Raises Conflict when no agent can plan, or a workflow has the message's `client_id`.
    """
    planner = await _planner(session, channel, message)
    await agents.hold(session, [planner.id])
    new = workflows.NewWorkflow(
        channel_id=channel.id,
        title=title_of(wish.request),
        request=wish.request[:MAX_DESCRIPTION],
        request_id=message.id,
        status=WorkflowStatus.PLANNING,
        auto_start=channel.auto_run if wish.auto_start is None else wish.auto_start,
        max_parallel=ports.settings.workflow_parallel,
        created_by=actor.handle,
        client_id=message.client_id,
    )
    workflow_id = await workflows.insert_workflow(session, new)
    if workflow_id is None:
        raise Conflict(
            "A workflow with this client_id is there already and was not made by this request; choose another.",
            code="client_id_taken",
        )
    task = await tasks.insert_task(
        session,
        tasks.NewTask(
            channel_id=channel.id,
            message_id=message.id,
            agent_id=planner.id,
            agent_name=planner.name,
            root_id=message.id,
            parent_id=None,
            hop=0,
            created_by=actor.handle,
            workflow_id=workflow_id,
        ),
    )
    if task is None:  # deleted at this very moment
        raise Conflict(NO_PLANNER, code="no_planner")
    await workflows.update_workflow(session, workflow_id, {"planning_task_id": task.id})
    await ports.queue.enqueue_run(session, task.id, task.run)
    await events.record_task(session, ports, task)
    await told.record_whole(session, ports, workflow_id, channel_id=channel.id)
    await events.audit(
        session, actor, "workflow.asked", ("workflow", workflow_id), {"title": new.title}
    )
    return (task,)


def offered(agent: AgentOut) -> Planning:
    """Return whether an agent may plan when nobody has asked for a plan."""
    is_lead = agent.config.kind is AgentKind.ORCHESTRATOR
    return Planning.OFFERED if is_lead else Planning.NONE


async def begun(
    session: WriteSession, task: TaskOut, agent: AgentOut, answer_id: UUID
) -> Planning:
    """Return whether a run that begins may plan, and make its answer the card of the plan it has to make."""
    if task.workflow_id is None:
        return offered(agent)
    workflow = await workflows.summary(session, task.workflow_id)
    if workflow is None or workflow.planning_task_id != task.id:
        return Planning.NONE
    if workflow.message_id != answer_id:
        await workflows.update_workflow(session, workflow.id, {"message_id": answer_id})
    return Planning.ASKED


async def look_up(session: WriteSession, proposed: ProposedPlan) -> assigning.Known:
    """Return the agents that a plan names, kept from being deleted. Call it before the run's task is locked."""
    return await assigning.look_up(session, {task.agent for task in proposed.plan.tasks})


async def store_plan(
    session: WriteSession,
    ports: Ports,
    task: TaskOut,
    proposed: ProposedPlan,
    known: assigning.Known,
) -> WorkflowOut:
    """Store the plan that a locked run came to; its answer becomes the card. Return the workflow, ready.

    The run's workflow is that in which a plan was asked for, else a new one. Raises Invalid when the agents
    have changed since, so that it is no plan any more; nothing is stored then.
    """
    plan = proposed.plan
    placed = assigning.placed(
        [PlanTaskIn.model_validate(asdict(one)) for one in plan.tasks], known
    )
    workflow_id = task.workflow_id or await _made_now(session, ports, task)
    said = {"intro": proposed.intro, "notice": proposed.notice}
    changes: dict[str, object] = {
        "title": plan.title,
        "status": WorkflowStatus.READY.value,
        "message_id": task.answer_id,
        "planning_task_id": task.id,
        "error_code": None,
        "error_detail": None,
        "finished_at": None,
        "metadata": {name: text for name, text in said.items() if text},
    }
    await workflows.update_workflow(session, workflow_id, changes)
    await plans.store(session, workflow_id, plan.title, placed, by=task.agent_name)
    if task.workflow_id is None:
        await tasks.update_task(session, task.id, {"workflow_id": workflow_id})
    answer = await messages.get(session, task.answer_id) if task.answer_id else None
    if answer is not None and answer.deleted_at is None:
        metadata = {**answer.metadata, "workflow_id": str(workflow_id)}
        await messages.update_message(session, answer.id, {"metadata": metadata})
    await told.record_whole(session, ports, workflow_id, channel_id=task.channel_id)
    workflow = await workflows.get(session, workflow_id)
    assert workflow is not None  # noqa: S101 - it is locked
    return workflow


async def ended(
    session: WriteSession,
    ports: Ports,
    workflow: WorkflowOut,
    ending: Ending,
    error: tuple[str, str] | None,
) -> None:
    """Take over how the run ended that was to plan a locked workflow: without a plan it ends with it."""
    if workflow.status is not WorkflowStatus.PLANNING:
        return
    is_failed = ending is not Ending.CANCELLED
    status = WorkflowStatus.FAILED if is_failed else WorkflowStatus.CANCELLED
    code, detail = (error or _NO_PLAN) if is_failed else (None, None)
    changes: dict[str, object] = {
        "status": status.value,
        "error_code": code,
        "error_detail": detail,
        "finished_at": now(),
    }
    await workflows.update_workflow(session, workflow.id, changes)
    await told.record_whole(session, ports, workflow.id, channel_id=workflow.channel_id)
    await tell_ended(session, ports, workflow, status.value)


async def asked_again(session: WriteSession, ports: Ports, task: TaskOut) -> None:
    """Let a workflow without a plan wait for one again, since the run that plans it is retried.

    The caller has locked the task, and with it the workflow.
    """
    if task.workflow_id is None:
        return
    workflow = await workflows.get(session, task.workflow_id)
    if workflow is None or workflow.planning_task_id != task.id or workflow.tasks:
        return
    changes: dict[str, object] = {
        "status": WorkflowStatus.PLANNING.value,
        "error_code": None,
        "error_detail": None,
        "finished_at": None,
    }
    await workflows.update_workflow(session, workflow.id, changes)
    await told.record_whole(session, ports, workflow.id, channel_id=workflow.channel_id)


async def _planner(session: WriteSession, channel: ChannelOut, message: MessageOut) -> AgentOut:
    """Return who plans: the agent that was mentioned and can, the channel's, or the product's own."""
    found = await agents.planners(session, channel.id)
    named = [mention.agent_id for mention in message.mentions]
    by_id = {agent.id: agent for agent in found}
    mentioned = next((by_id[agent_id] for agent_id in named if agent_id in by_id), None)
    if mentioned is not None:
        return mentioned
    if channel.agent_id is not None and channel.agent_id in by_id:
        return by_id[channel.agent_id]
    if not found:
        raise Conflict(NO_PLANNER, code="no_planner")
    return found[0]


async def _made_now(session: WriteSession, ports: Ports, task: TaskOut) -> UUID:
    """Store a workflow for the plan that a run made on its own.

    What agents start among themselves waits for a person, whatever the channel's setting says.
    """
    channel = await channels.get(session, task.channel_id)
    request = await messages.get(session, task.message_id)
    text = request_in(request.content) if request is not None else ""
    workflow_id = await workflows.insert_workflow(
        session,
        workflows.NewWorkflow(
            channel_id=task.channel_id,
            title=title_of(text),
            request=text[:MAX_DESCRIPTION],
            request_id=task.message_id,
            status=WorkflowStatus.READY,
            auto_start=channel is not None and channel.auto_run and task.hop == 0,
            max_parallel=ports.settings.workflow_parallel,
            created_by=await tasks.creator(session, task.id) or task.agent_name,
        ),
    )
    assert workflow_id is not None  # noqa: S101 - only a client_id could be there already
    return workflow_id
