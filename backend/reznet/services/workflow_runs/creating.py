"""Making a workflow of a whole plan, and starting it if that is wished."""

from collections.abc import Mapping

from reznet.core.database import WriteSession
from reznet.schemas.workflows import WorkflowCreate, WorkflowOut
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import control
from reznet.services.workflows import plans
from reznet.services.workflows.plans import Made


async def create(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    body: WorkflowCreate,
    *,
    repeats: WorkflowOut | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Made:
    """Store a plan and start it where the body, or else the channel's setting, says so.

    Raises like `plans.create`.
    """
    made = await plans.create(session, ports, actor, body, repeats=repeats, metadata=metadata)
    if not (made.created and made.workflow.auto_start):
        return made
    return Made(await control.start(session, ports, actor, made.workflow.id), created=True)
