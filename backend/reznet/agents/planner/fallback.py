"""A simple plan made from the request itself, for models that can't make one. Pure and deterministic.

Steps that the request lists, or agents that it mentions, become tasks one after the other; anything else is
one task for the agent whose role has most words in common with it.
"""

import re
from collections.abc import Sequence

from reznet.schemas.agents import AgentOut
from reznet.workflows.agent_names import AgentNames
from reznet.workflows.plan import Plan, PlanTask
from reznet.workflows.requests import title_of

_MOST_STEPS = 20
_MAX_TITLE = 80
_MAX_DESCRIPTION = 4_000
_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|\(?\d{1,2}[.):]|[a-z][.)])[ \t]+(\S.*)$", re.MULTILINE)
_MARK = re.compile(r"^(?:[-*+•]|\(?\d{1,2}[.):])\s+")
_INLINE_ITEM = re.compile(r"(?:^|\s)\(?\d{1,2}[.)]\s+")
_THEN = re.compile(
    r"(?:[.;,\n]|\band\b)\s*(?:and\s+)?(?:(?:then|after that|afterwards|finally)\b,?|next,)\s*",
    re.IGNORECASE,
)
_MENTION = re.compile(r"(?<!\w)@([\w-]+)")
_AND_AT_THE_END = re.compile(r"[\s,]+(?:and|or)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
# Words of people's requests that say nothing about who should do it.
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "our",
        "your",
        "please",
        "make",
        "create",
        "write",
        "into",
        "about",
        "what",
        "how",
        "who",
        "when",
        "should",
        "would",
        "could",
        "can",
        "will",
        "have",
        "has",
        "are",
        "all",
        "any",
        "each",
        "use",
        "using",
        "need",
        "needs",
        "want",
        "plan",
    ]
)
_STEM = 4  # letters that two forms of a word have in common


def simple_plan(request: str, agents: Sequence[AgentOut], planner: AgentOut) -> Plan:
    """Return the plan; `planner` does what fits none of the agents."""
    workers = [agent for agent in agents if agent.id != planner.id]
    names = AgentNames(workers)
    steps = _steps(request) or _clauses_by_mention(request, names)
    if len(steps) < 2:
        steps = [request.strip()]
    tasks: list[PlanTask] = []
    for place, step in enumerate(steps[:_MOST_STEPS], 1):
        mentioned = [found for word in _MENTION.findall(step) if (found := names.find(word))]
        agent = mentioned[0] if mentioned else _most_fitting(step, workers) or planner
        tasks.append(
            PlanTask(
                key=f"step-{place}",
                title=_title(step),
                agent=agent.handle,
                description=step[:_MAX_DESCRIPTION],
                depends_on=(f"step-{place - 1}",) if place > 1 else (),
            )
        )
    title = _title(_MARK.sub("", title_of(request))).rstrip(":")
    return Plan(title, tuple(tasks))


def _steps(request: str) -> list[str]:
    """Return the items of a list, of numbers within a line, or of a `first … then … finally`."""
    items = [item.strip() for item in _ITEM.findall(request)]
    if len(items) > 1:
        return items
    parts = [part.strip(" ,;") for part in _INLINE_ITEM.split(request)]
    if len(parts) > 2:
        return [part for part in parts[1:] if part]
    parts = [part.strip(" ,;.") for part in _THEN.split(request)]
    return [part for part in parts if part] if len(parts) > 1 else []


def _clauses_by_mention(request: str, names: AgentNames[AgentOut]) -> list[str]:
    """Return the text from each agent's mention to the next one's, with what stands before the first."""
    starts = [mention.start() for mention in _MENTION.finditer(request) if names.find(mention[1])]
    if len(starts) < 2:
        return []
    ends = [*starts[1:], len(request)]
    before = _without_mentions(request[: starts[0]])
    clauses = [
        _AND_AT_THE_END.sub("", request[start:end].strip(" ,;.\n"))
        for start, end in zip(starts, ends, strict=True)
    ]
    if all(not _WORD.search(_without_mentions(clause)) for clause in clauses[:-1]):
        # `@a and @b: do this` is one request to each.
        last = _without_mentions(clauses[-1])
        what = f"{before} {last}".strip() or request
        return [f"@{request[start + 1 :].split()[0].strip(',.;:')} {what}" for start in starts]
    return [f"{before} {clause}".strip() if before else clause for clause in clauses]


def _most_fitting(step: str, agents: Sequence[AgentOut]) -> AgentOut | None:
    """Return the agent whose role, goal and capabilities share most words with the step; None if none do."""
    wanted = _stems(step)
    best: AgentOut | None = None
    most = 0
    for agent in agents:
        persona = agent.persona
        described = " ".join((agent.name, persona.role, persona.goal, *persona.capabilities))
        shared = len(wanted & _stems(described))
        if shared > most:
            best, most = agent, shared
    return best


def _stems(text: str) -> set[str]:
    words = (word.casefold() for word in _WORD.findall(text[:_MAX_DESCRIPTION]))
    return {word[:_STEM] for word in words if word not in _COMMON}


def _title(step: str) -> str:
    plain = _without_mentions(step) or step
    line = title_of(plain)
    return f"{line[:1].upper()}{line[1:]}"[:_MAX_TITLE]


def _without_mentions(text: str) -> str:
    return " ".join(_MENTION.sub(" ", text).split()).strip(" ,;:")
