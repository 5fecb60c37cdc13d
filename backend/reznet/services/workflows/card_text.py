"""A plan as a text: what clients without the card, agents and the search see. Pure."""

import re

from reznet.schemas.base import MAX_MESSAGE_BYTES
from reznet.schemas.workflows import WaitingFor, WorkflowOut, WorkflowTaskOut
from reznet.workflows.plan import NodeStatus, WorkflowStatus

_MAX_TITLE = 120
_MAX_SAID = 1_000
_MAX_NEEDED = 8
_ROOM_FOR_MORE = 100  # bytes for the line that says how many tasks are not shown
# What Markdown, formulas and mentions are made of.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#~|@$&!()])")

_STATUS = {
    WorkflowStatus.PLANNING: "Being planned.",
    WorkflowStatus.READY: "Waits to be started.",
    WorkflowStatus.RUNNING: "Runs; the tasks are in this thread.",
    WorkflowStatus.COMPLETED: "Completed.",
    WorkflowStatus.FAILED: "Failed.",
    WorkflowStatus.CANCELLED: "Cancelled.",
}
_MARKS = {
    NodeStatus.COMPLETED: "done ✓",
    NodeStatus.FAILED: "failed ✗",
    NodeStatus.SKIPPED: "skipped",
    NodeStatus.CANCELLED: "cancelled",
}


def card_text(workflow: WorkflowOut) -> str:
    """Return the plan as Markdown, at most as long as a message may be. It mentions nobody."""
    intro, notice = (_said(workflow, name) for name in ("intro", "notice"))
    title = f"**{plain(workflow.title, _MAX_TITLE)}**"
    head = "\n\n".join(part for part in (intro, title, notice, _status(workflow)) if part)
    lines = [
        _line(number, task, shows_state=_shows_states(workflow))
        for number, task in enumerate(workflow.tasks, start=1)
    ]
    text = "\n".join([head, "", *lines]) if lines else head
    if len(text.encode()) <= MAX_MESSAGE_BYTES:
        return text
    room = MAX_MESSAGE_BYTES - len(head.encode()) - _ROOM_FOR_MORE
    shown: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        shown.append(line)
    return "\n".join([head, "", *shown, "", f"… and {len(lines) - len(shown)} more tasks"])


def deleted_text(title: str, by: str) -> str:
    """Return what the card of a deleted workflow says."""
    return (
        f"~~{plain(title, _MAX_TITLE)}~~\n\nThis workflow was deleted by {plain(by, _MAX_TITLE)}."
    )


def plain(text: str, longest: int) -> str:
    """Return a text that Markdown shows as it is, on one line: nothing in it is markup or a mention."""
    line = " ".join(text.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return _MARKUP.sub(r"\\\1", line)


def _said(workflow: WorkflowOut, name: str) -> str:
    """Return what was said with the plan when it was made, empty if nothing was."""
    said = workflow.metadata.get(name)
    return plain(said, _MAX_SAID) if isinstance(said, str) else ""


def _status(workflow: WorkflowOut) -> str:
    how_far = workflow.progress
    counted = f" {how_far.completed} of {how_far.total} tasks completed."
    match workflow.status:
        case WorkflowStatus.WAITING if workflow.waiting_for is WaitingFor.DECISION:
            return "Waits for a decision about a failed task." + counted
        case WorkflowStatus.WAITING:
            return "Paused." + counted
        case WorkflowStatus.FAILED | WorkflowStatus.CANCELLED:
            reason = f" {plain(workflow.error.message, 500)}" if workflow.error else ""
            return _STATUS[workflow.status] + reason + (counted if how_far.total else "")
        case status:
            return _STATUS[status]


def _shows_states(workflow: WorkflowOut) -> bool:
    return workflow.status.is_final or workflow.status is WorkflowStatus.WAITING


def _line(number: int, task: WorkflowTaskOut, *, shows_state: bool) -> str:
    parts = [f"{number}. {plain(task.title, _MAX_TITLE)} (`{task.key}`) · {plain(task.agent, 60)}"]
    if task.depends_on:
        needed = ", ".join(f"`{key}`" for key in task.depends_on[:_MAX_NEEDED])
        more = len(task.depends_on) - _MAX_NEEDED
        parts.append(f"after {needed}" + (f" and {more} more" if more > 0 else ""))
    if shows_state and (mark := _MARKS.get(task.status)):
        parts.append(mark)
    return " · ".join(parts)
