"""From a value that looks like a plan to tasks: the many names that models give to the same things. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from reznet.core.text import name_key, storable

MAX_KEY = 50
MAX_TITLE = 200
MAX_DESCRIPTION = 8_000
MAX_EXPECTED = 2_000
# More than a plan may have, so that it is refused for its number and not cut short unseen.
_MOST_READ = 1_000
_MOST_DEPENDENCIES = 200
_NESTED = 3
_TASKS = ("tasks", "steps", "subtasks", "sub_tasks", "nodes", "task_list", "todo", "items")
_WRAPPERS = ("plan", "workflow", "result", "output", "data", "response", "answer", "dag", "graph")
_TITLE = ("title", "name", "task", "summary", "step", "label", "goal")
_KEY = ("key", "id", "task_id", "taskid", "step_id", "slug", "ref", "number", "index")
_DESCRIPTION = (
    "description",
    "details",
    "instructions",
    "instruction",
    "prompt",
    "content",
    "what",
)
_AGENT = ("agent", "assignee", "assigned_to", "assignedto", "agent_name", "handle", "owner", "who")
_AGENTS = (*_AGENT, "agents", "assigned_agent", "assigned", "role", "worker")
_DEPENDS = (
    "depends_on",
    "dependson",
    "dependencies",
    "dependency",
    "depends",
    "deps",
    "requires",
    "prerequisites",
    "needs",
    "after",
    "blocked_by",
)
_EXPECTED = ("expected_output", "expectedoutput", "expected", "output", "deliverable", "result")
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9]+")
_KEY_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}")
_BETWEEN_NAMES = re.compile(r"\s*[,;]\s*")
_NUMBERED = re.compile(r"(?:(?:task|step)\s*)?#?(\d{1,4})", re.IGNORECASE)
_NOTHING = frozenset({"", "none", "null", "n/a", "-", "[]"})


@dataclass(frozen=True, slots=True)
class DraftTask:
    """A task as the model put it: `agent` and `depends_on` in its words, `key` sure to be a key."""

    key: str
    title: str
    description: str
    agent: str
    depends_on: tuple[str, ...]
    expected_output: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan before anything in it was looked up; `depends_on` holds keys wherever they were found."""

    title: str
    tasks: tuple[DraftTask, ...]


def draft_of(value: object) -> Draft | None:
    """Return the plan that the value is or holds, or None."""
    title, rows = _find(value, 0)
    if rows is None:
        return None
    shaped = [_shaped(row) for row in rows[:_MOST_READ]]
    keys = _keys([(key, title) for key, title, _ in shaped])
    names = _Names(keys, [title for _, title, _ in shaped], [key for key, _, _ in shaped])
    raw = [list(_words(fields, _DEPENDS)) for _, _, fields in shaped]
    names.count_from_zero = any("0" in words for words in raw) and "0" not in keys
    tasks = tuple(
        DraftTask(
            key=key,
            title=task_title[:MAX_TITLE],
            description=_text(fields, _DESCRIPTION)[:MAX_DESCRIPTION],
            agent=next(_words(fields, _AGENTS), ""),
            depends_on=tuple(dict.fromkeys(names.key_of(word) for word in words)),
            expected_output=_text(fields, _EXPECTED)[:MAX_EXPECTED],
        )
        for key, (_, task_title, fields), words in zip(keys, shaped, raw, strict=True)
    )
    return Draft(title[:MAX_TITLE], tasks)


class _Names:
    """The keys of tasks by what else names them: their titles, their numbers."""

    def __init__(self, keys: Sequence[str], titles: Sequence[str], given: Sequence[str]) -> None:
        self.count_from_zero = False
        self._keys = keys
        self._known: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        for key in keys:
            self._known.setdefault(name_key(key), key)
        for key, own in zip(keys, given, strict=True):
            if own:
                self._known.setdefault(name_key(own), key)
        for key, title in zip(keys, titles, strict=True):
            self._known.setdefault(name_key(title), key)
            self._known.setdefault(name_key(_slug(title)), key)

    def key_of(self, word: str) -> str:
        """Return the key that is meant; the word itself, short enough to be told, when there is none."""
        if word not in self._seen:
            self._seen[word] = self._look_up(word)
        return self._seen[word]

    def _look_up(self, word: str) -> str:
        known = self._known.get(name_key(word)) or self._known.get(name_key(_slug(word)))
        if known is not None:
            return known
        if number := _NUMBERED.fullmatch(word):
            place = int(number[1]) - (0 if self.count_from_zero else 1)
            if 0 <= place < len(self._keys):
                return self._keys[place]
        return word[:MAX_KEY]


