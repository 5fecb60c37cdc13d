"""What can be wrong with a plan, and in which order its tasks can be done.

Nothing here recurses, and all but the search for the shortest cycle is linear in tasks and dependencies.
"""

import difflib
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence

from reznet.workflows.plan import MAX_DEPENDENCIES, MAX_TASKS, PlanTask, Problem

MAX_DEPTH = 50  # tasks of the longest chain in which each waits for the one before
_NAMED = 10  # most keys that one sentence names
_SUGGESTED = 3
_COMPARED = 10  # unknown agents for which near handles are looked for
_NEAR = 0.6


def problems_of(tasks: Sequence[PlanTask], known_handles: Collection[str]) -> list[Problem]:
    """Return everything that keeps the tasks from being a plan, in their order; nothing when they are one."""
    if not 1 <= len(tasks) <= MAX_TASKS:
        return [
            Problem("tasks", f"a plan has 1 to {MAX_TASKS} tasks, and this one has {len(tasks)}")
        ]
    found = [*_duplicates(tasks), *_agents(tasks, known_handles), *_dependencies(tasks)]
    cycle = cycle_in(tasks)
    if cycle:
        place = next(index for index, task in enumerate(tasks) if task.key == cycle[0])
        found.append(
            Problem(f"tasks.{place}.depends_on", f"tasks wait for each other: {cycle_text(cycle)}")
        )
    elif (depth := len(levels(tasks))) > MAX_DEPTH:
        found.append(
            Problem(
                "tasks",
                f"{depth} tasks wait for one another in a row; at most {MAX_DEPTH} may",
            )
        )
    return found


def levels(tasks: Sequence[PlanTask]) -> list[list[str]]:
    """Return the keys in levels: those of a level need only tasks of the levels before it.

    Within a level they stand in the plan's order. What is on a cycle, or behind one, is in no level; what a
    task needs beside the plan's tasks is taken as done.
    """
    needs = _needs(tasks)
    waiting_for = _waiting_for(needs)
    left = {key: len(needed) for key, needed in needs.items()}
    place = {key: index for index, key in enumerate(needs)}
    level = [key for key, count in left.items() if count == 0]
    found: list[list[str]] = []
    while level:
        found.append(level)
        freed: list[str] = []
        for key in level:
            for later in waiting_for[key]:
                left[later] -= 1
                if left[later] == 0:
                    freed.append(later)
        level = sorted(freed, key=place.__getitem__)
    return found


def cycle_in(tasks: Sequence[PlanTask]) -> tuple[str, ...]:
    """Return a shortest cycle as the keys along it, the first one again at the end; empty when there is none.

    Each key needs the one after it. Tasks that need themselves are left out: they are told of by themselves.
    """
    done = {key for level in levels(tasks) for key in level}
    core = {
        key: [other for other in needed if other not in done]
        for key, needed in _needs(tasks).items()
        if key not in done
    }
    best: tuple[str, ...] = ()
    for start in core:
        # Only for ways that are shorter than the best so far.
        if found := _way_back(core, start, len(best) - 2 if best else len(core)):
            best = found
        if len(best) == 3:  # two tasks that need each other: nothing is shorter
            break
    return best


def cycle_text(cycle: Sequence[str]) -> str:
    """Return a cycle such as `a → b → a`, with the middle of a long one left out."""
    if len(cycle) <= _NAMED + 1:
        return " → ".join(cycle)
    half = _NAMED // 2
    left_out = len(cycle) - 2 * half
    return " → ".join([*cycle[:half], f"({left_out} more)", *cycle[-half:]])


def near(text: str, handles: Collection[str]) -> list[str]:
    """Return the handles that the text was most likely meant to be, the nearest first."""
    return difflib.get_close_matches(text.casefold(), handles, _SUGGESTED, _NEAR)


def unknown_agent(text: str, handles: Collection[str]) -> str:
    """Return the sentence that refuses an agent's name and says which ones are near."""
    if close := near(text, handles):
        return f"there is no agent “{text}”; did you mean {_or(f'@{handle}' for handle in close)}?"
    return f"there is no agent “{text}”"


def _duplicates(tasks: Sequence[PlanTask]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, task in enumerate(tasks):
        if task.key in first:
            yield Problem(
                f"tasks.{index}.key",
                f"is “{task.key}”, as that of task {first[task.key] + 1} already is",
            )
        first.setdefault(task.key, index)


def _agents(tasks: Sequence[PlanTask], known: Collection[str]) -> Iterator[Problem]:
    handles = frozenset(known)
    compared: dict[str, str] = {}
    for index, task in enumerate(tasks):
        if task.agent in handles:
            continue
        if task.agent not in compared:
            others = handles if len(compared) < _COMPARED else ()
            compared[task.agent] = unknown_agent(task.agent, others)
        yield Problem(f"tasks.{index}.agent", compared[task.agent])


def _dependencies(tasks: Sequence[PlanTask]) -> Iterator[Problem]:
    keys = {task.key for task in tasks}
    for index, task in enumerate(tasks):
        field = f"tasks.{index}.depends_on"
        if len(task.depends_on) > MAX_DEPENDENCIES:
            yield Problem(
                field,
                f"names {len(task.depends_on)} tasks, and at most {MAX_DEPENDENCIES} can be waited for",
            )
        if task.key in task.depends_on:
            yield Problem(field, f"“{task.key}” can't wait for itself ({task.key} → {task.key})")
        counts = Counter(task.depends_on)
        if twice := [key for key, count in counts.items() if count > 1]:
            yield Problem(field, f"names {_keys(twice)} more than once")
        if missing := [key for key in counts if key not in keys]:
            yield Problem(field, f"names {_keys(missing)}, which the plan does not have")


def _keys(keys: Sequence[str]) -> str:
    shown = ", ".join(f"“{key}”" for key in keys[:_NAMED])
    return shown if len(keys) <= _NAMED else f"{shown} and {len(keys) - _NAMED} more"


def _or(words: Iterator[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _needs(tasks: Sequence[PlanTask]) -> dict[str, list[str]]:
    """Return what each task needs among the others, each once."""
    keys = {task.key for task in tasks}
    needs: dict[str, dict[str, None]] = {}
    for task in tasks:
        of_task = needs.setdefault(task.key, {})
        of_task |= {key: None for key in task.depends_on if key in keys and key != task.key}
    return {key: list(needed) for key, needed in needs.items()}


def _waiting_for(needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    waiting: dict[str, list[str]] = {key: [] for key in needs}
    for key, needed in needs.items():
        for other in needed:
            waiting[other].append(key)
    return waiting


def _way_back(
    needs: Mapping[str, Sequence[str]], start: str, longest: int
) -> tuple[str, ...] | None:
    """Return the shortest cycle through `start` with at most so many tasks, or None."""
    came_from: dict[str, str] = {}
    reached = deque([(start, 1)])
    while reached:
        key, count = reached.popleft()
        for other in needs[key]:
            if other == start:
                way = [start]
                while key != start:
                    way.append(key)
                    key = came_from[key]
                return (*way[:1], *reversed(way[1:]), start)
            if other not in came_from and count < longest:
                came_from[other] = key
                reached.append((other, count + 1))
    return None
