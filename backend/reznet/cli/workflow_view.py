"""How the command line shows workflows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reznet.cli.console import out, plain
from reznet.core.clock import now
from reznet.workflows.graph import levels
from reznet.workflows.plan import PlanTask

type Json = Mapping[str, Any]

FINAL = frozenset({"completed", "failed", "cancelled"})
_SIGNS = {
    "pending": ("·", "dim"),
    "ready": ("◌", "cyan"),
    "running": ("▶", "cyan"),
    "completed": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("-", "yellow"),
    "skipped": ("-", "yellow"),
}
_BAR = 24


def show_plan(workflow: Json) -> None:
    """Print a workflow: its head, then its tasks, each further in than what it waits for."""
    out.print(head(workflow))
    out.print(_plan_table(workflow))
    if error := workflow.get("error"):
        out.print(Text(plain(error["message"]), style="red"))


def show_list(workflows: Sequence[Json]) -> None:
    """Print workflows, one a line."""
    table = Table(box=None, pad_edge=False)
    for heading in ("workflow", "status", "done", "title"):
        table.add_column(heading)
    for row in workflows:
        how_far = row["progress"]
        cells = (row["id"], row["status"], f"{how_far['done']}/{how_far['total']}", row["title"])
        table.add_row(*(Text(_line(cell)) for cell in cells))
    out.print(table)


def show_outputs(workflow: Json) -> None:
    """Print what the tasks have answered."""
    for task in workflow["tasks"]:
        if task["output"]:
            out.print(
                Text(f"\n{_line(task['title'])} (@{_line(task['agent'])})", style="bold cyan")
            )
            out.print(Text(plain(task["output"])))


def live(workflow: Json) -> RenderableType:
    """Return the running workflow as it is now, to be drawn again and again."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "task", "agent", "time", ""):
        table.add_column(heading, no_wrap=heading != "task")
    for task in workflow["tasks"]:
        sign, style = _SIGNS[task["status"]]
        table.add_row(
            Text(sign, style=style),
            Text(_line(task["title"])),
            Text(f"@{_line(task['agent'])}"),
            Text(_time(task)),
            Text(_remark(task), style="dim"),
        )
    return Group(head(workflow), table)


def head(workflow: Json) -> Text:
    """Return title, status, a bar and the time taken, in one line."""
    how_far = workflow["progress"]
    filled = _BAR * how_far["percent"] // 100
    parts = [
        Text(_line(workflow["title"]), style="bold"),
        Text(_status(workflow), style=_SIGNS.get(workflow["status"], ("", "cyan"))[1]),
        Text("━" * filled, style="green") + Text("━" * (_BAR - filled), style="dim"),
        Text(f"{how_far['percent']} %  {how_far['completed']} of {how_far['total']} completed"),
    ]
    if took := _time(workflow):
        parts.append(Text(took, style="dim"))
    return Text("  ").join(parts)


def change(task: Json, percent: int) -> Text:
    """Return a line that tells of a task's new status."""
    sign, style = _SIGNS[task["status"]]
    said = [f"{_line(task['title'])} (@{_line(task['agent'])}): {task['status']}"]
    said += [part for part in (_time(task), _remark(task)) if part]
    return Text(f"{sign} ", style=style) + Text(f"[{percent:3} %] {' · '.join(said)}")


def _plan_table(workflow: Json) -> Table:
    tasks = workflow["tasks"]
    plan = [
        PlanTask(task["key"], task["title"], task["agent"], depends_on=tuple(task["depends_on"]))
        for task in tasks
    ]
    level_of = {key: number for number, level in enumerate(levels(plan)) for key in level}
    table = Table(box=None, pad_edge=False)
    for heading in ("", "task", "key", "agent", "after"):
        table.add_column(heading)
    for task in tasks:
        sign, style = _SIGNS[task["status"]]
        table.add_row(
            Text(sign, style=style),
            Text("  " * level_of.get(task["key"], 0) + _line(task["title"])),
            Text(task["key"], style="dim"),
            Text(f"@{_line(task['agent'])}"),
            Text(", ".join(task["depends_on"]), style="dim"),
        )
    return table


def _status(workflow: Json) -> str:
    waits = {"resume": "paused", "decision": "waits for a decision"}
    return waits.get(str(workflow["waiting_for"])) or str(workflow["status"])


def _remark(task: Json) -> str:
    if task["resuming"]:
        return "resuming"
    if task["status"] == "failed" and task["error"]:
        return _line(task["error"]["message"])
    if task["retry_at"]:
        return "tries again soon"
    return _line(task["reason"] or "")


def _time(thing: Json) -> str:
    """Return how long a task or workflow has taken, or takes."""
    if not thing["started_at"]:
        return ""
    end = datetime.fromisoformat(thing["finished_at"]) if thing["finished_at"] else now()
    seconds = max(0.0, (end - datetime.fromisoformat(thing["started_at"])).total_seconds())
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


def _line(text: str) -> str:
    return " ".join(plain(text).split())
