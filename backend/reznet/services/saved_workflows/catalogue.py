"""The demo workflows that the product ships."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict
from reznet.repositories import agents
from reznet.schemas.agents import AgentOut
from reznet.schemas.saved_workflows import Demo, SavedWorkflowOut
from reznet.schemas.workflows import PlanTaskIn
from reznet.workflows.casting import Candidate, cast

# The order in which they are offered.
_NAMES = ("software", "marketing", "research")
_SHIPPED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_CONSIDERED = 500  # agents among which one is found for a task whose own is not there


def demos() -> Sequence[SavedWorkflowOut]:
    """Return every demo, with the agents that its tasks are meant for."""
    return [_shown(demo) for demo in _catalogue().values()]


def find(saved_id: UUID) -> SavedWorkflowOut | None:
    """Return the demo, or None."""
    demo = _catalogue().get(saved_id)
    return _shown(demo) if demo else None


async def with_agents(session: WriteSession, saved_id: UUID) -> SavedWorkflowOut:
    """Return a demo with agents that are there.

    A task whose own agent is gone or switched off goes to the active one whose name, role and capabilities share
    most words with the task's role, the oldest among equals; to an orchestrator only when there is nobody else.
    Raises Conflict when no agent is active.
    """
    demo = _catalogue()[saved_id]
    candidates = [_candidate(agent) for agent in await agents.roster(session, _CONSIDERED)]
    tasks: list[PlanTaskIn] = []
    for task, shown in zip(demo.tasks, _shown(demo).tasks, strict=True):
        handle = cast(task.agent, task.role, candidates)
        if handle is None:
            raise Conflict(
                "No agent is there to do it; make one, or switch one on.", code="no_agents"
            )
        tasks.append(shown.model_copy(update={"agent": handle}))
    return _shown(demo).model_copy(update={"tasks": tuple(tasks)})


@cache
def _catalogue() -> Mapping[UUID, Demo]:
    folder = files(__package__) / "demos"
    texts = [(folder / f"{name}.json").read_text(encoding="utf-8") for name in _NAMES]
    found = [Demo.model_validate_json(text) for text in texts]
    return MappingProxyType({demo.id: demo for demo in found})


def _shown(demo: Demo) -> SavedWorkflowOut:
    return SavedWorkflowOut(
        id=demo.id,
        name=demo.name,
        description=demo.description,
        title=demo.title,
        request=demo.request,
        tasks=tuple(PlanTaskIn(**task.model_dump(exclude={"role"})) for task in demo.tasks),
        parameters=demo.parameters,
        max_parallel=None,
        is_demo=True,
        created_by="system",
        created_at=_SHIPPED_AT,
        updated_at=_SHIPPED_AT,
    )


def _candidate(agent: AgentOut) -> Candidate:
    about = " ".join([agent.name, agent.persona.role, *agent.persona.capabilities])
    return Candidate(agent.handle, about, is_orchestrator=agent.config.kind == "orchestrator")