def _find(value: object, depth: int) -> tuple[str, list[object] | None]:
    if isinstance(value, list):
        rows = cast("list[object]", value)
        looks = bool(rows) and all(_is_task(row) for row in rows[:_MOST_READ])
        return "", rows if looks else None
    if not isinstance(value, dict) or depth > _NESTED:
        return "", None
    fields = _folded(cast("dict[str, object]", value))
    title = _text(fields, _TITLE)
    for name in _TASKS:
        if name in fields and (rows := _rows(fields[name])) is not None:
            return title, rows
    for name in _WRAPPERS:
        if name in fields:
            inner, rows = _find(fields[name], depth + 1)
            if rows is not None:
                return inner or title, rows
    return title, None


def _rows(value: object) -> list[object] | None:
    """Return the tasks, which may be a list, or an object of them by their keys."""
    if isinstance(value, list):
        return cast("list[object]", value)
    if not isinstance(value, dict):
        return None
    named = cast("dict[str, object]", value)
    return [
        {"key": key, **cast("dict[str, object]", row)}
        if isinstance(row, dict)
        else {"key": key, "title": row}
        for key, row in named.items()
    ]


def _is_task(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    fields = _folded(cast("dict[str, object]", row))
    return any(name in fields for name in (*_TITLE, *_DESCRIPTION)) and any(
        name in fields for name in (*_AGENTS, *_DEPENDS)
    )


def _shaped(row: object) -> tuple[str, str, Mapping[str, object]]:
    """Return the key that the model gave, if it did, the title, and all fields of a task."""
    if not isinstance(row, dict):
        return "", _plain(row), {}
    fields = _folded(cast("dict[str, object]", row))
    key = _text(fields, _KEY)
    title = _text(fields, _TITLE)
    if not title:
        title = _text(fields, _DESCRIPTION).partition("\n")[0] or key
    return key, " ".join(title.split()), fields


def _folded(fields: dict[str, object]) -> dict[str, object]:
    folded: dict[str, object] = {}
    for name, value in fields.items():
        folded.setdefault(name.strip().casefold().replace(" ", "_").replace("-", "_"), value)
    return folded


def _keys(named: Sequence[tuple[str, str]]) -> list[str]:
    """Return a key for each task: its own, made fit; one of its title where it has none.

    Two that the model called the same stay the same: that is for it to mend.
    """
    taken = {_fit(key) for key, _ in named if key}
    counts: Counter[str] = Counter()
    keys: list[str] = []
    for place, (key, title) in enumerate(named, 1):
        if key:
            keys.append(_fit(key) or f"task-{place}")
            continue
        base = _slug(title) or f"task-{place}"
        made = base
        while made in taken:
            counts[base] += 1
            made = f"{base[: MAX_KEY - 5]}-{counts[base] + 1}"
        taken.add(made)
        keys.append(made)
    return keys


def _fit(key: str) -> str:
    return key if _KEY_SHAPE.fullmatch(key) else _slug(key)


def _slug(text: str) -> str:
    return _NOT_IN_KEYS.sub("-", name_key(text[:200]))[:MAX_KEY].strip("-")


def _text(fields: Mapping[str, object], names: Iterable[str]) -> str:
    for name in names:
        if name in fields and (text := _plain(fields[name])):
            return text
    return ""


def _words(fields: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    """Yield the names that a field holds, in a list or in one text."""
    for name in names:
        if name not in fields:
            continue
        found = [word for word in _flat(fields[name]) if name_key(word) not in _NOTHING]
        if found:
            yield from found[:_MOST_DEPENDENCIES]
            return


def _flat(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield _plain(item)
    elif isinstance(value, str):
        inner = value.strip().strip("[](){}")
        for word in _BETWEEN_NAMES.split(inner):
            yield word.strip().strip("'\"`").strip()
    else:
        yield _plain(value)


def _plain(value: object) -> str:
    """Return a value as text; of an object what names it, of a list its items in lines."""
    match value:
        case str():
            return storable(value).strip()
        case bool() | None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case list():
            items = [_plain(item) for item in cast("list[object]", value)[:50]]
            return "\n".join(f"- {item}" for item in items if item)
        case dict():
            fields = _folded(cast("dict[str, object]", value))
            for name in (*_KEY, *_TITLE, *_AGENT):
                inner = fields.get(name)
                if isinstance(inner, str | int) and not isinstance(inner, bool):
                    return storable(str(inner)).strip()
            return ""
        case _:
            return ""
