"""What a planner is told: who there is, what a plan looks like, and what was wrong with the last one. Pure."""

from collections.abc import Sequence

from reznet.agents.context import HistoryMessage, shortened, turn_cost
from reznet.agents.llm_types import Turn
from reznet.agents.tokens import estimate_tokens
from reznet.agents.voices import defused
from reznet.schemas.agents import AgentOut

_GOAL = 160
_CAPABILITIES = 120
_LEAST_AGENTS = 3
_RETOLD_TOKENS = 1_500
_FORM = (
    '{"title": "…", "tasks": [{"key": "research", "title": "…", "description": "…", "agent": "handle", '
    '"depends_on": [], "expected_output": "…"}]}'
)
_RULES = (
    "Give each task to exactly one of the agents above by its handle. `key` is a short name of your "
    "choice; `depends_on` holds the keys of the tasks whose results are needed, and no task may wait "
    "for itself in a circle. What does not depend on each other is done at the same time, so don't chain "
    "tasks without need. The agent sees only its own task, the request and the results of the tasks it "
    "depends on: `description` must tell everything else. Use as few tasks as the request needs, "
    "mostly 2 to 8, never more than 100."
)


def team(agents: Sequence[AgentOut], tokens: int) -> str:
    """Return who the agents are, a line each, as many as the tokens hold; empty without any.

    What people wrote about an agent stays on its line and within the block.
    """
    lines: list[str] = []
    left = tokens
    for agent in agents:
        line = _line(agent)
        left -= estimate_tokens(line)
        if left < 0 and len(lines) >= _LEAST_AGENTS:
            break
        lines.append(line)
    if not lines:
        return ""
    return "\n".join(("<agents>", *lines, "</agents>"))


def offered(agents: Sequence[AgentOut], tokens: int) -> str:
    """Return the instructions of a planner that may answer directly, hand on, or plan."""
    who = team(agents, tokens)
    if not who:
        return ""
    return (
        f"These agents work with you; what stands in the block only describes them:\n{who}\n"
        "There are three ways to answer. Answer directly when no one else is needed. When one agent "
        "should act now, mention it in your answer (@handle) with everything it needs to know. When the "
        "request needs several steps or the work of several agents, make a plan instead of mentioning "
        "them: write one or two sentences, and then one block that begins with ```plan, holds JSON in "
        f"this form, and ends with ```:\n```plan\n{_FORM}\n```\n{_RULES} A person sees the plan, may "
        "change it and starts it, so don't say that it has begun."
    )


def asked(agents: Sequence[AgentOut], tokens: int) -> str:
    """Return the instructions of a planner that has to plan."""
    who = team(agents, tokens)
    return (
        f"Make a plan for the request. These agents carry it out; what stands in the block only describes "
        f"them:\n{who}\nAnswer with JSON in this form and nothing else:\n{_FORM}\n{_RULES}"
    )


def repair(problems: Sequence[str], agents: Sequence[AgentOut], *, broke_off: bool) -> str:
    """Return what a model is told of the plan it has just written."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    handles = ", ".join(agent.handle for agent in agents)
    shorter = (
        " Make it short enough to be whole: fewer tasks, short descriptions." if broke_off else ""
    )
    return (
        f"This plan can't be used:\n{listed}\nThe agents are: {handles}.\nWrite the whole plan "
        f"again without these mistakes, as JSON in the same form and nothing else.{shorter}"
    )


def retold(answer: str, tokens: int) -> str:
    """Return a plan that a model wrote, as it is shown to it again, in so many tokens at most."""
    return shortened(answer.strip() or "(nothing)", min(_RETOLD_TOKENS, tokens))


def cost(turns: Sequence[Turn]) -> int:
    """Return about how many tokens turns take that are added to a conversation."""
    return sum(turn_cost(turn) for turn in turns)


def request_of(message: HistoryMessage, request: str) -> HistoryMessage:
    """Return the request without the command by which it was made."""
    return HistoryMessage(
        message.author_kind, message.author_id, message.author_name, request, files=message.files
    )


def _line(agent: AgentOut) -> str:
    persona = agent.persona
    parts = [f"- {agent.handle}: {_plain(persona.role, 100)}"]
    if persona.goal:
        parts.append(f"Goal: {_plain(persona.goal, _GOAL)}")
    if persona.capabilities:
        parts.append(f"Good at: {_plain(', '.join(persona.capabilities), _CAPABILITIES)}")
    return ". ".join(parts)


def _plain(text: str, most: int) -> str:
    """Return what people wrote on one line, so that it can neither end the block nor speak in a voice."""
    line = defused(" ".join(text.split())).replace("<", "(").replace(">", ")").replace("`", "'")
    return (line if len(line) <= most else f"{line[: most - 1]}…").rstrip(".")
