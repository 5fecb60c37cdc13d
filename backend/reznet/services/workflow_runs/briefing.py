"""What a run of a workflow is given instead of the channel's history."""

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.repositories import workflow_runs, workflows
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowTaskOut
from reznet.services.ports import Ports
from reznet.services.workflow_runs.ended import WAS_EMPTY
from reznet.services.workflow_runs.nodes import ACTIVE, change_node
from reznet.workflows.brief import NO_OUTPUT, Brief, Result
from reznet.workflows.plan import NodeStatus
from reznet.workflows.steps import SKIPPED_BY_A_PERSON


async def begin(session: WriteSession, ports: Ports, task: TaskOut) -> Brief | None:
    """Make the workflow's task of a locked run running, and return what it is told; None for other runs.

    Also a summary has a brief; a run that plans has not.
    """
    # Locked with its task.
    workflow = await workflows.get(session, task.workflow_id) if task.workflow_id else None
    if workflow is None:
        return None
    if task.id == workflow.summary_task_id:
        return Brief(
            workflow=workflow.title,
            request=workflow.request,
            results=await _results(session, list(workflow.tasks)),
            is_summary=True,
            answer_tokens=_answer_tokens(workflow),
        )
    node = next((node for node in workflow.tasks if node.task_id == task.id), None)
    if node is None:
        return None
    if node.status in ACTIVE:
        changes: dict[str, object] = {
            "status": NodeStatus.RUNNING.value,
            "started_at": node.started_at or now(),
        }
        await change_node(session, ports, workflow, node, changes)
    return await _brief(session, workflow, node)


async def _brief(session: WriteSession, workflow: WorkflowOut, node: WorkflowTaskOut) -> Brief:
    needed = [other for other in workflow.tasks if other.key in node.depends_on]
    return Brief(
        workflow=workflow.title,
        request=workflow.request,
        key=node.key,
        title=node.title,
        description=node.description,
        expected_output=node.expected_output,
        results=await _results(session, needed),
        answer_tokens=_answer_tokens(workflow),
    )


def _answer_tokens(workflow: WorkflowOut) -> int:
    """Return how long answers may be at most; 0 when the workflow doesn't say."""
    most = workflow.metadata.get("answer_tokens")
    return most if isinstance(most, int) and most > 0 else 0


async def _results(session: WriteSession, nodes: list[WorkflowTaskOut]) -> tuple[Result, ...]:
    ids = [node.task_id for node in nodes if node.task_id is not None]
    answers = await workflow_runs.answers_of(session, ids) if ids else {}
    return tuple(
        Result(node.key, node.title, node.agent, _text(node, answers.get(node.task_id)))
        if node.task_id is not None
        else Result(node.key, node.title, node.agent, _text(node, None))
        for node in nodes
    )


def _text(node: WorkflowTaskOut, answer: str | None) -> str:
    if node.status is not NodeStatus.COMPLETED:
        if node.reason == SKIPPED_BY_A_PERSON:
            return "(a person decided to go on without it)"
        return (
            f"({node.status.value}: {node.reason or (node.error.message if node.error else '')})"
        )
    if node.reason == WAS_EMPTY or (answer is not None and not answer.strip()):
        return NO_OUTPUT
    return "(its answer was deleted)" if answer is None else answer
