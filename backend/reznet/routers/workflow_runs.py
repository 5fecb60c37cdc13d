"""Running workflows over HTTP."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Response

from reznet.routers.dependencies import TheActor, ThePorts, TheWorkspace, Workspace, Writing
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.routers.workflows import MADE, told
from reznet.schemas.tasks import TaskOut
from reznet.schemas.workflows import WorkflowOut, WorkflowRerun
from reznet.services.ports import Actor
from reznet.services.stopping import STOP_SECONDS, stop_by_force
from reznet.services.workflow_runs import control, repeat, rerun
from reznet.services.workflows import reading

router = APIRouter(prefix="/workflows", tags=["workflows"], route_class=ApiRoute)


@router.post(
    "/{workflow_id}/start", operation_id="workflows_start", responses=documented(404, 409)
)
async def start(
    workflow_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Start a workflow that is ready. One that runs already is returned as it is."""
    return await control.start(session, ports, actor, workflow_id)


@router.post(
    "/{workflow_id}/pause", operation_id="workflows_pause", responses=documented(404, 409)
)
async def pause(
    workflow_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Let no other task begin; those that have begun go on to their ends."""
    return await control.pause(session, ports, actor, workflow_id)


@router.post(
    "/{workflow_id}/resume", operation_id="workflows_resume", responses=documented(404, 409)
)
async def resume(
    workflow_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Let a paused workflow go on."""
    return await control.resume(session, ports, actor, workflow_id)


@router.post("/{workflow_id}/cancel", operation_id="workflows_cancel", responses=documented(404))
async def cancel(workflow_id: UUID, workspace: TheWorkspace, actor: TheActor) -> WorkflowOut:
    """Stop a workflow, and answer when all of it has stopped; partial texts stay.

    A workflow that is over is returned as it is.
    """
    async with workspace.database.write() as session:
        stopped = await control.cancel(session, workspace.ports, actor, workflow_id)
    if not stopped.running:
        return stopped.workflow
    await asyncio.gather(*(_until_stopped(workspace, actor, task) for task in stopped.running))
    async with workspace.database.read() as session:
        return await reading.get(session, actor, workflow_id)


@router.post(
    "/{workflow_id}/rerun", operation_id="workflows_rerun", status_code=201, responses=MADE
)
async def rerun_workflow(
    workflow_id: UUID,
    body: WorkflowRerun,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> WorkflowOut:
    """Run a workflow again as a new one, with the same plan or an edited one."""
    body = keyed(body, idempotency_key)
    return told(await rerun.rerun(session, ports, actor, workflow_id, body), response)


@router.post(
    "/{workflow_id}/tasks/{task_id}/retry",
    operation_id="workflows_retry_task",
    responses=documented(404, 409),
)
async def retry_task(
    workflow_id: UUID, task_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Run a task that has ended again, with all that depends on it. A workflow that is over runs again."""
    return await repeat.retry(session, ports, actor, workflow_id, task_id)


@router.post(
    "/{workflow_id}/tasks/{task_id}/skip",
    operation_id="workflows_skip_task",
    responses=documented(404, 409),
)
async def skip_task(
    workflow_id: UUID, task_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> WorkflowOut:
    """Go on without a task that has not been done. What depends on it runs all the same."""
    return await repeat.skip(session, ports, actor, workflow_id, task_id)


async def _until_stopped(workspace: Workspace, actor: Actor, task: TaskOut) -> None:
    task = await workspace.watch.until_final(task, STOP_SECONDS)
    if not task.status.is_final:
        await stop_by_force(workspace.database, workspace.ports, workspace.live, actor, task)
