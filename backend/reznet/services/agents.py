"""Agents: who there is, and their changes."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.core.config import ProviderName
from reznet.core.database import ReadSession, WriteSession, after_commit
from reznet.core.errors import Forbidden, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.text import name_key
from reznet.repositories import agents, channels
from reznet.schemas.agents import (
    AgentConfig,
    AgentCreate,
    AgentDuplicate,
    AgentOut,
    AgentUpdate,
    MemorySettings,
    Persona,
    handle_of,
)
from reznet.schemas.channels import ChannelOut
from reznet.schemas.events import EventKind
from reznet.services import endings, events
from reznet.services.memory_owners import hold_memories
from reznet.services.new_agents import (
    Draft,
    default_goal,
    free_name,
    insert,
    name_taken,
    persona_of,
)
from reznet.services.ports import Actor, Ports

_PERSONA_FIELDS = ("role", "goal", "backstory", "capabilities", "prompt")
_CONFIG_FIELDS = (
    "provider",
    "model",
    "temperature",
    "max_tokens",
    "color",
    "fallbacks",
    "memory",
)


async def create(session: WriteSession, ports: Ports, actor: Actor, body: AgentCreate) -> AgentOut:
    """Store a custom agent. Raises Conflict when its name, or one that looks the same, is taken."""
    await agents.hold_names(session)
    return await insert(session, ports, actor, draft_of(body))


def draft_of(body: AgentCreate) -> Draft:
    """Return the agent that a body describes, not stored."""
    config = AgentConfig(**{field: getattr(body, field) for field in _CONFIG_FIELDS})
    return Draft(body.name, persona_of(body), config, is_active=body.is_active)


async def get(session: ReadSession | WriteSession, ports: Ports, agent_id: UUID) -> AgentOut:
    """Return the agent, from the cache if it is there. Raises NotFound."""
    agent = await ports.cache.get_or_load(
        cache_key(agent_id), lambda: agents.get(session, agent_id)
    )
    if agent is None:
        raise _no_agent(agent_id)
    return agent


async def list_page(
    session: ReadSession,
    *,
    custom: bool | None = None,
    active: bool | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AgentOut]:
    """Return agents in the order of their creation; `q` is looked for in name, handle and role."""
    after = decode_time_id(cursor) if cursor else None
    only = agents.Filter(custom=custom, active=active, text=q)
    rows = await agents.select_page(session, only, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def update(
    session: WriteSession, ports: Ports, actor: Actor, agent_id: UUID, body: AgentUpdate
) -> AgentOut:
    """Change what the body names.

    Raises:
        NotFound: there is no such agent.
        Forbidden: a default agent can't be renamed, since it is known by its name.
        Conflict: the new name, or one that looks the same, is taken.
    """
    if body.name is not None:
        await agents.hold_names(session)
    before = await agents.lock(session, agent_id)
    if before is None:
        raise _no_agent(agent_id)
    given = {field: getattr(body, field) for field in body.model_fields_set}
    changes: dict[str, object] = {
        "persona": _changed_persona(before.persona, given),
        "config": _changed_config(before.config, given),
    }
    if given.get("is_active") is not None:
        changes["is_active"] = given["is_active"]
    if (name := given.get("name")) is not None and name != before.name:
        if not before.is_custom:
            raise Forbidden(
                f"{before.name} is a default agent and keeps its name; duplicate it instead.",
                code="default_agent",
            )
        changes |= {"name": name, "name_key": name_key(name), "handle": handle_of(name)}
        # The channel before the agent, as who writes there locks them: else both could wait.
        await _rename_direct(session, ports, agent_id, name)
    try:
        after = await agents.update_agent(session, agent_id, changes)
    except agents.NameTaken:
        raise name_taken(str(name)) from None
    changed = sorted(field for field in given if field != "name") + (
        ["name"] if "name" in changes else []
    )
    await events.audit(
        session,
        actor,
        "agent.updated",
        ("agent", agent_id),
        {"name": after.name, "fields": changed},
    )
    await events.record_agent(session, ports, EventKind.AGENT_UPDATED, agent_id)
    after_commit(session, forget(ports, agent_id))
    return after


async def delete(session: WriteSession, ports: Ports, actor: Actor, agent_id: UUID) -> None:
    """Delete a custom agent. Its runs are cancelled, its messages stay under its name.

    Raises:
        NotFound: there is no such agent.
        Forbidden: it is a default agent.
    """
    agent = await agents.get(session, agent_id)
    if agent is None:
        raise _no_agent(agent_id)
    if not agent.is_custom:
        raise Forbidden(
            f"{agent.name} is a default agent and can't be deleted; switch it off with "
            '{"is_active": false} instead.',
            code="default_agent",
        )
    direct = await _hold_for_deletion(session, agent_id)
    await endings.cancel_where(session, ports, agent_id=agent_id, reason="the agent was deleted")
    if direct is not None:
        await channels.update_channel(session, direct.id, {"archived_at": now()})
        await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=direct.id)
    await hold_memories(session, agent_id)  # they go with it
    await agents.delete_custom(session, agent_id)
    await events.audit(session, actor, "agent.deleted", ("agent", agent_id), {"name": agent.name})
    await events.record_agent(session, ports, EventKind.AGENT_DELETED, agent_id)
    after_commit(session, forget(ports, agent_id))


async def duplicate(
    session: WriteSession, ports: Ports, actor: Actor, agent_id: UUID, body: AgentDuplicate
) -> AgentOut:
    """Store a custom copy of an agent. Raises NotFound, or Conflict when the name is taken."""
    agent = await agents.get(session, agent_id)
    if agent is None:
        raise _no_agent(agent_id)
    await agents.hold_names(session)
    name = body.name or await free_name(session, agent.name)
    draft = Draft(name, agent.persona, agent.config, is_active=agent.is_active)
    return await insert(session, ports, actor, draft)


def presented(agent: AgentOut, default: tuple[str, str]) -> AgentOut:
    """Return the agent as clients see it: provider and model of the settings filled in."""
    config = agent.config
    if config.provider is not None and config.model is not None:
        return agent
    provider = config.provider or cast("ProviderName", default[0])
    model = config.model or (default[1] if provider == default[0] else None)
    filled = config.model_copy(
        update={"provider": provider, "model": model, "follows_settings": True}
    )
    return agent.model_copy(update={"config": filled})


def cache_key(agent_id: UUID) -> str:
    """Return where an agent lies in the cache."""
    return f"agent:{agent_id}"


def _changed_persona(persona: Persona, given: Mapping[str, Any]) -> Persona:
    changes = {field: given[field] for field in _PERSONA_FIELDS if field in given}
    role = changes.get("role") or persona.role
    resets = {
        "role": role,
        "goal": default_goal(role),
        "backstory": "",
        "capabilities": (),
        "prompt": None,
    }
    return persona.model_copy(
        update={
            field: resets[field] if value is None else value for field, value in changes.items()
        }
    )


def _changed_config(config: AgentConfig, given: Mapping[str, Any]) -> AgentConfig:
    defaults = AgentConfig()
    changes = {field: given[field] for field in _CONFIG_FIELDS if field in given}
    if (memory := given.get("memory")) is not None:
        changes["memory"] = _merged(config.memory, memory)
    return config.model_copy(
        update={
            field: getattr(defaults, field) if value is None else value
            for field, value in changes.items()
        }
    )


def _merged(settings: MemorySettings, given: MemorySettings) -> MemorySettings:
    return settings.model_copy(
        update={field: getattr(given, field) for field in given.model_fields_set}
    )


async def _rename_direct(session: WriteSession, ports: Ports, agent_id: UUID, name: str) -> None:
    channel = await channels.direct(session, agent_id)
    if channel is not None:
        names = {"name": name, "name_key": name_key(name)}
        await channels.update_channel(session, channel.id, names)
        await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=channel.id)


class _MadeMeanwhile(Exception):
    """There are direct messages with the agent now."""


async def _hold_for_deletion(session: WriteSession, agent_id: UUID) -> ChannelOut | None:
    """Let nobody refer to the agent any more, and return its direct messages, which nobody can post into.

    Whoever posts locks the channel before the agents. Deletion does, too, or each would wait for the other; so it lets
    go of the agent once more where the channel was made while it waited for that.
    """
    direct = await channels.lock_direct(session, agent_id)
    if direct is None:
        with suppress(_MadeMeanwhile):
            async with session.begin_nested():
                await agents.hold_for_deletion(session, agent_id)
                if await channels.direct(session, agent_id) is not None:
                    raise _MadeMeanwhile
            return None
        direct = await channels.lock_direct(session, agent_id)
    await agents.hold_for_deletion(session, agent_id)
    return direct


def forget(ports: Ports, agent_id: UUID) -> Callable[[], None]:
    """Return what takes an agent out of the cache, to be done after its change is committed."""
    return lambda: ports.bus.publish(Topic.FORGET, {"keys": [cache_key(agent_id)]})


def _no_agent(agent_id: UUID) -> NotFound:
    return NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
