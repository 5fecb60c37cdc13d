"""Tasks of workflows in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, delete, insert, update
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import WORKFLOW_TASKS
from reznet.repositories.rows import selecting
from reznet.repositories.workflow_rows import TASK_COLUMNS, WITH_RUNS, task_of
from reznet.schemas.workflows import WorkflowTaskOut
from reznet.workflows.plan import NodeStatus, PlanTask

_IDS = bindparam("row_ids", type_=ARRAY(Uuid))
_ORDER = (WORKFLOW_TASKS.c.position, WORKFLOW_TASKS.c.id)
_OF_WORKFLOWS = Statement(
    selecting(TASK_COLUMNS)
    .select_from(WITH_RUNS)
    .where(WORKFLOW_TASKS.c.workflow_id == any_(_IDS))
    .order_by(*_ORDER)
)
_BY_IDS = Statement(
    selecting(TASK_COLUMNS).select_from(WITH_RUNS).where(WORKFLOW_TASKS.c.id == any_(_IDS))
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A task of a plan with its place and the agent that its handle is of."""

    task: PlanTask
    position: int
    agent_id: UUID | None


async def of_workflows(
    session: ReadSession, workflow_ids: Collection[UUID]
) -> list[tuple[UUID, WorkflowTaskOut]]:
    """Return the tasks of workflows, each with its workflow's id, in the order of their positions."""
    rows = await session.fetch(_OF_WORKFLOWS, {"row_ids": list(workflow_ids)})
    return [(row.workflow_id, task_of(row)) for row in rows]


async def of_workflow(session: ReadSession, workflow_id: UUID) -> list[WorkflowTaskOut]:
    """Return the tasks of a workflow in the order of their positions."""
    return [task for _, task in await of_workflows(session, [workflow_id])]


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[WorkflowTaskOut]:
    """Return the tasks with these ids, in no order."""
    return [task_of(row) for row in await session.fetch(_BY_IDS, {"row_ids": list(ids)})]


async def insert_tasks(session: WriteSession, workflow_id: UUID, new: Sequence[Placed]) -> None:
    """Store tasks that have not begun."""
    if not new:
        return
    rows = [
        {
            "id": new_id(),
            "workflow_id": workflow_id,
            "status": NodeStatus.PENDING.value,
            "attempts": 0,
            "key": placed.task.key,
            **_planned(placed),
        }
        for placed in new
    ]
    await session.execute(insert(WORKFLOW_TASKS).values(rows))


async def replan(session: WriteSession, task_id: UUID, placed: Placed) -> None:
    """Make a task what the plan now says of it."""
    await update_task(session, task_id, _planned(placed))


async def update_task(session: WriteSession, task_id: UUID, changes: Mapping[str, object]) -> None:
    """Change columns of a task. Status changes go through services."""
    await session.fetch(_update_of(frozenset(changes)), {"row_id": task_id, **changes})


async def delete_tasks(session: WriteSession, ids: Collection[UUID]) -> None:
    """Delete tasks."""
    if ids:
        await session.execute(delete(WORKFLOW_TASKS).where(WORKFLOW_TASKS.c.id.in_(ids)))


def _planned(placed: Placed) -> dict[str, object]:
    task = placed.task
    return {
        "position": placed.position,
        "title": task.title,
        "description": task.description,
        "expected_output": task.expected_output,
        "agent_id": placed.agent_id,
        "agent": task.agent,
        "depends_on": list(task.depends_on),
        "on_failure": task.on_failure.value,
    }


@cache
def _update_of(columns: frozenset[str]) -> Statement:
    """Return the statement that changes these columns; there are as many as callers have ways."""
    statement = update(WORKFLOW_TASKS).where(WORKFLOW_TASKS.c.id == bindparam("row_id"))
    return Statement(statement.values({name: bindparam(name) for name in sorted(columns)}))
