"""Saved workflows: made, read, changed and deleted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, FieldError, Invalid, NotFound
from reznet.core.pagination import (
    Page,
    decode_cursor,
    decode_time_id,
    encode_cursor,
    foreign_cursor,
)
from reznet.repositories import saved_workflows
from reznet.repositories.saved_workflows import NameTaken, NewSaved
from reznet.schemas.saved_workflows import (
    SavedParameter,
    SavedWorkflowCreate,
    SavedWorkflowOut,
    SavedWorkflowUpdate,
    SaveWorkflow,
)
from reznet.schemas.workflows import PlanTaskIn, WorkflowOut
from reznet.services import events
from reznet.services.access import access_workflow
from reznet.services.ports import Actor
from reznet.services.saved_workflows import catalogue
from reznet.services.workflows import assigning
from reznet.workflows.placeholders import names_in, unknown_in

_DEMO = "demo"  # marks a cursor within the demos, which come last


async def create(
    session: WriteSession, actor: Actor, body: SavedWorkflowCreate
) -> SavedWorkflowOut:
    """Save a plan with placeholders.

    Raises:
        Invalid: the tasks are no plan, name agents that are not there, or a text names no parameter of it.
        Conflict: the name is taken.
    """
    tasks = await _checked(session, body.title, body.request, body.tasks, body.parameters)
    return await _store(session, actor, body.model_copy(update={"tasks": tasks}))


async def save(
    session: WriteSession, actor: Actor, workflow_id: UUID, body: SaveWorkflow
) -> SavedWorkflowOut:
    """Save the plan of a workflow. Placeholders that the body doesn't name become required parameters.

    Raises:
        NotFound: there is no such workflow.
        Conflict: it has no plan yet, or the name is taken.
    """
    workflow = await access_workflow(session, actor, workflow_id)
    if not workflow.tasks:
        raise Conflict("The workflow has no plan yet.", code="workflow_without_plan")
    tasks = tuple(_as_given(workflow))
    named = {parameter.name for parameter in body.parameters}
    texts = _texts(workflow.title, workflow.request, tasks)
    found = dict.fromkeys(name for _, text in texts for name in names_in(text))
    more = [SavedParameter(name=name) for name in found if name not in named]
    try:
        whole = SavedWorkflowCreate(
            name=body.name,
            description=body.description,
            title=workflow.title,
            request=workflow.request,
            tasks=tasks,
            parameters=(*body.parameters, *more),
            max_parallel=workflow.max_parallel,
        )
    except ValueError as error:  # more placeholders than a saved workflow may have parameters
        raise Invalid.field("parameters", "the plan has too many placeholders") from error
    return await _store(session, actor, whole)


async def get(
    session: ReadSession | WriteSession, _actor: Actor, saved_id: UUID
) -> SavedWorkflowOut:
    """Return the saved workflow, or the demo. Raises NotFound."""
    found = catalogue.find(saved_id) or await saved_workflows.get(session, saved_id)
    if found is None:
        raise no_saved(saved_id)
    return found


async def list_page(
    session: ReadSession,
    _actor: Actor,
    *,
    text: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[SavedWorkflowOut]:
    """Return saved workflows, newest first, then the demos. `text` is looked for in names."""
    before, place = _place(cursor)
    rows: list[SavedWorkflowOut] = []
    if place is None:
        rows = await saved_workflows.select_page(session, before, text, limit + 1)
    wanted = (text or "").casefold()
    rows += [one for one in catalogue.demos()[place or 0 :] if wanted in one.name.casefold()]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], _cursor(last) if last else None)


async def update(
    session: WriteSession, actor: Actor, saved_id: UUID, body: SavedWorkflowUpdate
) -> SavedWorkflowOut:
    """Change a saved workflow; what was made of it stays as it is.

    Raises:
        NotFound: there is no such saved workflow.
        Conflict: it is a demo, or the name is taken.
        Invalid: like `create`.
    """
    refuse_demo(saved_id)
    before = await saved_workflows.get(session, saved_id, lock=True)
    if before is None:
        raise no_saved(saved_id)
    changes = body.model_dump(mode="json", exclude_none=True)
    if not changes:
        return before
    tasks = before.tasks if body.tasks is None else body.tasks
    title = before.title if body.title is None else body.title
    request = before.request if body.request is None else body.request
    parameters = before.parameters if body.parameters is None else body.parameters
    if changes.keys() & {"tasks", "title", "request", "parameters"}:
        checked = await _checked(
            session, title, request, tasks, parameters, with_agents=body.tasks is not None
        )
        changes["tasks"] = [task.model_dump(mode="json") for task in checked]
    try:
        after = await saved_workflows.update_saved(session, saved_id, changes)
    except NameTaken:
        raise _name_taken(str(body.name)) from None
    assert after is not None  # noqa: S101 - it is locked
    fields = sorted(body.model_dump(exclude_none=True))
    await _audit(session, actor, "updated", after, fields=fields)
    return after


async def delete(session: WriteSession, actor: Actor, saved_id: UUID) -> None:
    """Delete a saved workflow with its triggers; what was made of it stays. Raises NotFound, and Conflict for a demo."""
    refuse_demo(saved_id)
    gone = await saved_workflows.delete_saved(session, saved_id)
    if gone is None:
        raise no_saved(saved_id)
    await _audit(session, actor, "deleted", gone)


def refuse_demo(saved_id: UUID) -> None:
    """Raise Conflict when it is a demo."""
    if catalogue.find(saved_id) is not None:
        raise Conflict(
            "This workflow comes with RezNet AI and stays as it is; run it, and save the plan under a name of your "
            "own (POST /api/workflows/{id}/save).",
            code="demo_is_read_only",
        )


def no_saved(saved_id: UUID) -> NotFound:
    """Return the refusal for a saved workflow that is not there."""
    return NotFound(f"There is no saved workflow {saved_id}.", code="saved_workflow_not_found")


async def _store(
    session: WriteSession, actor: Actor, body: SavedWorkflowCreate
) -> SavedWorkflowOut:
    new = NewSaved(
        name=body.name,
        description=body.description,
        title=body.title,
        request=body.request,
        tasks=[task.model_dump(mode="json") for task in body.tasks],
        parameters=[one.model_dump(mode="json") for one in body.parameters],
        max_parallel=body.max_parallel,
        created_by=actor.handle,
    )
    try:
        saved = await saved_workflows.insert_saved(session, new)
    except NameTaken:
        raise _name_taken(body.name) from None
    await _audit(session, actor, "created", saved)
    return saved


async def _checked(
    session: WriteSession,
    title: str,
    request: str,
    tasks: Sequence[PlanTaskIn],
    parameters: Sequence[SavedParameter],
    *,
    with_agents: bool = True,
) -> tuple[PlanTaskIn, ...]:
    """Return the tasks, their agents by handle. Raises Invalid, with the fields."""
    known = {parameter.name for parameter in parameters}
    problems = unknown_in(_texts(title, request, tasks), known)
    if problems:
        raise assigning.refusal([FieldError(one.field, one.message) for one in problems])
    if not with_agents:  # they may be gone by now, which is nothing that this change is about
        return tuple(tasks)
    placed = assigning.placed(
        tasks, await assigning.look_up(session, {task.agent for task in tasks})
    )
    return tuple(
        task.model_copy(update={"agent": one.task.agent, "depends_on": one.task.depends_on})
        for task, one in zip(tasks, placed, strict=True)
    )


def _texts(title: str, request: str, tasks: Sequence[PlanTaskIn]) -> list[tuple[str, str]]:
    """Return the texts in which placeholders count, with their fields."""
    texts = [("title", title), ("request", request)]
    for index, task in enumerate(tasks):
        texts += [
            (f"tasks.{index}.title", task.title),
            (f"tasks.{index}.description", task.description),
            (f"tasks.{index}.expected_output", task.expected_output),
        ]
    return texts


def _as_given(workflow: WorkflowOut) -> list[PlanTaskIn]:
    fields = set(PlanTaskIn.model_fields)
    return [PlanTaskIn(**task.model_dump(include=fields)) for task in workflow.tasks]


def _place(cursor: str | None) -> tuple[tuple[datetime, UUID] | None, int | None]:
    """Return where a list goes on: before a row, or at a place among the demos."""
    if cursor is None:
        return None, None
    first, second = decode_cursor(cursor, 2)
    if first != _DEMO:
        return decode_time_id(cursor), None
    if not (second.isascii() and second.isdigit()):
        raise foreign_cursor()
    return None, int(second[:3])


def _cursor(last: SavedWorkflowOut) -> str:
    if not last.is_demo:
        return encode_cursor(last.created_at, last.id)
    ids = [demo.id for demo in catalogue.demos()]
    return encode_cursor(_DEMO, ids.index(last.id) + 1)


async def _audit(
    session: WriteSession, actor: Actor, what: str, saved: SavedWorkflowOut, **details: object
) -> None:
    await events.audit(
        session,
        actor,
        f"saved_workflow.{what}",
        ("saved_workflow", saved.id),
        {"name": saved.name, **details},
    )


def _name_taken(name: str) -> Conflict:
    message = f"a saved workflow called {name!r} exists already"
    return Conflict.field("name", message, code="saved_workflow_name_taken")
