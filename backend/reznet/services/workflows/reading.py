"""Reading workflows and what their plans were."""

from collections.abc import Sequence
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.core.errors import NotFound
from reznet.core.pagination import (
    Page,
    decode_cursor,
    decode_time_id,
    encode_cursor,
    foreign_cursor,
)
from reznet.repositories import workflow_versions, workflows
from reznet.schemas.workflows import (
    WorkflowOut,
    WorkflowSummary,
    WorkflowTaskOut,
    WorkflowVersionOut,
    WorkflowVersionSummary,
)
from reznet.services.access import access_workflow
from reznet.services.ports import Actor
from reznet.services.workflows.honesty import honest
from reznet.workflows.plan import WorkflowStatus

_MAX_VERSION = 2**31 - 1


async def get(session: ReadSession, actor: Actor, workflow_id: UUID) -> WorkflowOut:
    """Return the workflow with its tasks. Raises NotFound."""
    workflow = await access_workflow(session, actor, workflow_id)
    return workflow.model_copy(update={"tasks": await honest(session, workflow.tasks)})


async def tasks(
    session: ReadSession, actor: Actor, workflow_id: UUID
) -> Sequence[WorkflowTaskOut]:
    """Return the tasks of a workflow in the order of their positions. Raises NotFound."""
    workflow = await access_workflow(session, actor, workflow_id)
    return await honest(session, workflow.tasks)


async def list_page(
    session: ReadSession,
    _actor: Actor,
    *,
    channel_id: UUID | None = None,
    status: WorkflowStatus | None = None,
    text: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[WorkflowSummary]:
    """Return workflows, newest first; `text` is looked for in titles and requests."""
    before = decode_time_id(cursor) if cursor else None
    only = workflows.Filter(channel_id=channel_id, status=status, text=text)
    rows = await workflows.select_page(session, only, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def versions_page(
    session: ReadSession,
    actor: Actor,
    workflow_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[WorkflowVersionSummary]:
    """Return the versions of a plan, newest first. Raises NotFound."""
    await access_workflow(session, actor, workflow_id)
    before = _version_of(cursor) if cursor else None
    rows = await workflow_versions.select_page(session, workflow_id, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.version) if last else None)


async def version(
    session: ReadSession, actor: Actor, workflow_id: UUID, number: int
) -> WorkflowVersionOut:
    """Return the plan as it was in a version. Raises NotFound."""
    await access_workflow(session, actor, workflow_id)
    found = None
    if 1 <= number <= _MAX_VERSION:
        found = await workflow_versions.get(session, workflow_id, number)
    if found is None:
        raise NotFound(
            f"The workflow {workflow_id} has no version {number}.",
            code="workflow_version_not_found",
        )
    return found


def _version_of(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= _MAX_VERSION):
        raise foreign_cursor()
    return int(text)
