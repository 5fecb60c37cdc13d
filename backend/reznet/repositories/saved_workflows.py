"""Saved workflows in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.text import name_key
from reznet.models import SAVED_WORKFLOWS
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.saved_workflows import SavedParameter, SavedWorkflowOut
from reznet.schemas.workflows import PlanTaskIn

_COLUMNS: Columns = (
    SAVED_WORKFLOWS.c.id,
    SAVED_WORKFLOWS.c.name,
    SAVED_WORKFLOWS.c.description,
    SAVED_WORKFLOWS.c.title,
    SAVED_WORKFLOWS.c.request,
    SAVED_WORKFLOWS.c.tasks,
    SAVED_WORKFLOWS.c.parameters,
    SAVED_WORKFLOWS.c.max_parallel,
    SAVED_WORKFLOWS.c.created_by,
    SAVED_WORKFLOWS.c.created_at,
    SAVED_WORKFLOWS.c.updated_at,
)


class NameTaken(Exception):
    """Another saved workflow has that name, in whatever case."""


@dataclass(frozen=True, slots=True)
class NewSaved:
    """A workflow to be saved. Tasks and parameters are ready for JSON."""

    name: str
    description: str
    title: str
    request: str
    tasks: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    max_parallel: int | None
    created_by: str


async def insert_saved(session: WriteSession, saved: NewSaved) -> SavedWorkflowOut:
    """Store a saved workflow. Raises NameTaken, also when two are stored at the same moment."""
    stamp = now()
    values = {
        "id": new_id(),
        "name": saved.name,
        "name_key": name_key(saved.name),
        "description": saved.description,
        "title": saved.title,
        "request": saved.request,
        "tasks": saved.tasks,
        "parameters": saved.parameters,
        "max_parallel": saved.max_parallel,
        "created_by": saved.created_by,
        "created_at": stamp,
        "updated_at": stamp,
    }
    try:
        async with session.begin_nested():
            statement = returning(insert(SAVED_WORKFLOWS).values(values), _COLUMNS)
            row = (await session.execute(statement)).one()
    except IntegrityError as error:
        raise NameTaken(saved.name) from error
    return _saved(row)


async def get(
    session: ReadSession, saved_id: UUID, *, lock: bool = False
) -> SavedWorkflowOut | None:
    """Return the saved workflow, or None; with `lock`, nobody else changes it until the transaction ends."""
    statement = selecting(_COLUMNS).where(SAVED_WORKFLOWS.c.id == saved_id)
    if lock:
        statement = statement.with_for_update()
    row = (await session.execute(statement)).one_or_none()
    return _saved(row) if row else None


async def hold(session: WriteSession, saved_id: UUID) -> bool:
    """Keep a saved workflow from being deleted until the transaction ends; False when it is gone."""
    statement = (
        select(SAVED_WORKFLOWS.c.id)
        .where(SAVED_WORKFLOWS.c.id == saved_id)
        .with_for_update(read=True, key_share=True)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def select_page(
    session: ReadSession, before: tuple[datetime, UUID] | None, text: str | None, limit: int
) -> list[SavedWorkflowOut]:
    """Return saved workflows before the given key, newest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .order_by(SAVED_WORKFLOWS.c.created_at.desc(), SAVED_WORKFLOWS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(
            tuple_(SAVED_WORKFLOWS.c.created_at, SAVED_WORKFLOWS.c.id) < before
        )
    if text is not None:
        statement = statement.where(SAVED_WORKFLOWS.c.name.icontains(text, autoescape=True))
    return [_saved(row) for row in (await session.execute(statement)).all()]


async def update_saved(
    session: WriteSession, saved_id: UUID, changes: Mapping[str, object]
) -> SavedWorkflowOut | None:
    """Change columns of a saved workflow; None when it is gone. Raises NameTaken."""
    values = {**changes, "updated_at": now()}
    if "name" in changes:
        values["name_key"] = name_key(str(changes["name"]))
    statement = returning(
        update(SAVED_WORKFLOWS).where(SAVED_WORKFLOWS.c.id == saved_id).values(values), _COLUMNS
    )
    try:
        async with session.begin_nested():
            row = (await session.execute(statement)).one_or_none()
    except IntegrityError as error:
        raise NameTaken(str(changes.get("name"))) from error
    return _saved(row) if row else None


async def delete_saved(session: WriteSession, saved_id: UUID) -> SavedWorkflowOut | None:
    """Delete a saved workflow with its triggers and webhooks; return it, or None when it was not there."""
    statement = delete(SAVED_WORKFLOWS).where(SAVED_WORKFLOWS.c.id == saved_id)
    row = (await session.execute(returning(statement, _COLUMNS))).one_or_none()
    return _saved(row) if row else None


def _saved(row: AnyRow) -> SavedWorkflowOut:
    return SavedWorkflowOut(
        id=row.id,
        name=row.name,
        description=row.description,
        title=row.title,
        request=row.request,
        tasks=tuple(PlanTaskIn.model_validate(task) for task in row.tasks),
        parameters=tuple(SavedParameter.model_validate(one) for one in row.parameters),
        max_parallel=row.max_parallel,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
