"""What people see of an answer while it comes: prose as it is, a plan as a growing list of its tasks. Pure.

Text can only be added to what was shown, so whatever may be the beginning of a plan is held back until it is
clear what it is. Linear in the text, however small its pieces are.
"""

import re
from enum import Enum, auto

PLANNING = "_Planning…_\n"
_MOST_HELD = 6_000
_MOST_LISTED = 100
_MOST_TITLE = 200
# A line that may begin a plan, and the end of a text that may become such a line.
_SUSPECT = re.compile(r"(?:^|(?<=\n))[ \t]{0,3}(?:```|\{)")
_UNDECIDED = re.compile(r"(?:^|\n)[ \t]{0,3}`{0,2}\Z")
_FENCE = re.compile(r"[ \t]*```+[ \t]*([\w-]*)[^\n]*\n")
_CLOSING = re.compile(r"(?:^|\n)[ \t]*```+[ \t]*(?:\n|\Z)")
_TASKS = re.compile(r"[\"']?\b(?:tasks|steps|subtasks)[\"']?\s*:")
_AGENT = re.compile(r"[\"']?\b(?:agent|assignee|assigned_to|depends_on|dependencies)[\"']?\s*:")
_TITLE = re.compile(
    r"(?<!\\)([\"'])(?:title|name)\1\s*:\s*([\"'])((?:[^\\\n]|\\.){1,300}?)\2\s*[,}]"
)
_LONGEST_TITLE = 400
_LONGEST_NAME = 40


class _State(Enum):
    PROSE = auto()
    CODE = auto()  # within a fence that is not a plan's
    HELD = auto()
    PLAN = auto()


