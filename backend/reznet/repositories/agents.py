"""Agents in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.locks import hold_shared, lock_for_transaction, try_lock_for_transaction
from reznet.core.statements import Statement
from reznet.models import (
    AGENTS,
    CHANNEL_MEMBERS,
    TASKS,
)
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.agents import AgentConfig, AgentKind, AgentOut, Persona

_COLUMNS: Columns = (
    AGENTS.c.id,
    AGENTS.c.name,
    AGENTS.c.handle,
    AGENTS.c.persona,
    AGENTS.c.config,
    AGENTS.c.is_active,
    AGENTS.c.is_custom,
    AGENTS.c.created_by,
    AGENTS.c.created_at,
    AGENTS.c.updated_at,
)
_BY_ID = Statement(selecting(_COLUMNS).where(AGENTS.c.id == bindparam("row_id")))
_BY_HANDLES = Statement(
    selecting(_COLUMNS).where(AGENTS.c.handle == any_(bindparam("handles", type_=ARRAY(Text))))
)
_MOST_PLANNERS = 50
_LATELY = 300  # runs that are looked at for who has worked lately
_RECENT = (
    select(TASKS.c.agent_id, TASKS.c.created_at)
    .order_by(TASKS.c.created_at.desc(), TASKS.c.id.desc())
    .limit(_LATELY)
    .subquery()
)
_WORKED = (
    select(_RECENT.c.agent_id, func.max(_RECENT.c.created_at).label("last"))
    .group_by(_RECENT.c.agent_id)
    .subquery()
)
_TEAM = Statement(
    selecting(_COLUMNS)
    .select_from(AGENTS)
    .outerjoin(_WORKED, _WORKED.c.agent_id == AGENTS.c.id)
    .outerjoin(
        CHANNEL_MEMBERS,
        and_(
            CHANNEL_MEMBERS.c.agent_id == AGENTS.c.id,
            CHANNEL_MEMBERS.c.channel_id == bindparam("in_channel"),
        ),
    )
    .where(AGENTS.c.is_active)
    .order_by(
        (AGENTS.c.id == any_(bindparam("named", type_=ARRAY(Uuid)))).desc(),
        CHANNEL_MEMBERS.c.agent_id.is_(None),
        _WORKED.c.last.desc().nulls_last(),
        AGENTS.c.created_at,
        AGENTS.c.id,
    )
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent to be stored."""

    id: UUID
    name: str
    name_key: str
    handle: str
    persona: Persona
    config: AgentConfig
    is_active: bool
    created_by: str


class NameTaken(Exception):
    """Another agent has that name, or one that looks the same."""


async def insert_agent(session: WriteSession, agent: NewAgent) -> AgentOut:
    """Store a custom agent. Raises NameTaken, also when two are stored at the same moment."""
    stamp = now()
    values = {
        "id": agent.id,
        "name": agent.name,
        "name_key": agent.name_key,
        "handle": agent.handle,
        "persona": agent.persona.model_dump(mode="json"),
        "config": _stored(agent.config),
        "is_active": agent.is_active,
        "is_custom": True,
        "created_by": agent.created_by,
        "created_at": stamp,
        "updated_at": stamp,
    }
    try:
        async with session.begin_nested():
            row = (await session.execute(returning(insert(AGENTS).values(values), _COLUMNS))).one()
    except IntegrityError as error:
        raise NameTaken(agent.name) from error
    return _agent(row)


async def get(session: ReadSession, agent_id: UUID) -> AgentOut | None:
    """Return the agent, or None."""
    row = await session.fetch_one(_BY_ID, {"row_id": agent_id})
    return _agent(row) if row else None


async def lock(session: WriteSession, agent_id: UUID) -> AgentOut | None:
    """Return the agent and keep others from changing it until the transaction ends, or None."""
    # FOR NO KEY UPDATE: rows that only refer to the agent need not wait.
    statement = selecting(_COLUMNS).where(AGENTS.c.id == agent_id).with_for_update(key_share=True)
    row = (await session.execute(statement)).one_or_none()
    return _agent(row) if row else None


async def hold(session: WriteSession, ids: Collection[UUID]) -> None:
    """Keep agents that are there from being deleted until the transaction ends.

    Take it before what refers to an agent is stored. An agent may be gone when this returns.
    """
    await hold_shared(session, [f"agent:{agent_id}" for agent_id in sorted(ids)])


async def try_hold(session: WriteSession, agent_id: UUID) -> bool:
    """Hold one agent unless somebody is about to delete it; never waits. Return whether it is held."""
    return await try_lock_for_transaction(session, f"agent:{agent_id}", shared=True)


async def hold_names(session: WriteSession) -> None:
    """Let nobody else give an agent a name until the transaction ends.

    Take it before any agent's row is locked. What is then read of names stays true, so that several can
    be given in one transaction, to free ones, without waiting for one another in a circle.
    """
    await lock_for_transaction(session, "agents:names")


async def hold_for_deletion(session: WriteSession, agent_id: UUID) -> None:
    """Wait until nothing new is stored that refers to an agent, and let nobody begin to.

    Rows can't do this: a run locks its task before its agent, and deletion has to do the same.
    """
    await lock_for_transaction(session, f"agent:{agent_id}")


async def by_handles(session: ReadSession, handles: Collection[str]) -> dict[str, AgentOut]:
    """Return the agents with these lower-case handles, active or not, by handle."""
    if not handles:
        return {}
    rows = await session.fetch(_BY_HANDLES, {"handles": list(handles)})
    return {row.handle: _agent(row) for row in rows}


