"""Agents that are tried before they are saved: who they would be, and what trying them used."""

from collections.abc import Sequence

from reznet.core.clock import now
from reznet.core.database import ReadSession
from reznet.core.ids import new_id
from reznet.repositories import agents
from reznet.schemas.agents import AgentKind, AgentOut, handle_of
from reznet.schemas.trials import AgentTry
from reznet.services.agents import draft_of, get
from reznet.services.ports import Actor, Ports

ROSTER = 30


async def subject(
    session: ReadSession, ports: Ports, actor: Actor, body: AgentTry
) -> tuple[AgentOut, Sequence[AgentOut]]:
    """Return the agent as it would be when it were saved now, and whom it could hand on to.

    Nothing is stored, and its name may be taken. Raises NotFound when `agent_id` names no agent.
    """
    known = await get(session, ports, body.agent_id) if body.agent_id else None
    draft = draft_of(body)
    kind = known.config.kind if known else draft.config.kind
    stamp = now()
    agent = AgentOut(
        id=known.id if known else new_id(),
        name=draft.name,
        handle=handle_of(draft.name),
        agent_type=known.agent_type if known else "custom",
        persona=draft.persona,
        config=draft.config.model_copy(update={"kind": kind}),
        is_active=draft.is_active,
        is_custom=known is None or known.is_custom,
        created_by=actor.handle,
        created_at=stamp,
        updated_at=stamp,
    )
    if kind is not AgentKind.ORCHESTRATOR:
        return agent, ()
    others = await agents.roster(session, ROSTER)
    return agent, [other for other in others if other.id != agent.id]
