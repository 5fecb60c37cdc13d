"""Workflows and their tasks as rows: their columns, and what a row means."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select

from reznet.models import AGENTS, MESSAGES, TASKS, WORKFLOW_TASKS, WORKFLOWS
from reznet.repositories.rows import AnyRow, Columns
from reznet.schemas.messages import MessageError
from reznet.schemas.workflows import (
    MAX_OUTPUT,
    WaitingFor,
    WorkflowProgress,
    WorkflowSummary,
    WorkflowTaskOut,
)
from reznet.workflows.plan import NodeStatus, OnFailure, WorkflowStatus

_COUNTED = WORKFLOW_TASKS.alias()
_FINAL = tuple(status.value for status in NodeStatus if status.is_final)


def _count(*statuses: str) -> ScalarSelect[int]:
    count = select(func.count()).where(_COUNTED.c.workflow_id == WORKFLOWS.c.id)
    if statuses:
        # Not `in_`, whose list is written out at each execution and so can't be compiled once.
        count = count.where(or_(*(_COUNTED.c.status == status for status in statuses)))
    return count.scalar_subquery()


STORED: Columns = (
    WORKFLOWS.c.id,
    WORKFLOWS.c.channel_id,
    WORKFLOWS.c.message_id,
    WORKFLOWS.c.request,
    WORKFLOWS.c.request_id,
    WORKFLOWS.c.root_id,
    WORKFLOWS.c.title,
    WORKFLOWS.c.status,
    WORKFLOWS.c.waiting_for,
    WORKFLOWS.c.version,
    WORKFLOWS.c.auto_start,
    WORKFLOWS.c.max_parallel,
    WORKFLOWS.c.planning_task_id,
    WORKFLOWS.c.summary_task_id,
    WORKFLOWS.c.error_code,
    WORKFLOWS.c.error_detail,
    WORKFLOWS.c.client_id,
    WORKFLOWS.c.metadata,
    WORKFLOWS.c.created_by,
    WORKFLOWS.c.created_at,
    WORKFLOWS.c.updated_at,
    WORKFLOWS.c.started_at,
    WORKFLOWS.c.finished_at,
)
# With how far its tasks are; of no use beside a lock, after whose wait it would be out of date.
COUNTED: Columns = (
    *STORED,
    _count().label("total"),
    _count(*_FINAL).label("done"),
    _count(NodeStatus.COMPLETED.value).label("completed"),
)
WITH_COST: Columns = (
    *STORED,
    select(func.sum(TASKS.c.cost_usd))
    .where(TASKS.c.workflow_id == WORKFLOWS.c.id)
    .scalar_subquery()
    .label("cost_usd"),
)
TASK_COLUMNS: Columns = (
    WORKFLOW_TASKS.c.id,
    WORKFLOW_TASKS.c.workflow_id,
    WORKFLOW_TASKS.c.key,
    WORKFLOW_TASKS.c.position,
    WORKFLOW_TASKS.c.title,
    WORKFLOW_TASKS.c.description,
    WORKFLOW_TASKS.c.expected_output,
    WORKFLOW_TASKS.c.agent_id,
    # The handle that the agent has by now; that of the plan when it is gone.
    func.coalesce(AGENTS.c.handle, WORKFLOW_TASKS.c.agent).label("agent"),
    WORKFLOW_TASKS.c.depends_on,
    WORKFLOW_TASKS.c.on_failure,
    WORKFLOW_TASKS.c.status,
    WORKFLOW_TASKS.c.reason,
    WORKFLOW_TASKS.c.attempts,
    WORKFLOW_TASKS.c.retry_at,
    WORKFLOW_TASKS.c.task_id,
    WORKFLOW_TASKS.c.error_code,
    WORKFLOW_TASKS.c.error_detail,
    WORKFLOW_TASKS.c.started_at,
    WORKFLOW_TASKS.c.finished_at,
    TASKS.c.answer_id,
    TASKS.c.cost_usd,
    # One code point more than is shown, by which a cut is known.
    func.left(MESSAGES.c.content, MAX_OUTPUT + 1).label("output"),
)
WITH_RUNS = (
    WORKFLOW_TASKS.outerjoin(AGENTS, AGENTS.c.id == WORKFLOW_TASKS.c.agent_id)
    .outerjoin(TASKS, TASKS.c.id == WORKFLOW_TASKS.c.task_id)
    .outerjoin(MESSAGES, MESSAGES.c.id == TASKS.c.answer_id)
)


def summary_of(row: AnyRow) -> WorkflowSummary:
    """Return the workflow of a row with `COUNTED`."""
    return WorkflowSummary.model_construct(
        **fields_of(row, progress(row.completed, row.done, row.total))
    )


def fields_of(row: AnyRow, how_far: WorkflowProgress) -> dict[str, Any]:
    """Return the fields of a workflow from a row with `STORED`."""
    return {
        "id": row.id,
        "channel_id": row.channel_id,
        "message_id": row.message_id,
        "request": row.request,
        "request_id": row.request_id,
        "root_id": row.root_id,
        "title": row.title,
        "status": WorkflowStatus(row.status),
        "waiting_for": WaitingFor(row.waiting_for) if row.waiting_for else None,
        "version": row.version,
        "auto_start": row.auto_start,
        "max_parallel": row.max_parallel,
        "planning_task_id": row.planning_task_id,
        "summary_task_id": row.summary_task_id,
        "error": _error(row),
        "progress": how_far,
        "metadata": row.metadata,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }


def task_of(row: AnyRow) -> WorkflowTaskOut:
    """Return the task of a row with `TASK_COLUMNS`."""
    output = row.output
    if output is not None and len(output) > MAX_OUTPUT:
        output = output[: MAX_OUTPUT - 1] + "…"
    return WorkflowTaskOut.model_construct(
        id=row.id,
        key=row.key,
        position=row.position,
        title=row.title,
        description=row.description,
        agent=row.agent,
        agent_id=row.agent_id,
        depends_on=tuple(row.depends_on),
        expected_output=row.expected_output,
        on_failure=OnFailure(row.on_failure),
        status=NodeStatus(row.status),
        reason=row.reason,
        attempts=row.attempts,
        retry_at=row.retry_at,
        resuming=False,
        task_id=row.task_id,
        message_id=row.answer_id,
        output=output,
        error=_error(row),
        cost_usd=row.cost_usd,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def progress_of(tasks: Sequence[WorkflowTaskOut]) -> WorkflowProgress:
    """Return how far the tasks of a workflow are."""
    completed = sum(task.status is NodeStatus.COMPLETED for task in tasks)
    return progress(completed, sum(task.status.is_final for task in tasks), len(tasks))


def progress(completed: int, done: int, total: int) -> WorkflowProgress:
    """Return how far a workflow is; 100 per cent only when all its tasks are done with."""
    percent = 100 * done // total if total else 0
    return WorkflowProgress(completed=completed, done=done, total=total, percent=percent)


def _error(row: AnyRow) -> MessageError | None:
    if not row.error_code:
        return None
    return MessageError(code=row.error_code, message=row.error_detail or "")
