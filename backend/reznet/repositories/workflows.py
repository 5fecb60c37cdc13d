"""Workflows in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import WORKFLOWS
from reznet.repositories import workflow_tasks
from reznet.repositories.rows import selecting
from reznet.repositories.workflow_rows import (
    COUNTED,
    WITH_COST,
    fields_of,
    progress_of,
    summary_of,
)
from reznet.schemas.workflows import WorkflowOut, WorkflowSummary, WorkflowTaskOut
from reznet.workflows.plan import WorkflowStatus

_IDS = bindparam("row_ids", type_=ARRAY(Uuid))
_WHOLE = Statement(selecting(WITH_COST).where(WORKFLOWS.c.id == any_(_IDS)))
_BY_IDS = Statement(selecting(COUNTED).where(WORKFLOWS.c.id == any_(_IDS)))
_LOCKED = Statement(
    select(WORKFLOWS.c.id).where(WORKFLOWS.c.id == bindparam("row_id")).with_for_update()
)
_BY_CLIENT_ID = Statement(
    select(WORKFLOWS.c.id).where(
        WORKFLOWS.c.channel_id == bindparam("in_channel"),
        WORKFLOWS.c.client_id == bindparam("sent_as"),
    )
)


@dataclass(frozen=True, slots=True)
class NewWorkflow:
    """A workflow to be stored, in its first version."""

    channel_id: UUID
    title: str
    request: str
    status: WorkflowStatus
    auto_start: bool
    max_parallel: int
    created_by: str
    request_id: UUID | None = None
    root_id: UUID | None = None
    client_id: str | None = None
    metadata: Mapping[str, object] | None = None


async def insert_workflow(session: WriteSession, workflow: NewWorkflow) -> UUID | None:
    """Store a workflow and return its id; None when one with its `client_id` is in the channel already."""
    stamp = now()
    statement = (
        insert(WORKFLOWS)
        .values(
            id=new_id(),
            channel_id=workflow.channel_id,
            request=workflow.request,
            request_id=workflow.request_id,
            root_id=workflow.root_id,
            title=workflow.title,
            status=workflow.status.value,
            version=1,
            auto_start=workflow.auto_start,
            max_parallel=workflow.max_parallel,
            client_id=workflow.client_id,
            metadata=dict(workflow.metadata or {}),
            created_by=workflow.created_by,
            created_at=stamp,
            updated_at=stamp,
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "client_id"])
        .returning(WORKFLOWS.c.id)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def get(session: ReadSession, workflow_id: UUID) -> WorkflowOut | None:
    """Return the workflow with its tasks, or None."""
    found = await get_many(session, [workflow_id])
    return found[0] if found else None


async def get_many(session: ReadSession, ids: Collection[UUID]) -> list[WorkflowOut]:
    """Return the workflows with these ids, with their tasks, in no order. Two statements, however many."""
    rows = await session.fetch(_WHOLE, {"row_ids": list(ids)})
    if not rows:
        return []
    of: dict[UUID, list[WorkflowTaskOut]] = {row.id: [] for row in rows}
    for workflow_id, task in await workflow_tasks.of_workflows(session, of.keys()):
        of[workflow_id].append(task)
    return [
        WorkflowOut.model_construct(
            **fields_of(row, progress_of(of[row.id])),
            tasks=tuple(of[row.id]),
            cost_usd=row.cost_usd,
        )
        for row in rows
    ]


async def summary(session: ReadSession, workflow_id: UUID) -> WorkflowSummary | None:
    """Return the workflow without its tasks, or None."""
    found = await summaries(session, [workflow_id])
    return found[0] if found else None


async def summaries(session: ReadSession, ids: Collection[UUID]) -> list[WorkflowSummary]:
    """Return the workflows with these ids without their tasks, in no order."""
    return [summary_of(row) for row in await session.fetch(_BY_IDS, {"row_ids": list(ids)})]


async def lock(session: WriteSession, workflow_id: UUID) -> WorkflowOut | None:
    """Return the workflow and let nobody else change it or its tasks until the transaction ends, or None.

    Take it before any of its tasks. What is read of the workflow is what it is once it is locked.
    """
    if await session.fetch_one(_LOCKED, {"row_id": workflow_id}) is None:
        return None
    return await get(session, workflow_id)


async def by_client_id(session: ReadSession, channel_id: UUID, client_id: str) -> UUID | None:
    """Return the id of the channel's workflow that a client sent under this id, or None."""
    row = await session.fetch_one(_BY_CLIENT_ID, {"in_channel": channel_id, "sent_as": client_id})
    return row.id if row else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which workflows a list shows; None: whatever."""

    channel_id: UUID | None = None
    status: WorkflowStatus | None = None
    text: str | None = None


async def select_page(
    session: ReadSession, only: Filter, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[WorkflowSummary]:
    """Return workflows before the given key, newest first, at most `limit`."""
    statement = (
        selecting(COUNTED)
        .order_by(WORKFLOWS.c.created_at.desc(), WORKFLOWS.c.id.desc())
        .limit(limit)
    )
    if only.channel_id is not None:
        statement = statement.where(WORKFLOWS.c.channel_id == only.channel_id)
    if only.status is not None:
        statement = statement.where(WORKFLOWS.c.status == only.status.value)
    if only.text is not None:
        statement = statement.where(
            or_(
                WORKFLOWS.c.title.icontains(only.text, autoescape=True),
                WORKFLOWS.c.request.icontains(only.text, autoescape=True),
            )
        )
    if before is not None:
        statement = statement.where(tuple_(WORKFLOWS.c.created_at, WORKFLOWS.c.id) < before)
    return [summary_of(row) for row in (await session.execute(statement)).all()]


async def update_workflow(
    session: WriteSession, workflow_id: UUID, changes: Mapping[str, object]
) -> bool:
    """Change columns of a workflow; False when it is gone. Status changes go through services."""
    values = {"updated_at": now(), **changes}
    row = await session.fetch_one(_update_of(frozenset(values)), {"row_id": workflow_id, **values})
    return row is not None


async def delete_workflow(session: WriteSession, workflow_id: UUID) -> None:
    """Delete a workflow with its tasks and versions; its runs and messages stay."""
    await session.execute(delete(WORKFLOWS).where(WORKFLOWS.c.id == workflow_id))


@cache
def _update_of(columns: frozenset[str]) -> Statement:
    """Return the statement that changes these columns; there are as many as callers have ways."""
    statement = update(WORKFLOWS).where(WORKFLOWS.c.id == bindparam("row_id"))
    changed = statement.values({name: bindparam(name) for name in sorted(columns)})
    return Statement(changed.returning(WORKFLOWS.c.id))
