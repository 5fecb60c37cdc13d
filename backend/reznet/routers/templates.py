"""Templates over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body

from reznet.routers.dependencies import DefaultModel, TheActor, ThePorts, Writing
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.templates import (
    Key,
    Template,
    TemplateInstantiate,
    TemplateInstantiated,
    TemplateSummary,
)
from reznet.services.agents import presented
from reznet.services.teams import catalogue, instantiation

router = APIRouter(prefix="/templates", tags=["templates"], route_class=ApiRoute)


@router.get("", operation_id="templates_list", responses=documented())
async def list_all() -> list[TemplateSummary]:
    """List the teams to start from; there are few, so they come on one page."""
    return catalogue.summaries()


@router.get("/{template_id}", operation_id="templates_get", responses=documented(404))
async def get(template_id: Key) -> Template:
    """Return a team with the whole persona of each agent."""
    return catalogue.get(template_id)


@router.post(
    "/{template_id}/instantiate",
    operation_id="templates_instantiate",
    status_code=201,
    responses=documented(404),
)
async def instantiate(
    template_id: Key,
    default: DefaultModel,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    body: Annotated[TemplateInstantiate | None, Body()] = None,
) -> TemplateInstantiated:
    """Make the agents of a team, or those that the body names: all of them or none."""
    wanted = body or TemplateInstantiate()
    made = await instantiation.instantiate(session, ports, actor, template_id, wanted)
    shown = tuple(presented(agent, default) for agent in made.agents)
    return made.model_copy(update={"agents": shown})
