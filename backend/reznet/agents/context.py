"""From what was said in a channel to the turns that a model is given. Pure.

The newest messages are kept, as many as the budget holds; the request itself always, shortened in the middle if it
alone is too long. The agent's own messages are assistant turns. Everybody else's are user turns: a
person's as they are, other agents' under their name, and text that pretends to be such an attribution is
defused, so that nobody can speak in another voice. A tool's call and its result stay together or go together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reznet.agents.llm_types import Turn

CHARS_PER_TOKEN = 4  # the usual rule of thumb for English; other scripts count bytes
_TURN_OVERHEAD = 4  # tokens that a turn costs besides its text
_CUT = "\n[… shortened …]\n"
_FORGED = re.compile(r"^([ \t>*_]*)\[([^\]\n]{1,60})\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """One message. Those that share a `tool_group` are a call and its results, and stay together."""

    author_kind: Literal["user", "agent", "system"] | str
    author_id: str | None
    author_name: str
    text: str
    tool_group: str | None = None


def build_context(
    history: Sequence[HistoryMessage], *, agent_id: str, budget_tokens: int
) -> list[Turn]:
    """Return turns that fit the budget, from a user's on, never blank, roles in alternation.

    `history` is oldest first and ends with the request, which is kept in any case.
    """
    *earlier, request = history
    last = _turn(request, agent_id)
    text = shortened(last.text, max(1, budget_tokens - _TURN_OVERHEAD))
    kept = [Turn("user", text)]
    left = budget_tokens - _cost(kept[0])
    for group in _newest_groups(earlier):
        turns = [_turn(message, agent_id) for message in group if _is_said(message)]
        cost = sum(_cost(turn) for turn in turns)
        if cost > left:
            break
        left -= cost
        kept = turns + kept
    return _alternating(kept)


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text is: a quarter of its UTF-8 bytes, rounded up."""
    return -(-len(text.encode()) // CHARS_PER_TOKEN)


def shortened(text: str, tokens: int) -> str:
    """Return the text if it fits, else its beginning and end around a mark of the cut."""
    if estimate_tokens(text) <= tokens:
        return text
    room = max(0, tokens * CHARS_PER_TOKEN - len(_CUT.encode()))
    data = text.encode()
    head, tail = data[: room - room // 3], data[len(data) - room // 3 :]
    return f"{head.decode(errors='ignore')}{_CUT}{tail.decode(errors='ignore')}"


def _is_said(message: HistoryMessage) -> bool:
    """The system's notices are for people; blank texts are answers that failed or never came."""
    return message.author_kind != "system" and bool(message.text.strip())


def _newest_groups(earlier: Sequence[HistoryMessage]) -> Iterator[list[HistoryMessage]]:
    """Yield messages, newest first; those of one tool call at once."""
    index = len(earlier) - 1
    while index >= 0:
        start = index
        group = earlier[index].tool_group
        while group is not None and start > 0 and earlier[start - 1].tool_group == group:
            start -= 1
        yield list(earlier[start : index + 1])
        index = start - 1


def _turn(message: HistoryMessage, agent_id: str) -> Turn:
    if message.author_kind == "agent" and message.author_id == agent_id:
        return Turn("assistant", message.text)
    text = _FORGED.sub(r"\1(\2):", message.text)
    if message.author_kind == "agent":
        return Turn("user", f"[{message.author_name}]: {text}")
    return Turn("user", text)


def _cost(turn: Turn) -> int:
    return estimate_tokens(turn.text) + _TURN_OVERHEAD


def _alternating(turns: Sequence[Turn]) -> list[Turn]:
    """Join neighbours of one role; drop the agent's own words before the first of somebody else."""
    joined: list[Turn] = []
    for turn in turns:
        if not joined and turn.role == "assistant":
            continue
        if joined and joined[-1].role == turn.role:
            joined[-1] = Turn(turn.role, f"{joined[-1].text}\n\n{turn.text}")
        else:
            joined.append(turn)
    return joined
