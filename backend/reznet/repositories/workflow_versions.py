"""What plans were after each edit, in the database."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.models import WORKFLOW_VERSIONS
from reznet.repositories.rows import AnyRow, Columns, selecting
from reznet.schemas.workflows import PlanTaskIn, WorkflowVersionOut, WorkflowVersionSummary
from reznet.workflows.plan import Plan

_LISTED: Columns = (
    WORKFLOW_VERSIONS.c.workflow_id,
    WORKFLOW_VERSIONS.c.version,
    WORKFLOW_VERSIONS.c.title,
    WORKFLOW_VERSIONS.c.summary,
    WORKFLOW_VERSIONS.c.created_by,
    WORKFLOW_VERSIONS.c.created_at,
)


async def insert_version(
    session: WriteSession, workflow_id: UUID, version: int, plan: Plan, *, summary: str, by: str
) -> None:
    """Store the plan as it is in a version; `summary` says what the edit changed."""
    tasks = [
        {
            "key": task.key,
            "title": task.title,
            "description": task.description,
            "agent": task.agent,
            "depends_on": list(task.depends_on),
            "expected_output": task.expected_output,
            "on_failure": task.on_failure.value,
        }
        for task in plan.tasks
    ]
    await session.execute(
        insert(WORKFLOW_VERSIONS).values(
            workflow_id=workflow_id,
            version=version,
            title=plan.title,
            tasks=tasks,
            summary=summary,
            created_by=by,
            created_at=now(),
        )
    )


async def select_page(
    session: ReadSession, workflow_id: UUID, before: int | None, limit: int
) -> Sequence[WorkflowVersionSummary]:
    """Return versions before the given one, newest first, at most `limit`, without their tasks."""
    statement = (
        selecting(_LISTED)
        .where(WORKFLOW_VERSIONS.c.workflow_id == workflow_id)
        .order_by(WORKFLOW_VERSIONS.c.version.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(WORKFLOW_VERSIONS.c.version < before)
    rows = await session.execute(statement)
    return [WorkflowVersionSummary.model_validate(row, from_attributes=True) for row in rows.all()]


async def get(session: ReadSession, workflow_id: UUID, version: int) -> WorkflowVersionOut | None:
    """Return the plan as it was in a version, or None."""
    statement = selecting((*_LISTED, WORKFLOW_VERSIONS.c.tasks)).where(
        WORKFLOW_VERSIONS.c.workflow_id == workflow_id, WORKFLOW_VERSIONS.c.version == version
    )
    row = (await session.execute(statement)).one_or_none()
    return _version(row) if row else None


def _version(row: AnyRow) -> WorkflowVersionOut:
    listed = WorkflowVersionSummary.model_validate(row, from_attributes=True)
    tasks = tuple(PlanTaskIn.model_validate(task) for task in row.tasks)
    return WorkflowVersionOut(**dict(listed), tasks=tasks)
