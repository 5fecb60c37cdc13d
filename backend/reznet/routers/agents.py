"""Agents over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from reznet.routers.dependencies import DefaultModel, Reading, TheActor, ThePorts, Writing
from reznet.routers.paging import Paged, Text
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.agents import AgentCreate, AgentDuplicate, AgentOut, AgentUpdate
from reznet.services import agents
from reznet.services.agents import presented

router = APIRouter(prefix="/agents", tags=["agents"], route_class=ApiRoute)

_ONE: dict[int | str, dict[str, Any]] = documented(404)


@router.post("", operation_id="agents_create", status_code=201, responses=documented(409))
async def create(
    body: AgentCreate,
    default: DefaultModel,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
) -> AgentOut:
    """Create a custom agent."""
    agent = await agents.create(session, ports, actor, body)
    response.headers["Location"] = f"/api/agents/{agent.id}"
    return presented(agent, default)


@router.get("", operation_id="agents_list", responses=documented())
async def list_page(
    default: DefaultModel,
    session: Reading,
    paging: Paged,
    custom: Annotated[bool | None, Query(description="Only custom, or only default ones.")] = None,
    active: Annotated[bool | None, Query(description="Only those switched on, or off.")] = None,
    q: Text = None,
) -> list[AgentOut]:
    """List agents, oldest first; `q` is looked for in name, handle and role."""
    page = await agents.list_page(
        session, custom=custom, active=active, q=q, limit=paging.limit, cursor=paging.cursor
    )
    return [presented(agent, default) for agent in paging.rows(page)]


@router.get("/{agent_id}", operation_id="agents_get", responses=_ONE)
async def get(
    agent_id: UUID, default: DefaultModel, session: Reading, ports: ThePorts
) -> AgentOut:
    """Return an agent."""
    return presented(await agents.get(session, ports, agent_id), default)


@router.put("/{agent_id}", operation_id="agents_update", responses=documented(404, 409))
async def update(
    agent_id: UUID,
    body: AgentUpdate,
    default: DefaultModel,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
) -> AgentOut:
    """Change an agent, or switch it on or off; what is left out stays."""
    return presented(await agents.update(session, ports, actor, agent_id, body), default)


@router.delete("/{agent_id}", operation_id="agents_delete", status_code=204, responses=_ONE)
async def delete(agent_id: UUID, session: Writing, ports: ThePorts, actor: TheActor) -> None:
    """Delete a custom agent; its messages stay, with its name."""
    await agents.delete(session, ports, actor, agent_id)


@router.post(
    "/{agent_id}/duplicate",
    operation_id="agents_duplicate",
    status_code=201,
    responses=documented(404, 409),
)
async def duplicate(
    agent_id: UUID,
    default: DefaultModel,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    body: Annotated[AgentDuplicate | None, Body()] = None,
) -> AgentOut:
    """Copy an agent under another name."""
    copy = await agents.duplicate(session, ports, actor, agent_id, body or AgentDuplicate())
    response.headers["Location"] = f"/api/agents/{copy.id}"
    return presented(copy, default)
