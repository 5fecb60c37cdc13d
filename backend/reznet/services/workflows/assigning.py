"""From what a plan calls its agents to the agents, and whether the whole is a plan."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import FieldError, Invalid
from reznet.repositories import agents
from reznet.repositories.workflow_tasks import Placed
from reznet.schemas.agents import AgentOut
from reznet.schemas.workflows import PlanTaskIn, WorkflowTaskOut
from reznet.workflows.agent_names import AgentNames, likely_handles
from reznet.workflows.graph import problems_of
from reznet.workflows.plan import PlanTask

_COMPARED = 500  # agents among which a misspelt one is looked for
_TOLD = 50  # problems of one answer
_BEGUN = ""  # stands for the agent of a task that has begun: good for it, though it may be gone


@dataclass(frozen=True, slots=True)
class Known:
    """The agents that a plan may mean: by what the plan calls them, and handles to suggest."""

    named: Mapping[str, AgentOut]
    others: tuple[str, ...] = ()


async def look_up(session: WriteSession, texts: Collection[str]) -> Known:
    """Return the agents that the texts name, and keep them from being deleted until the transaction ends.

    Call it before the workflow is locked: whoever deletes an agent comes to its workflows after it.
    """
    handles = {handle for text in texts for handle in likely_handles(text)}
    there = await agents.by_handles(session, handles)
    names = AgentNames(there.values())
    meant = {agent.id for text in texts if (agent := names.find(text)) is not None}
    await agents.hold(session, meant)
    names = AgentNames(await agents.by_ids(session, meant))
    named = {text: agent for text in texts if (agent := names.find(text)) is not None}
    others: tuple[str, ...] = ()
    if len(named) < len(set(texts)):
        others = tuple(agent.handle for agent in await agents.roster(session, _COMPARED))
    return Known(named, others)


def placed(
    given: Sequence[PlanTaskIn],
    known: Known,
    begun: Mapping[str, WorkflowTaskOut] | None = None,
) -> list[Placed]:
    """Return the tasks with their agents and places.

    `begun` are tasks by key that are as they are, whatever has become of their agents. Raises Invalid
    with everything that keeps the tasks from being a plan.
    """
    begun = begun or {}
    tasks = [_assigned(task, known, begun.get(task.key)) for task in given]
    handles = {agent.handle for agent in known.named.values()} | {*known.others, _BEGUN}
    checked = [replace(task, agent=_BEGUN) if task.key in begun else task for task in tasks]
    problems = [FieldError(found.field, found.message) for found in problems_of(checked, handles)]
    for index, (task, asked) in enumerate(zip(tasks, given, strict=True)):
        agent = known.named.get(asked.agent)
        if agent is not None and not agent.is_active and task.key not in begun:
            problems.append(FieldError(f"tasks.{index}.agent", _is_off(agent)))
    if problems:
        raise refusal(problems)
    return [
        Placed(task, index, _agent_id(asked, known, begun.get(task.key)))
        for index, (task, asked) in enumerate(zip(tasks, given, strict=True))
    ]


def refusal(problems: Sequence[FieldError]) -> Invalid:
    """Return the refusal of a plan for these reasons."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Invalid(
        f"{first.field}: {first.message}{more}", code="invalid_plan", errors=problems[:_TOLD]
    )


def plan_task(task: PlanTaskIn | WorkflowTaskOut) -> PlanTask:
    """Return the task as the graph knows it."""
    return PlanTask(
        key=task.key,
        title=task.title,
        agent=task.agent,
        description=task.description,
        depends_on=tuple(task.depends_on),
        expected_output=task.expected_output,
        on_failure=task.on_failure,
    )


def _assigned(task: PlanTaskIn, known: Known, begun: WorkflowTaskOut | None) -> PlanTask:
    """Return the task with the handle of its agent, and each of its dependencies once."""
    plain = replace(plan_task(task), depends_on=tuple(dict.fromkeys(task.depends_on)))
    if begun is not None:
        return replace(plain, agent=begun.agent)
    agent = known.named.get(task.agent)
    return plain if agent is None else replace(plain, agent=agent.handle)


def _agent_id(task: PlanTaskIn, known: Known, begun: WorkflowTaskOut | None) -> UUID | None:
    if begun is not None:
        return begun.agent_id
    return known.named[task.agent].id


def _is_off(agent: AgentOut) -> str:
    return f"@{agent.handle} is switched off; switch it on, or choose another agent"
