"""From what was said in a channel to the turns that a model is given. Pure.

The newest messages are kept, as many as the budget holds; the request itself always, shortened in
the middle if it alone is too long. The agent's own messages are assistant turns. What everybody
else said is a user turn that begins with who said it, `[Ada]: …` or `[qa, agent]: …`; text that
imitates such a beginning is defused, so that nobody can speak in another voice. Files follow the
message that they hang on; those of the request may take most of the budget. A tool's call and its
result stay together or go together. The system's notices are for people and left out, and so are
answers that are empty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reznet.agents.attachments import AttachedFile, file_parts, most_that_fits
from reznet.agents.llm_types import ToolCall, ToolResult, Turn
from reznet.agents.tokens import TURN_OVERHEAD, estimate_tokens
from reznet.agents.voices import defused, voice

# Below this not even a shortened request says anything.
LEAST_BUDGET = 64
_CUT = "\n[… shortened …]\n"
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """One message. `tool_calls` are those the agent made in it, `tool_results` what they answered."""

    author_kind: Literal["user", "agent", "system"] | str
    author_id: str | None
    author_name: str
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """What a model is given of the history, and how many messages that is, the request included."""

    turns: list[Turn]
    messages: int


def build_context(
    history: Sequence[HistoryMessage], *, agent_id: str, budget_tokens: int, preface: str = ""
) -> list[Turn]:
    """Return turns that fit the budget, from a user's on, never blank, roles in alternation.

    `history` is oldest first and ends with the request, which is kept in any case: a budget below
    `LEAST_BUDGET` counts as that. `preface` is told right before the request.
    """
    return build_window(
        history, agent_id=agent_id, budget_tokens=budget_tokens, preface=preface
    ).turns


def build_window(
    history: Sequence[HistoryMessage], *, agent_id: str, budget_tokens: int, preface: str = ""
) -> Window:
    """Return the turns as `build_context` does, and how much of the history they hold."""
    *earlier, request = history
    left = max(LEAST_BUDGET, budget_tokens)
    room = left - TURN_OVERHEAD - estimate_tokens(preface and preface + _BETWEEN)
    asked = _asked(request, room, is_alone=not earlier)
    kept = [Turn("user", f"{preface}{_BETWEEN}{asked}" if preface else asked)]
    left -= turn_cost(kept[0])
    oldest = len(earlier)
    for index, forms in _newest_units(earlier, agent_id, budget_tokens):
        costs = [(_cost(unit), unit) for unit in forms]
        cost, unit = next((form for form in costs if form[0] <= left), (0, None))
        if unit is None:
            break
        left -= cost
        kept[:0] = unit
        oldest = index
    return Window(_alternating(kept), len(history) - oldest)


def turn_cost(turn: Turn) -> int:
    """Return about how many tokens a turn takes of the budget."""
    calls = sum(estimate_tokens(call.name + call.arguments) for call in turn.tool_calls)
    results = sum(estimate_tokens(result.name + result.text) for result in turn.tool_results)
    parts = 1 + len(turn.tool_calls) + len(turn.tool_results)
    return estimate_tokens(turn.text) + calls + results + TURN_OVERHEAD * parts


def _asked(request: HistoryMessage, tokens: int, *, is_alone: bool) -> str:
    """Return the request with its files; what was said before keeps a part of the room."""
    text = _attributed(request)
    if not request.files:
        return shortened(text or "(empty message)", tokens)
    text = shortened(text, tokens) if text else ""
    room = tokens - estimate_tokens(text)
    parts = _told(request, text, room if is_alone else room * 3 // 4)
    return shortened(parts, tokens)


def _told(message: HistoryMessage, text: str, tokens: int) -> str:
    """Return the text, and what of the message's files fits the tokens."""
    author = voice(message.author_kind, message.author_name)
    parts = (text, *file_parts(author, message.files, tokens))
    return _BETWEEN.join(part for part in parts if part)


def _cost(unit: Sequence[Turn]) -> int:
    """Return what turns take of the budget; neighbours may be joined, and what joins them counts too."""
    return sum(turn_cost(replace(turn, text=turn.text + _BETWEEN)) for turn in unit)


def _newest_units(
    earlier: Sequence[HistoryMessage], agent_id: str, budget: int
) -> Iterator[tuple[int, list[list[Turn]]]]:
    """Yield what is kept or left out as one, newest first: a turn, or a call with its results.

    Each with the place where it begins, and in its forms, the fullest first: a message's files may be given in full, in part, or by name.
    """
    index = len(earlier)
    while index > 0:
        index -= 1
        message = earlier[index]
        if not _is_own(message, agent_id):
            if forms := _forms(message, budget):
                yield index, [[Turn("user", form)] for form in forms]
        elif message.tool_results:
            # Results count only behind the calls that asked for them.
            if index > 0 and (exchange := _exchange(earlier[index - 1], message, agent_id)):
                index -= 1
                yield index, [exchange]
        elif message.text.strip():
            yield index, [[Turn("assistant", message.text)]]


def _forms(message: HistoryMessage, budget: int) -> list[str]:
    text = _attributed(message)
    if not message.files or message.author_kind == "system":
        return [text] if text else []
    return [_told(message, text, share) for share in (budget // 2, budget // 8, 0)]


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
    return f"[{voice(message.author_kind, message.author_name)}]: {defused(message.text)}"


def shortened(text: str, tokens: int) -> str:
    """Return the text if it fits, else its beginning and end around a mark of the cut."""
    if estimate_tokens(text) <= tokens:
        return text
    characters = most_that_fits(
        len(text), lambda most: estimate_tokens(_without_middle(text, most)) <= tokens
    )
    return _without_middle(text, characters)


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
