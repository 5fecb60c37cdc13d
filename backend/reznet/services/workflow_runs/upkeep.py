"""Looking after workflows without anybody asking: times that have come, and runs that nothing drives."""

from datetime import datetime
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.repositories import tasks, workflow_runs, workflows
from reznet.schemas.runs import Ending
from reznet.services.ports import Ports
from reznet.services.workflow_runs.advance import advance
from reznet.services.workflow_runs.ended import task_ended
from reznet.services.workflow_runs.nodes import ACTIVE, change_node
from reznet.services.workflow_runs.starting import failed
from reznet.services.workflows import events as told

_RUN_GONE = ("run_gone", "The run of the task is not there any more; retry the task.")


async def due(session: ReadSession) -> list[tuple[UUID, datetime]]:
    """Return which workflows have tasks that wait for a time, and that time, the next ones first."""
    return await workflow_runs.due(session)


async def stalled(session: ReadSession) -> list[UUID]:
    """Return running workflows that nothing drives."""
    return await workflow_runs.stalled(session)


async def drive(session: WriteSession, ports: Ports, workflow_id: UUID) -> bool:
    """Take over the ends of runs that were missed, and do what comes next; False when another process is at it."""
    if not await workflow_runs.try_lock(session, workflow_id):
        return False
    workflow = await workflows.get(session, workflow_id)
    if workflow is None:
        return False
    for node in workflow.tasks:
        if node.status not in ACTIVE:
            continue
        task = await tasks.lock(session, node.task_id) if node.task_id else None
        if task is None:
            await change_node(session, ports, workflow, node, failed(_RUN_GONE))
        elif task.status.is_final:
            error = (task.error.code, task.error.message) if task.error else None
            await task_ended(session, ports, task, Ending(task.status.value), error)
    await advance(session, ports, workflow_id)
    return True


async def tell_resuming(session: WriteSession, ports: Ports, worker: str) -> int:
    """Tell that the tasks of a process that died are taken up anew; return how many there are."""
    found = await workflow_runs.at_work_of(session, worker)
    for channel_id, workflow_id, node_id in found:
        await told.record(session, ports, workflow_id, channel_id=channel_id, task_id=node_id)
    return len(found)
