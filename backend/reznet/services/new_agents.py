"""New agents: under the name that was asked for, or under the next one that is free."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import count

from reznet.core.database import WriteSession
from reznet.core.errors import Conflict
from reznet.core.ids import new_id
from reznet.core.text import name_key
from reznet.repositories import agents
from reznet.schemas.agents import AgentConfig, AgentCreate, AgentOut, Persona, handle_of
from reznet.schemas.bundles import BundledAgent
from reznet.schemas.events import EventKind
from reznet.schemas.templates import TemplateAgent
from reznet.services import events
from reznet.services.ports import Actor, Ports

_MAX_NAME = 50
_LONGEST_SUFFIX = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """An agent that is not stored yet."""

    name: str
    persona: Persona
    config: AgentConfig
    is_active: bool = True


def persona_of(described: AgentCreate | BundledAgent | TemplateAgent) -> Persona:
    """Return the persona, with a goal if none was given."""
    return Persona(
        role=described.role,
        goal=default_goal(described.role) if described.goal is None else described.goal,
        backstory=described.backstory,
        capabilities=described.capabilities,
        prompt=described.prompt,
    )


def default_goal(role: str) -> str:
    """Return the goal of an agent that was given none."""
    return f"Assist with {role} tasks"


async def insert(
    session: WriteSession,
    ports: Ports,
    actor: Actor,
    draft: Draft,
    details: Mapping[str, object] | None = None,
) -> AgentOut:
    """Store a custom agent; `details` go to the audit log beside its name.

    Raises Conflict when its name, or one that looks the same, is taken.
    """
    new = agents.NewAgent(
        id=new_id(),
        name=draft.name,
        name_key=name_key(draft.name),
        handle=handle_of(draft.name),
        persona=draft.persona,
        config=draft.config,
        is_active=draft.is_active,
        created_by=actor.handle,
    )
    try:
        agent = await agents.insert_agent(session, new)
    except agents.NameTaken:
        raise name_taken(draft.name) from None
    about = {"name": agent.name, **(details or {})}
    await events.audit(session, actor, "agent.created", ("agent", agent.id), about)
    await events.record_agent(session, ports, EventKind.AGENT_UPDATED, agent.id)
    return agent


async def free_name(session: WriteSession, name: str) -> str:
    """Return the name with the lowest number from 2 on that nobody has.

    It stays free for whoever holds the names, see `repositories.agents.hold_names`.
    """
    taken = await agents.taken_handles(session, family_prefix(name))
    return first_free(name, taken)


def first_free(name: str, taken: Container[str]) -> str:
    """Return the name with the lowest number from 2 on whose handle is not taken."""
    names = (numbered(name, number) for number in count(2))
    return next(found for found in names if handle_of(found) not in taken)


def numbered(name: str, number: int) -> str:
    """Return the name with a number, shortened where it would become too long."""
    suffix = f" {number}"
    return name[: _MAX_NAME - len(suffix)].rstrip(" -") + suffix


def family_prefix(name: str) -> str:
    """Return what the handles of the name and all its numbered forms begin with."""
    return handle_of(name)[: _MAX_NAME - _LONGEST_SUFFIX]


def name_taken(name: str) -> Conflict:
    """Return the refusal of a name that another agent has."""
    message = (
        f"an agent called {name!r}, or with the same handle @{handle_of(name)}, exists already"
    )
    return Conflict.field("name", message, code="agent_name_taken")
