"""What a request to the fake upstream gets: scenarios, and the state that scripts and counters live in."""

from __future__ import annotations

import collections
import dataclasses
import json
import re
import time
import urllib.parse
from typing import Any

HTTP_FAILS = {400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529}
STREAM_FAILS = {
    "reset_mid",
    "close_mid",
    "truncate",
    "malformed",
    "badutf8",
    "error_mid",
    "hang_mid",
    "hang_first",
}
_MARK = re.compile(r"\bmark-[a-z0-9-]+")
_WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi"
WORDS = _WORDS.split()


@dataclasses.dataclass(slots=True)
class Scenario:
    """Everything that decides one answer. Field names are the knobs accepted in model names and scripts."""

    ttft: float = 0.0  # seconds before the first token
    rate: float = 0.0  # tokens a second; 0 = unpaced
    n: int = 20  # tokens to produce (ignored when `text` is given)
    text: str = ""  # explicit text
    size: int = 0  # characters of an explicit text in a token; 0 = a word
    think: int = 0  # thinking tokens sent before the text
    fail: str = ""  # failure mode
    at: int = 5  # token index at which an in-stream failure strikes
    times: int = 0  # fail only this many times per `key` (0 = always)
    key: str = ""  # counter key for `times`
    retry_after: str = ""  # Retry-After header on failures
    tool: str = ""  # tool to call while the conversation holds no tool result
    args: str = "{}"  # its arguments, JSON
    script: str = ""  # name of a script set through /_ctl/scripts

    def update(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name not in Scenario.__dataclass_fields__:
                continue
            kind = type(getattr(self, name))
            if kind is str and not isinstance(value, str):
                value = json.dumps(value)
            setattr(self, name, kind(value))

    def tokens(self) -> list[str]:
        if self.fail == "empty":
            return []
        if self.text and self.size:
            return [self.text[at : at + self.size] for at in range(0, len(self.text), self.size)]
        if self.text:
            words = self.text.split(" ")
            return [w if i == 0 else " " + w for i, w in enumerate(words)]
        return [(" " if i else "") + WORDS[i % len(WORDS)] for i in range(self.n)]


class State:
    """Process-wide counters and configuration."""

    def __init__(self) -> None:
        self.initial = Scenario()
        self.reset()

    def reset(self) -> None:
        self.defaults = dataclasses.replace(self.initial)
        self.scripts: dict[str, list[dict[str, Any]]] = {}
        self.fail_counts: collections.Counter[str] = collections.Counter()
        self.counts: collections.Counter[str] = collections.Counter()
        self.seen_prefixes: set[str] = set()
        self.marked: list[dict[str, Any]] = []
        self.requests: collections.deque[dict[str, Any]] = collections.deque(maxlen=50)
        self.live = 0
        self.peak = 0

    def mark(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """Note a request whose last turn holds a mark, such as `mark-7`, the last one counts; return the note."""
        text = str((body.get("messages") or [{}])[-1].get("content", ""))
        found = _MARK.findall(text)
        if not found:
            return None
        note = {"mark": found[-1], "text": text, "began": time.time(), "ended": None}
        self.marked.append(note)
        return note

    def scenario(self, model: str) -> Scenario:
        sc = dataclasses.replace(self.defaults)
        overrides: dict[str, Any] = {}
        _, *pairs = model.split(";")
        for pair in pairs:
            name, _, value = pair.partition("=")
            overrides[name] = urllib.parse.unquote(value)
        script = self.scripts.get(str(overrides.get("script", sc.script)))
        if script:
            sc.update(script.pop(0) if len(script) > 1 else script[0])
        sc.update(overrides)
        if sc.fail and sc.times:
            key = sc.key or model
            if self.fail_counts[key] >= sc.times:
                sc.fail = ""
            else:
                self.fail_counts[key] += 1
        return sc


STATE = State()


def dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def count_tokens(value: Any) -> int:
    return max(1, len(json.dumps(value, default=str)) // 4)
