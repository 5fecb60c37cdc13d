"""What `reznet ask` shows: several answers may stream at once, one is shown at a time."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.text import Text

from reznet.cli.console import err, note, out, plain

_FINAL = {"completed", "failed", "cancelled"}


@dataclass
class _Answer:
    task_id: str
    agent: str = ""
    text: str = ""
    attempt: int = 0
    shown: int = 0
    task: Mapping[str, Any] = field(default_factory=dict[str, Any])
    message: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_over(self) -> bool:
        return self.task.get("status") in _FINAL and (
            self.message.get("status") != "streaming" or not self.message
        )


class Answers:
    """Collects the events of the runs that one question started, and prints them in order."""

    def __init__(self, *, quiet: bool) -> None:
        """Start with nobody asked; `quiet` collects without printing."""
        self.finished = asyncio.Event()
        self._quiet = quiet
        self._expected: set[str] = set()
        self._answers: dict[str, _Answer] = {}
        self._current: str | None = None
        self._printed: set[str] = set()

    def expect(self, task_ids: Iterable[str]) -> None:
        """Wait for these runs, and for those that they start."""
        self._expected.update(task_ids)
        self._show()

    def on_delta(self, delta: Mapping[str, Any]) -> None:
        """Take more text of an answer; what does not fit on is left to the final message."""
        answer = self._of(delta["task_id"])
        if delta["attempt"] < answer.attempt:
            return
        if delta["attempt"] > answer.attempt:
            self._restart(answer, delta["attempt"])
        if delta["offset"] == len(answer.text):
            answer.text += delta["text"]
        self._show()

    def on_message(self, event: Mapping[str, Any]) -> None:
        """Take the state of an answer."""
        message = event["message"]
        if message["task_id"] is None:
            if message["author"]["kind"] == "system" and self._expected and not self._quiet:
                err.print(Text(plain(message["content"]), style="yellow"))
            return
        answer = self._of(message["task_id"])
        answer.message, answer.agent = message, message["author"]["name"]
        if message["attempt"] > answer.attempt:
            self._restart(answer, message["attempt"])
        if len(message["content"]) > len(answer.text) or message["status"] != "streaming":
            answer.text = message["content"]
        self._show()

    def on_task(self, event: Mapping[str, Any]) -> None:
        """Take the state of a run; one that an expected run started is expected too."""
        task = event["task"]
        answer = self._of(task["id"])
        answer.task = task
        answer.agent = answer.agent or task["agent_name"]
        if task["parent_id"] in self._expected:
            self._expected.add(task["id"])
        self._show()

    def unfinished(self) -> list[str]:
        """Return the expected runs that are not over."""
        return [task_id for task_id in self._expected if not self._of(task_id).is_over]

    @property
    def all_completed(self) -> bool:
        """Whether every expected run ended well."""
        return all(
            self._of(task_id).task.get("status") == "completed" for task_id in self._expected
        )

    def results(self) -> list[dict[str, Any]]:
        """Return task and answer of each expected run."""
        return [
            {
                "task": dict(answer.task),
                "message": dict(answer.message) or None,
                "text": answer.text,
            }
            for task_id in sorted(self._expected)
            if (answer := self._of(task_id))
        ]

    def _of(self, task_id: str) -> _Answer:
        return self._answers.setdefault(task_id, _Answer(task_id))

    def _restart(self, answer: _Answer, attempt: int) -> None:
        if answer.shown and not self._quiet:
            out.print()
            err.print(Text("The answer is begun anew.", style="yellow"))
        answer.text, answer.shown, answer.attempt = "", 0, attempt

    def _show(self) -> None:
        """Print what is new of the answer in front, then of those that were waiting behind it."""
        while True:
            waiting = [t for t in self._answers if t in self._expected and t not in self._printed]
            if self._current is None:
                begun = [t for t in waiting if self._of(t).text or self._of(t).is_over]
                if not begun:
                    break
                self._current = begun[0]
                self._print_head(self._of(self._current))
            answer = self._of(self._current)
            self._print_text(answer)
            if not answer.is_over:
                return
            self._print_end(answer)
            self._printed.add(self._current)
            self._current = None
        if self._expected and self._expected <= self._printed:
            self.finished.set()

    def _print_head(self, answer: _Answer) -> None:
        if not self._quiet:
            out.print(Text(plain(answer.agent), style="bold cyan"))

    def _print_text(self, answer: _Answer) -> None:
        if not self._quiet and len(answer.text) > answer.shown:
            out.print(Text(plain(answer.text[answer.shown :])), end="")
            out.file.flush()
        answer.shown = len(answer.text)

    def _print_end(self, answer: _Answer) -> None:
        if self._quiet:
            return
        out.print()
        error = answer.task.get("error")
        if error:
            err.print(Text(f"✗ {plain(error['message'])}", style="red"))
        elif answer.task["status"] == "cancelled":
            err.print(Text("Cancelled.", style="yellow"))
        err.print(Text(_summary(answer.task), style="dim"))
        if str(answer.task.get("model")).endswith("-trial"):
            note(
                "That was a tiny trial model, which knows very little. `reznet doctor` says how to connect a better one."
            )


def _summary(task: Mapping[str, Any]) -> str:
    parts: list[str] = []
    if task.get("model"):
        parts.append(f"{task['provider']}:{task['model']}")
    tokens = task["usage"]["output_tokens"]
    if tokens:
        parts.append(f"{'about ' if task['usage']['estimated'] else ''}{tokens} tokens")
    if task["started_at"] and task["finished_at"]:
        took = datetime.fromisoformat(task["finished_at"]) - datetime.fromisoformat(
            task["started_at"]
        )
        parts.append(f"{took.total_seconds():.1f} s")
    return " · ".join(parts)
