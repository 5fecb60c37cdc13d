"""Editing a plan: what has begun stays, every edit is a version, and nobody overwrites another's unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict, FieldError
from reznet.repositories import workflow_tasks, workflow_versions, workflows
from reznet.repositories.workflow_tasks import Placed
from reznet.schemas.workflows import PlanTaskIn, WorkflowOut, WorkflowTaskOut, WorkflowUpdate
from reznet.services import events
from reznet.services.access import access_channel_to_post, access_workflow, no_workflow
from reznet.services.ports import Actor, Ports
from reznet.services.workflows import assigning, cards
from reznet.services.workflows import events as told
from reznet.workflows.agent_names import likely_handles
from reznet.workflows.changes import sentence
from reznet.workflows.plan import NodeStatus, Plan, PlanTask, WorkflowStatus

_EDITABLE = {WorkflowStatus.READY, WorkflowStatus.WAITING}
_NOT_NOW = {
    WorkflowStatus.PLANNING: ("workflow_planning", "is still being planned; wait for its plan"),
    WorkflowStatus.RUNNING: ("workflow_running", "runs; pause it to edit what has not begun"),
}


async def update(
    session: WriteSession, ports: Ports, actor: Actor, workflow_id: UUID, body: WorkflowUpdate
) -> WorkflowOut:
    """Change a plan that is ready or waits. An edit that changes nothing makes no version.

    Raises:
        NotFound: there is no such workflow.
        Conflict: somebody else has edited it since `version` (the problem carries the newer workflow), it
            runs or is over, or its channel is archived.
        Invalid: the tasks are not a plan, or a task that has begun is changed or missing.
    """
    seen = await access_workflow(session, actor, workflow_id)
    await access_channel_to_post(session, actor, seen.channel_id)
    known = await assigning.look_up(session, {task.agent for task in body.tasks or ()})
    workflow = await workflows.lock(session, workflow_id)
    if workflow is None:
        raise no_workflow(workflow_id)
    if body.version != workflow.version:
        raise _changed(workflow, body.version)
    if workflow.status not in _EDITABLE:
        raise _not_now(workflow)
    edit = _edit_of(workflow, body, known)
    if not edit.summary:
        return workflow
    await _store(session, actor, workflow, edit)
    await cards.refresh(session, ports, workflow_id)
    await told.record_whole(session, ports, workflow_id, channel_id=workflow.channel_id)
    await events.audit(
        session,
        actor,
        "workflow.updated",
        ("workflow", workflow_id),
        {"title": edit.title, "version": workflow.version + 1},
    )
    return await access_workflow(session, actor, workflow_id)


@dataclass(frozen=True, slots=True)
class _Edit:
    """The plan as it is to be, and in words what that changes."""

    title: str
    max_parallel: int
    tasks: tuple[PlanTask, ...]
    placed: Sequence[Placed]  # empty when the tasks stay as they are
    summary: str


def _edit_of(workflow: WorkflowOut, body: WorkflowUpdate, known: assigning.Known) -> _Edit:
    title = workflow.title if body.title is None else body.title
    max_parallel = body.max_parallel or workflow.max_parallel
    now = tuple(assigning.plan_task(task) for task in workflow.tasks)
    placed: Sequence[Placed] = ()
    if body.tasks is not None:
        begun = {
            task.key: task for task in workflow.tasks if task.status is not NodeStatus.PENDING
        }
        if problems := _begun_problems(body.tasks, begun, known):
            raise assigning.refusal(problems)
        placed = assigning.placed(body.tasks, known, begun)
    tasks = tuple(one.task for one in placed) or now
    said = sentence(Plan(workflow.title, now), Plan(title, tasks))
    if max_parallel != workflow.max_parallel:
        said = f"{said} At most {max_parallel} of its tasks run at once now.".lstrip()
    return _Edit(title, max_parallel, tasks, placed, said)


def _begun_problems(
    given: Sequence[PlanTaskIn], begun: Mapping[str, WorkflowTaskOut], known: assigning.Known
) -> list[FieldError]:
    """Return what the edit does to tasks that have begun: they must be there as they are."""
    problems: list[FieldError] = []
    for index, task in enumerate(given):
        if (there := begun.get(task.key)) is None:
            continue
        now, new = assigning.plan_task(there), assigning.plan_task(task)
        problems += [
            _has_begun(f"tasks.{index}.{name}", there)
            for name in ("title", "description", "expected_output", "on_failure")
            if getattr(now, name) != getattr(new, name)
        ]
        if set(now.depends_on) != set(new.depends_on):
            problems.append(_has_begun(f"tasks.{index}.depends_on", there))
        agent = known.named.get(task.agent)
        is_same = agent is not None and agent.id == there.agent_id
        if not (is_same or there.agent in likely_handles(task.agent)):
            problems.append(_has_begun(f"tasks.{index}.agent", there))
    keys = {task.key for task in given}
    problems += [
        FieldError("tasks", f"“{task.title}” ({key}) has begun and must stay in the plan")
        for key, task in begun.items()
        if key not in keys
    ]
    return problems


def _has_begun(field: str, task: WorkflowTaskOut) -> FieldError:
    return FieldError(
        field, f"“{task.title}” ({task.key}) has begun ({task.status}) and must stay as it is"
    )


async def _store(session: WriteSession, actor: Actor, workflow: WorkflowOut, edit: _Edit) -> None:
    """Write the edit as the next version."""
    there = {task.key: task for task in workflow.tasks}
    if edit.placed:
        kept = {one.task.key for one in edit.placed}
        await workflow_tasks.delete_tasks(
            session, [task.id for key, task in there.items() if key not in kept]
        )
        for one in edit.placed:
            if (old := there.get(one.task.key)) is not None and _differs(old, one):
                await workflow_tasks.replan(session, old.id, one)
        await workflow_tasks.insert_tasks(
            session, workflow.id, [one for one in edit.placed if one.task.key not in there]
        )
    version = workflow.version + 1
    changes = {"title": edit.title, "max_parallel": edit.max_parallel, "version": version}
    await workflows.update_workflow(session, workflow.id, changes)
    await workflow_versions.insert_version(
        session,
        workflow.id,
        version,
        Plan(edit.title, edit.tasks),
        summary=edit.summary,
        by=actor.handle,
    )


def _differs(old: WorkflowTaskOut, new: Placed) -> bool:
    return (
        old.position != new.position
        or old.agent_id != new.agent_id
        or assigning.plan_task(old) != new.task
    )


def _changed(workflow: WorkflowOut, version: int) -> Conflict:
    return Conflict(
        f"Version {version} of the plan was edited, and it is at version {workflow.version} by now. "
        "Look at that one, and edit it.",
        code="workflow_changed",
        members={
            "version": workflow.version,
            "workflow": workflow.model_dump(mode="json"),
        },
    )


def _not_now(workflow: WorkflowOut) -> Conflict:
    over = ("workflow_finished", "is over; run it again to edit the plan of the new run")
    code, reason = _NOT_NOW.get(workflow.status, over)
    return Conflict(f"The workflow {reason}.", code=code)
