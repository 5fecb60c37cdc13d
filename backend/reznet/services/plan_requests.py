"""Asking for a plan: a person's message, and the workflow that waits for the plan."""

from dataclasses import dataclass

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict, Invalid
from reznet.repositories import tasks
from reznet.schemas.messages import MessageCreate
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import PlanRequest, WorkflowOut
from reznet.services import messages
from reznet.services.access import access_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflows.planning import Wish
from reznet.workflows.requests import request_in


@dataclass(frozen=True, slots=True)
class Asked:
    """A workflow whose plan is asked for, the run that plans it, and whether it is new."""

    workflow: WorkflowOut
    task: TaskOut | None
    created: bool


async def ask(session: WriteSession, ports: Ports, actor: Actor, body: PlanRequest) -> Asked:
    """Post the request and start an agent that plans it.

    With a `client_id` that the channel has seen, nothing happens and the first workflow is returned.

    Raises:
        NotFound: there is no such channel.
        Conflict: the channel is archived, no agent can plan, or the `client_id` is taken by something else.
        Invalid: the request says nothing.
    """
    request = request_in(body.request)
    if not request.strip():
        raise Invalid.field("request", "must say what is to be planned", code="nothing_to_plan")
    posted = await messages.post(
        session,
        ports,
        actor,
        body.channel_id,
        MessageCreate.model_construct(
            content=body.request, thread_id=None, client_id=body.client_id, file_ids=()
        ),
        wish=Wish(request, body.auto_start),
    )
    planning = next((task for task in posted.tasks if task.workflow_id is not None), None)
    if planning is None or planning.workflow_id is None:
        raise Conflict(
            "A message with this client_id is there already and did not ask for a plan; choose another.",
            code="client_id_taken",
        )
    workflow = await access_workflow(session, actor, planning.workflow_id)
    task = await tasks.get(session, planning.id)
    return Asked(workflow, task, posted.created)
