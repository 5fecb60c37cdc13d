"""From the plan that a run came to, to a workflow: stored with the answer, and started where that is wanted."""

from dataclasses import replace

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict, Invalid
from reznet.schemas.runs import Ending, Outcome
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut
from reznet.services.ports import Actor, Ports
from reznet.services.workflow_runs import control
from reznet.services.workflows import planning
from reznet.services.workflows.assigning import Known
from reznet.services.workflows.card_text import card_text


async def look_up(session: WriteSession, outcome: Outcome) -> Known | None:
    """Return the agents of the outcome's plan, if it has one. Call it before the run's task is locked."""
    if outcome.plan is None or outcome.ending is not Ending.COMPLETED:
        return None
    return await planning.look_up(session, outcome.plan)


async def store(
    session: WriteSession, ports: Ports, task: TaskOut, outcome: Outcome, known: Known
) -> tuple[Outcome, WorkflowOut | None]:
    """Store the plan of a locked run that has completed; return what the run now ends with, and the workflow.

    The answer is the plan's card. Where an agent has gone or was switched off meanwhile, the run has failed.
    """
    assert outcome.plan is not None  # noqa: S101 - there is no `known` without
    try:
        workflow = await planning.store_plan(session, ports, task, outcome.plan, known)
    except Invalid as refusal:
        error = (refusal.code, f"The plan can't be run any more: {refusal.detail}. Ask again.")
        return replace(outcome, ending=Ending.FAILED, error=error), None
    return replace(outcome, text=card_text(workflow)), workflow


async def start(session: WriteSession, ports: Ports, workflow: WorkflowOut) -> None:
    """Start a new workflow, if it is not to wait for a person; one that can't start waits all the same."""
    if not workflow.auto_start:
        return
    actor = Actor(workflow.created_by, None, workflow.created_by)
    try:
        await control.start_locked(session, ports, actor, workflow)
    except Conflict:
        return  # an agent was switched off at this very moment: the card says how to go on
