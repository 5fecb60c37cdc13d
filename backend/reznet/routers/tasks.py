"""Tasks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, TheWorkspace, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import tasks
from reznet.services.stopping import STOP_SECONDS, stop_by_force

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=ApiRoute)

# A run stops within a second; one that hangs, or whose worker is dead, is stopped by force.


@router.get("", operation_id="tasks_list", responses=documented())
async def list_page(
    session: Reading,
    actor: TheActor,
    paging: Paged,
    channel_id: Annotated[UUID | None, Query(description="Only of this channel.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Only of this agent.")] = None,
    status: Annotated[TaskStatus | None, Query(description="Only in this status.")] = None,
) -> list[TaskOut]:
    """List tasks, newest first."""
    page = await tasks.list_page(
        session,
        actor,
        channel_id=channel_id,
        agent_id=agent_id,
        status=status,
        limit=paging.limit,
        cursor=paging.cursor,
    )
    return paging.rows(page)


@router.get("/{task_id}", operation_id="tasks_get", responses=documented(404))
async def get(task_id: UUID, session: Reading, actor: TheActor) -> TaskOut:
    """Return a task."""
    return await tasks.get(session, actor, task_id)


@router.post("/{task_id}/cancel", operation_id="tasks_cancel", responses=documented(404))
async def cancel(task_id: UUID, workspace: TheWorkspace, actor: TheActor) -> TaskOut:
    """Stop a run, and answer when it has stopped; the partial text stays.

    A task that has ended is returned as it is.
    """
    async with workspace.database.write() as session:
        task = await tasks.request_cancel(session, workspace.ports, actor, task_id)
    task = await workspace.watch.until_final(task, STOP_SECONDS)
    if task.status.is_final:
        return task
    return await stop_by_force(workspace.database, workspace.ports, workspace.live, actor, task)


@router.post(
    "/{task_id}/retry", operation_id="tasks_retry", status_code=202, responses=documented(404, 409)
)
async def retry(
    task_id: UUID, session: Writing, ports: ThePorts, actor: TheActor, response: Response
) -> TaskOut:
    """Run a failed or cancelled task anew."""
    task = await tasks.retry(session, ports, actor, task_id)
    response.headers["Location"] = f"/api/tasks/{task.id}"
    return task