class LiveText:
    """Takes an answer piece by piece and says what of it is to be shown."""

    _state: _State
    _held: str
    _at_line_start: bool
    _shown: bool
    _announced: bool
    _has_tasks: bool
    _has_agent: bool
    _titles: "_Titles | None"

    def __init__(self, *, only_plan: bool = False) -> None:
        """Begin; `only_plan`: the whole answer is a plan."""
        self._only_plan = only_plan
        self.restart()

    def restart(self) -> None:
        """Begin anew: what came before is void."""
        self._state = _State.PLAN if self._only_plan else _State.PROSE
        self._held = ""
        self._at_line_start = True
        self._shown = False
        self._titles = _Titles() if self._only_plan else None
        self._announced = False

    @property
    def is_plan(self) -> bool:
        """Whether a plan has begun."""
        return self._state is _State.PLAN

    def add(self, text: str) -> str:
        """Return what is to be shown now that this text has come."""
        shown: list[str] = []
        while True:
            state = self._state
            text = self._step(text, shown)
            if not text and self._state is state:
                break
        return "".join(shown)

    def rest(self) -> str:
        """Return what was held back, when the answer is over and holds no plan."""
        rest, self._held = self._held, ""
        return rest

    def _step(self, text: str, shown: list[str]) -> str:
        """Work on the text in the present state, and return what is left of it for another one."""
        match self._state:
            case _State.PROSE:
                return self._prose(text, shown)
            case _State.CODE:
                return self._code(text, shown)
            case _State.HELD:
                return self._decide(text, shown)
            case _State.PLAN:
                self._list(text, shown)
                return ""

    def _prose(self, text: str, shown: list[str]) -> str:
        text, self._held = self._held + text, ""
        suspect = _SUSPECT.search(text, 0 if self._at_line_start else 1)
        if suspect is not None:
            self._show(text[: suspect.start()], shown)
            self._state = _State.HELD
            self._has_tasks = self._has_agent = False
            return text[suspect.start() :]
        undecided = _UNDECIDED.search(text, max(0, len(text) - 8))
        start = len(text)
        if undecided is not None and (undecided[0].startswith("\n") or self._at_line_start):
            start = undecided.start() + (1 if undecided[0].startswith("\n") else 0)
        self._held = text[start:]
        self._show(text[:start], shown)
        return ""

    def _code(self, text: str, shown: list[str]) -> str:
        text, self._held = self._held + text, ""
        closing = _CLOSING.search(text)
        if closing is not None and closing.end() < len(text):
            self._show(text[: closing.end()], shown)
            self._state = _State.PROSE
            return text[closing.end() :]
        # The last line may become the closing fence.
        start = max(0, text.rfind("\n"), len(text) - _LONGEST_TITLE)
        self._show(text[:start], shown)
        self._held = text[start:]
        return ""

    def _decide(self, text: str, shown: list[str]) -> str:
        self._held += text
        held = self._held
        fence = _FENCE.match(held)
        is_fence = "`" in held[:6]
        if is_fence and fence is None:
            return self._as_prose(shown) if len(held) > _LONGEST_TITLE else ""
        info = fence[1].lower() if fence is not None else "json"
        body = fence.end() if fence is not None else 0
        if info == "plan":
            return self._as_plan(body, shown)
        inside = held[body : body + 80].lstrip()
        if info not in {"", "json", "json5", "yaml"} or (inside and inside[0] not in "{["):
            return self._as_prose(shown)
        # What came before has been looked at.
        since = max(body, len(held) - len(text) - _LONGEST_NAME)
        self._has_tasks = self._has_tasks or _TASKS.search(held, since) is not None
        self._has_agent = self._has_agent or _AGENT.search(held, since) is not None
        if self._has_tasks and self._has_agent:
            return self._as_plan(body, shown)
        closed = fence is not None and _CLOSING.search(held, body) is not None
        return self._as_prose(shown) if closed or len(held) > _MOST_HELD else ""

    def _as_plan(self, body: int, shown: list[str]) -> str:
        text, self._held = self._held[body:], ""
        self._state = _State.PLAN
        self._titles = _Titles()
        self._list(text, shown)
        return ""

    def _as_prose(self, shown: list[str]) -> str:
        text, self._held = self._held, ""
        fence = re.match(r"[ \t]*```+[^\n]*", text)
        # Of a bare object all but the last line, which may begin something else.
        opening = fence.end() if fence is not None else max(text.rfind("\n"), text.index("{") + 1)
        self._state = _State.CODE if fence is not None else _State.PROSE
        self._show(text[:opening], shown)
        return text[opening:]

    def _list(self, text: str, shown: list[str]) -> None:
        assert self._titles is not None  # noqa: S101 - made when the state became this
        if not self._announced and text:
            self._announced = True
            shown.append(f"\n\n{PLANNING}" if self._shown else PLANNING)
        shown += [f"\n{number}. {title}" for number, title in self._titles.add(text)]

    def _show(self, text: str, shown: list[str]) -> None:
        if text:
            shown.append(text)
            self._shown = self._shown or not text.isspace()
            self._at_line_start = text.endswith("\n")


class _Titles:
    """Finds the titles of tasks in a plan while it comes."""

    def __init__(self) -> None:
        self._tail = ""
        self._in_tasks = False
        self._count = 0

    def add(self, text: str) -> list[tuple[int, str]]:
        """Return the titles that this text has made complete, with their numbers."""
        text = self._tail + text
        at = 0
        if not self._in_tasks:
            tasks = _TASKS.search(text)
            if tasks is None and not text.lstrip().startswith("["):
                self._tail = text[-_LONGEST_TITLE:]
                return []
            self._in_tasks = True
            at = tasks.end() if tasks is not None else 0
        found: list[tuple[int, str]] = []
        for title in _TITLE.finditer(text, at):
            at = title.end()
            self._count += 1
            if self._count <= _MOST_LISTED:
                found.append((self._count, _plain(title[3])))
        self._tail = text[max(at, len(text) - _LONGEST_TITLE) :]
        return found


def _plain(title: str) -> str:
    words = re.sub(r"\\(?:u[0-9a-fA-F]{4}|.)", " ", title).split()
    return " ".join(words)[:_MOST_TITLE]
