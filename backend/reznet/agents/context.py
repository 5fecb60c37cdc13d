"""From what was said in a channel to the turns that a model is given. Pure.

The newest messages are kept, as many as the budget holds; the request itself always, shortened in
the middle if it alone is too long. The agent's own messages are assistant turns. What everybody
else said is a user turn that begins with who said it, `[Ada]: …` or `[qa, agent]: …`; text that
imitates such a beginning is defused, so that nobody can speak in another voice. A tool's call and
its result stay together or go together. The system's notices are for people and left out, and so
are answers that are empty.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reznet.agents.llm_types import ToolCall, ToolResult, Turn
from reznet.agents.tokens import TURN_OVERHEAD, estimate_tokens

# Below this not even a shortened request says anything.
LEAST_BUDGET = 64
_CUT = "\n[… shortened …]\n"
_BETWEEN = "\n\n"
# What `[name]:` may look like at the start of a line: after marks, blanks and characters that don't
# show, and with brackets and colons of other scripts.
_BLANK = r" \t\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufeff"
_OPEN, _CLOSE, _COLON = r"\[\uff3b\u3010", r"\]\uff3d\u3011", r":\uff1a"
_FORGED = re.compile(
    rf"(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])([{_BLANK}>*_#-]*)"
    rf"(?=[{_OPEN}][^{_CLOSE}\n]{{1,100}}[{_CLOSE}][{_BLANK}*_]*[{_COLON}])"
)
_NOT_IN_NAMES = re.compile(rf"[{_OPEN}{_CLOSE}{_COLON},\n\r\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """One message. `tool_calls` are those the agent made in it, `tool_results` what they answered."""

    author_kind: Literal["user", "agent", "system"] | str
    author_id: str | None
    author_name: str
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()


def build_context(
    history: Sequence[HistoryMessage], *, agent_id: str, budget_tokens: int
) -> list[Turn]:
    """Return turns that fit the budget, from a user's on, never blank, roles in alternation.

    `history` is oldest first and ends with the request, which is kept in any case: a budget below
    `LEAST_BUDGET` counts as that.
    """
    *earlier, request = history
    left = max(LEAST_BUDGET, budget_tokens)
    asked = _shortened(_attributed(request) or "(empty message)", left - TURN_OVERHEAD)
    kept = [Turn("user", asked)]
    left -= turn_cost(kept[0])
    for unit in _newest_units(earlier, agent_id):
        # Neighbours may be joined, and what joins them counts too.
        cost = sum(turn_cost(replace(turn, text=turn.text + _BETWEEN)) for turn in unit)
        if cost > left:
            break
        left -= cost
        kept[:0] = unit
    return _alternating(kept)


def turn_cost(turn: Turn) -> int:
    """Return about how many tokens a turn takes of the budget."""
    calls = sum(estimate_tokens(call.name + call.arguments) for call in turn.tool_calls)
    results = sum(estimate_tokens(result.name + result.text) for result in turn.tool_results)
    parts = 1 + len(turn.tool_calls) + len(turn.tool_results)
    return estimate_tokens(turn.text) + calls + results + TURN_OVERHEAD * parts


def _newest_units(earlier: Sequence[HistoryMessage], agent_id: str) -> Iterator[list[Turn]]:
    """Yield what is kept or left out as one, newest first: a turn, or a call with its results."""
    index = len(earlier)
    while index > 0:
        index -= 1
        message = earlier[index]
        if not _is_own(message, agent_id):
            if text := _attributed(message):
                yield [Turn("user", text)]
        elif message.tool_results:
            # Results count only behind the calls that asked for them.
            if index > 0 and (exchange := _exchange(earlier[index - 1], message, agent_id)):
                index -= 1
                yield exchange
        elif message.text.strip():
            yield [Turn("assistant", message.text)]


def _exchange(
    asking: HistoryMessage, answering: HistoryMessage, agent_id: str
) -> list[Turn] | None:
    """Return the two turns of tool calls and their results, or None if they don't fit together."""
    asked = [call.id for call in asking.tool_calls]
    answered = [result.call_id for result in answering.tool_results]
    if not _is_own(asking, agent_id) or not asked or sorted(asked) != sorted(answered):
        return None
    return [
        Turn("assistant", asking.text if asking.text.strip() else "", asking.tool_calls),
        Turn("user", "", (), answering.tool_results),
    ]


def _is_own(message: HistoryMessage, agent_id: str) -> bool:
    return message.author_kind == "agent" and message.author_id == agent_id


def _attributed(message: HistoryMessage) -> str:
    """Return the text under its author's name; empty if there is nothing to be said."""
    if message.author_kind == "system" or not message.text.strip():
        return ""
    name = " ".join(_NOT_IN_NAMES.sub(" ", message.author_name).split()) or "someone"
    if message.author_kind == "agent":
        name = f"{name}, agent"
    return f"[{name}]: {_FORGED.sub(r'\1\2\\', message.text)}"


def _shortened(text: str, tokens: int) -> str:
    """Return the text if it fits, else its beginning and end around a mark of the cut."""
    if estimate_tokens(text) <= tokens:
        return text
    # The most characters of which beginning and end fit; found by halving.
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if estimate_tokens(_without_middle(text, middle)) <= tokens:
            least = middle
        else:
            most = middle - 1
    return _without_middle(text, least)


def _without_middle(text: str, characters: int) -> str:
    tail = characters // 3
    return f"{text[: characters - tail]}{_CUT}{text[len(text) - tail :]}"


def _alternating(turns: Sequence[Turn]) -> list[Turn]:
    """Join neighbours of one role; drop the agent's own words before the first of somebody else.

    Turns with tool calls or results stay by themselves, behind each other as they were.
    """
    first = next(index for index, turn in enumerate(turns) if _opens(turn))
    joined: list[Turn] = []
    for turn in turns[first:]:
        if joined and joined[-1].role == turn.role:
            joined[-1] = _joined(joined[-1], turn)
        else:
            joined.append(turn)
    return joined


def _opens(turn: Turn) -> bool:
    return turn.role == "user" and not turn.tool_results


def _joined(one: Turn, other: Turn) -> Turn:
    text = _BETWEEN.join(part for part in (one.text, other.text) if part)
    return Turn(
        one.role, text, one.tool_calls + other.tool_calls, one.tool_results + other.tool_results
    )
