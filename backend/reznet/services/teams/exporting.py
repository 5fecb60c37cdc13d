"""Taking agents along: out of a workspace as one bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.core.errors import NotFound, TooLarge
from reznet.repositories import agents
from reznet.schemas.agents import AgentOut
from reznet.schemas.bundles import MAX_AGENTS, MAX_BYTES, BundleOut, ExportedAgent


@dataclass(frozen=True, slots=True)
class Which:
    """Which agents are exported: those with these ids, or all that fit the rest (None: whatever)."""

    ids: Sequence[UUID] = ()
    custom: bool | None = None
    active: bool | None = None


async def export(session: ReadSession, which: Which) -> BundleOut:
    """Return agents as a bundle, oldest first.

    Raises:
        NotFound: there is no agent of one of the ids.
        TooLarge: they are more than a bundle holds.
    """
    if which.ids:
        found = await agents.by_ids(session, which.ids)
        there = {agent.id for agent in found}
        if missing := [agent_id for agent_id in which.ids if agent_id not in there]:
            raise NotFound(f"There is no agent {missing[0]}.", code="agent_not_found")
    else:
        only = agents.Filter(custom=which.custom, active=which.active)
        found = await agents.select_page(session, only, None, MAX_AGENTS + 1)
    if len(found) > MAX_AGENTS:
        raise TooLarge(f"A bundle holds at most {MAX_AGENTS} agents; choose fewer by id.")
    return BundleOut(agents=tuple(map(_exported, found)))


def as_file(bundle: BundleOut) -> bytes:
    """Return the bundle as a file. Raises TooLarge when it could not be imported again."""
    text = bundle.model_dump_json(indent=2).encode() + b"\n"
    if len(text) > MAX_BYTES:
        raise TooLarge(f"The bundle is over {MAX_BYTES} bytes; choose fewer agents by id.")
    return text


def _exported(agent: AgentOut) -> ExportedAgent:
    persona, config = agent.persona, agent.config
    return ExportedAgent(
        name=agent.name,
        role=persona.role,
        goal=persona.goal,
        backstory=persona.backstory,
        capabilities=persona.capabilities,
        prompt=persona.prompt,
        provider=config.provider,
        model=config.model,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        color=config.color,
        fallbacks=config.fallbacks,
        memory=config.memory,
        is_active=agent.is_active,
        kind=config.kind,
    )