async def by_ids(session: ReadSession, ids: Collection[UUID]) -> list[AgentOut]:
    """Return those of the agents that are there, oldest first."""
    statement = (
        selecting(_COLUMNS)
        .where(AGENTS.c.id.in_(set(ids)))
        .order_by(AGENTS.c.created_at, AGENTS.c.id)
    )
    return [_agent(row) for row in (await session.execute(statement)).all()]


async def lock_by_handles(session: WriteSession, handles: Collection[str]) -> dict[str, AgentOut]:
    """Return the agents with these handles, by handle, and keep others from changing them until the end."""
    statement = (
        selecting(_COLUMNS)
        .where(AGENTS.c.handle.in_(set(handles)))
        .order_by(AGENTS.c.id)
        .with_for_update(key_share=True)
    )
    return {row.handle: _agent(row) for row in (await session.execute(statement)).all()}


async def numbered(session: ReadSession, prefix: str) -> list[AgentOut]:
    """Return the agents whose handles begin with the prefix and end with a number, oldest first."""
    handle = AGENTS.c.handle
    statement = (
        selecting(_COLUMNS)
        .where(func.starts_with(handle, prefix), handle.regexp_match("-[0-9]+$"))
        .order_by(AGENTS.c.created_at, AGENTS.c.id)
    )
    return [_agent(row) for row in (await session.execute(statement)).all()]


async def planners(session: ReadSession, channel_id: UUID) -> list[AgentOut]:
    """Return the active agents that can plan: members of the channel first, then the product's, then by age."""
    is_member = exists().where(
        CHANNEL_MEMBERS.c.channel_id == channel_id, CHANNEL_MEMBERS.c.agent_id == AGENTS.c.id
    )
    statement = (
        selecting(_COLUMNS)
        .where(AGENTS.c.is_active, AGENTS.c.config["kind"].astext == AgentKind.ORCHESTRATOR.value)
        .order_by(is_member.desc(), AGENTS.c.is_custom, AGENTS.c.created_at, AGENTS.c.id)
        .limit(_MOST_PLANNERS)
    )
    return [_agent(row) for row in (await session.execute(statement)).all()]


async def team(
    session: ReadSession, channel_id: UUID, named: Collection[UUID], limit: int
) -> list[AgentOut]:
    """Return active agents that work may be given to, at most `limit`, the likeliest first.

    Those that are named, then the channel's members, then those that have worked lately, then by age.
    """
    parameters = {"named": list(named), "in_channel": channel_id, "most": limit}
    return [_agent(row) for row in await session.fetch(_TEAM, parameters)]


async def roster(session: ReadSession, limit: int) -> list[AgentOut]:
    """Return active agents, oldest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .where(AGENTS.c.is_active)
        .order_by(AGENTS.c.created_at, AGENTS.c.id)
        .limit(limit)
    )
    return [_agent(row) for row in (await session.execute(statement)).all()]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which agents a list shows; None: whatever."""

    custom: bool | None = None
    active: bool | None = None
    text: str | None = None


async def select_page(
    session: ReadSession, only: Filter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AgentOut]:
    """Return agents after the given key in the order of their creation, at most `limit`."""
    statement = selecting(_COLUMNS).order_by(AGENTS.c.created_at, AGENTS.c.id).limit(limit)
    if only.custom is not None:
        statement = statement.where(AGENTS.c.is_custom == only.custom)
    if only.active is not None:
        statement = statement.where(AGENTS.c.is_active == only.active)
    if only.text:
        role = AGENTS.c.persona["role"].astext
        statement = statement.where(
            or_(
                AGENTS.c.name.icontains(only.text, autoescape=True),
                AGENTS.c.handle.icontains(only.text, autoescape=True),
                role.icontains(only.text, autoescape=True),
            )
        )
    if after is not None:
        statement = statement.where(tuple_(AGENTS.c.created_at, AGENTS.c.id) > after)
    return [_agent(row) for row in (await session.execute(statement)).all()]


async def update_agent(
    session: WriteSession, agent_id: UUID, changes: Mapping[str, object]
) -> AgentOut:
    """Change columns of an agent that is there. Raises NameTaken."""
    values: dict[str, Any] = {**changes, "updated_at": now()}
    if isinstance(values.get("persona"), Persona):
        values["persona"] = values["persona"].model_dump(mode="json")
    if isinstance(values.get("config"), AgentConfig):
        values["config"] = _stored(values["config"])
    statement = returning(update(AGENTS).where(AGENTS.c.id == agent_id).values(values), _COLUMNS)
    try:
        async with session.begin_nested():
            row = (await session.execute(statement)).one()
    except IntegrityError as error:
        raise NameTaken(str(values.get("name"))) from error
    return _agent(row)


async def delete_custom(session: WriteSession, agent_id: UUID) -> bool:
    """Delete a custom agent; return whether there was one."""
    statement = (
        delete(AGENTS)
        .where(and_(AGENTS.c.id == agent_id, AGENTS.c.is_custom))
        .returning(AGENTS.c.id)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def taken_handles(session: ReadSession, prefix: str) -> set[str]:
    """Return the handles that begin with the prefix."""
    statement = select(AGENTS.c.handle).where(func.starts_with(AGENTS.c.handle, prefix))
    return set((await session.execute(statement)).scalars())


def _stored(config: AgentConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude={"follows_settings"})


def _agent(row: AnyRow) -> AgentOut:
    return AgentOut(
        id=row.id,
        name=row.name,
        handle=row.handle,
        agent_type="custom" if row.is_custom else "default",
        persona=Persona.model_validate(row.persona),
        config=AgentConfig.model_validate(row.config),
        is_active=row.is_active,
        is_custom=row.is_custom,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
