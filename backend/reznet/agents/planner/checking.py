"""What a model's answer comes to: a plan that can be run, or everything that is wrong with it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reznet.agents.planner.drafts import MAX_TITLE, Draft
from reznet.agents.planner.reading import read_plan
from reznet.schemas.agents import AgentOut
from reznet.workflows.agent_names import AgentNames
from reznet.workflows.graph import problems_of
from reznet.workflows.plan import Plan, PlanTask, Problem
from reznet.workflows.requests import title_of

_MOST_NAMED = 8
_OF_TASK = re.compile(r"tasks\.(\d+)(?:\.(\w+))?")
_FIELDS = {"depends_on": "waits for", "agent": "agent", "key": "key"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A plan, or sentences about what keeps the answer from being one.

    `is_legible` tells whether there was anything like a plan in it; `broke_off` whether it ended too early;
    `intro` is what was said before the plan.
    """

    plan: Plan | None
    problems: tuple[str, ...] = ()
    is_legible: bool = True
    broke_off: bool = False
    intro: str = ""


def check(text: str, agents: Sequence[AgentOut], *, request: str, ended_early: bool) -> Checked:
    """Return what the text comes to, for a request and the agents that may be given tasks.

    `ended_early` is set when the model did not come to its end.
    """
    reading = read_plan(text)
    draft = reading.draft
    if draft is None or reading.broke_off:
        broke_off = reading.broke_off or (ended_early and bool(text.strip()))
        problem = _broke_off(draft) if broke_off else "the answer holds no plan in JSON"
        is_legible = draft is not None and bool(draft.tasks)
        return Checked(
            None, (problem,), is_legible=is_legible, broke_off=broke_off, intro=reading.intro
        )
    names = AgentNames(agents)
    tasks = [
        PlanTask(
            key=task.key,
            title=task.title or task.key,
            agent=found.handle if (found := names.find(task.agent)) else task.agent,
            description=task.description,
            depends_on=task.depends_on,
            expected_output=task.expected_output,
        )
        for task in draft.tasks
    ]
    problems = problems_of(tasks, {agent.handle for agent in agents})
    if problems:
        return Checked(None, _told(problems, tasks), intro=reading.intro)
    title = " ".join(draft.title.split()) or title_of(request)
    return Checked(Plan(title[:MAX_TITLE], tuple(tasks)), intro=reading.intro)


def _broke_off(draft: Draft | None) -> str:
    count = len(draft.tasks) if draft is not None else 0
    if not count:
        return "the answer broke off before the plan was whole"
    return f"the plan broke off in the middle, at its task {count}"


def _told(problems: Sequence[Problem], tasks: Sequence[PlanTask]) -> tuple[str, ...]:
    told = [_sentence(problem, tasks) for problem in problems[:_MOST_NAMED]]
    if len(problems) > _MOST_NAMED:
        told.append(f"and {len(problems) - _MOST_NAMED} more of that kind")
    return tuple(told)


def _sentence(problem: Problem, tasks: Sequence[PlanTask]) -> str:
    place = _OF_TASK.fullmatch(problem.field)
    if place is None:
        return problem.message
    index, field = int(place[1]), place[2] or ""
    task = tasks[index]
    if field == "agent" and not task.agent:
        return f"task {index + 1} (“{task.key}”) names no agent"
    about = f", {_FIELDS[field]}" if field in _FIELDS else ""
    return f"task {index + 1} (“{task.key}”){about}: {problem.message}"
