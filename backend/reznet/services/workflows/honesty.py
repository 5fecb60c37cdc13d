"""Saying of a task that it resumes when whoever ran it is gone."""

from collections.abc import Sequence

from reznet.core.database import ReadSession
from reznet.repositories import workflow_runs
from reznet.schemas.workflows import WorkflowTaskOut
from reznet.workflows.plan import NodeStatus


async def honest(
    session: ReadSession, nodes: Sequence[WorkflowTaskOut]
) -> tuple[WorkflowTaskOut, ...]:
    """Return the tasks, with `resuming` set where the process that ran them has died. Cheap when none runs."""
    running = [
        node.task_id
        for node in nodes
        if node.status is NodeStatus.RUNNING and node.task_id is not None
    ]
    workers = await workflow_runs.workers_of(session, running) if running else {}
    dead = await workflow_runs.dead_among(session, set(workers.values()))
    if not dead:
        return tuple(nodes)
    return tuple(
        node.model_copy(update={"resuming": True})
        if node.task_id is not None and workers.get(node.task_id) in dead
        else node
        for node in nodes
    )
