"""Making the agents of a template."""

from reznet.core.database import WriteSession
from reznet.core.errors import FieldError, Invalid
from reznet.repositories import agents
from reznet.schemas.agents import AgentConfig, AgentOut, handle_of
from reznet.schemas.templates import (
    RenamedAgent,
    Template,
    TemplateAgent,
    TemplateInstantiate,
    TemplateInstantiated,
)
from reznet.services import new_agents
from reznet.services.new_agents import Draft, persona_of
from reznet.services.ports import Actor, Ports
from reznet.services.teams import catalogue


async def instantiate(
    session: WriteSession, ports: Ports, actor: Actor, template_id: str, body: TemplateInstantiate
) -> TemplateInstantiated:
    """Store the agents of a template that the body names; one whose name is taken gets a number.

    Raises:
        NotFound: there is no such template.
        Invalid: the template has no agent under a key.
    """
    template = catalogue.get(template_id)
    wanted = _chosen(template, body)
    await agents.hold_names(session)
    taken = await agents.by_handles(session, [agent.handle for agent in wanted])
    made: list[AgentOut] = []
    for agent in wanted:
        is_taken = agent.handle in taken
        name = await new_agents.free_name(session, agent.name) if is_taken else agent.name
        draft = _draft(agent, name, body)
        about = {"template": template.id}
        made.append(await new_agents.insert(session, ports, actor, draft, about))
    return TemplateInstantiated(
        template=template.id,
        agents=tuple(made),
        renamed=tuple(
            RenamedAgent(key=agent.key, name=agent.name, given_name=given.name)
            for agent, given in zip(wanted, made, strict=True)
            if handle_of(given.name) != agent.handle
        ),
    )


def _chosen(template: Template, body: TemplateInstantiate) -> list[TemplateAgent]:
    """Return the agents that the body names, each once, in the template's order."""
    if body.agents is None:
        return list(template.agents)
    known = {agent.key for agent in template.agents}
    message = f"is no agent of this template; it has {', '.join(a.key for a in template.agents)}"
    errors = [
        FieldError(f"agents.{place}", message)
        for place, key in enumerate(body.agents)
        if key not in known
    ]
    if errors:
        raise Invalid(f"{errors[0].field}: {message}", errors=errors)
    return [agent for agent in template.agents if agent.key in body.agents]


def _draft(agent: TemplateAgent, name: str, body: TemplateInstantiate) -> Draft:
    config = AgentConfig(
        kind=agent.kind,
        provider=body.provider,
        model=body.model,
        temperature=agent.temperature,
        max_tokens=agent.max_tokens,
        color=agent.color,
    )
    return Draft(name, persona_of(agent), config)
