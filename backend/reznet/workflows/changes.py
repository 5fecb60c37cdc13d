"""What an edit has changed in a plan, in words."""

from collections.abc import Iterator, Sequence

from reznet.workflows.plan import Plan, PlanTask

_MAX_TITLE = 60
_NAMED = 4  # tasks that one part of the sentence names
_PARTS = 8  # parts of one sentence


def sentence(before: Plan, after: Plan) -> str:
    """Return what changed as a sentence; empty when nothing did."""
    parts = list(changes(before, after))
    if len(parts) > _PARTS:
        parts = [*parts[: _PARTS - 1], f"{len(parts) - _PARTS + 1} more changes"]
    text = "; ".join(parts)
    return f"{text}." if text else ""


def changes(before: Plan, after: Plan) -> Iterator[str]:
    """Yield each change: of the title, what was added and removed, then task by task."""
    old = {task.key: task for task in before.tasks}
    new = {task.key: task for task in after.tasks}
    if before.title != after.title:
        yield f"Renamed the plan to {_titled(after.title)}"
    if added := [task for task in after.tasks if task.key not in old]:
        yield f"Added {_named(added)}"
    if removed := [task for task in before.tasks if task.key not in new]:
        yield f"Removed {_named(removed)}"
    titles = {key: task.title for key, task in (old | new).items()}
    for task in after.tasks:
        if task.key in old:
            yield from _changes_of(old[task.key], task, titles)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield "Changed the order of the tasks"


def _changes_of(old: PlanTask, new: PlanTask, titles: dict[str, str]) -> Iterator[str]:
    name = _titled(new.title)
    if old.title != new.title:
        yield f"{_titled(old.title)} is now called {name}"
    if old.agent != new.agent:
        yield f"{name} is now done by @{new.agent}"
    if set(old.depends_on) != set(new.depends_on):
        needed = [_titled(titles.get(key, key)) for key in new.depends_on]
        yield f"{name} now waits for {_and(needed)}" if needed else f"{name} now waits for nothing"
    if old.on_failure != new.on_failure:
        yield f"{name} now has the failure policy “{new.on_failure}”"
    texts = [
        word
        for word, is_changed in (
            ("description", old.description != new.description),
            ("expected output", old.expected_output != new.expected_output),
        )
        if is_changed
    ]
    if texts:
        yield f"Changed the {' and the '.join(texts)} of {name}"


def _named(tasks: Sequence[PlanTask]) -> str:
    return _and([_titled(task.title) for task in tasks])


def _and(words: Sequence[str]) -> str:
    if len(words) > _NAMED:
        return f"{', '.join(words[:_NAMED])} and {len(words) - _NAMED} more"
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _titled(title: str) -> str:
    line = " ".join(title.split())
    return f"“{line if len(line) <= _MAX_TITLE else line[: _MAX_TITLE - 1] + '…'}”"
