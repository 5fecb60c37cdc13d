"""Whatever is granted to whom: a run is given its agent's own memories and those granted to it, and no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.schemas.agents import AgentCreate, AgentOut
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.collections import CollectionCreate, GrantIn
from reznet.schemas.memories import MemoryCreate
from reznet.services import agents, channels, collections, memories
from reznet.services.memory_owners import Owner
from reznet.services.ports import LOCAL_USER
from tests.support.ports import make_ports
from tests.support.recalls import told

AGENTS, CHANNELS = 3, 2
# Two collections of no channel, and one of each channel.
PLACES: list[int | None] = [None, None, 0, 1]
grants = st.dictionaries(
    st.tuples(st.integers(0, AGENTS - 1), st.integers(0, len(PLACES) - 1)), st.booleans()
)


@dataclass
class World:
    """Agents, channels and collections; every owner holds the same things, each in words of its own beside them."""

    database: Database
    agents: list[AgentOut]
    channels: list[ChannelOut]
    collections: list[UUID]


@pytest.fixture
async def world(settings: Settings, database: Database) -> World:
    ports = make_ports(settings)
    made = World(database, [], [], [])
    async with database.write() as session:
        for number in range(CHANNELS):
            body = ChannelCreate(name=f"room-{number}")
            channel, _ = await channels.create(session, ports, LOCAL_USER, body)
            made.channels.append(channel)
        for number in range(AGENTS):
            body = AgentCreate(name=f"Agent {number}", role="Remembers")
            made.agents.append(await agents.create(session, ports, LOCAL_USER, body))
        for number, place in enumerate(PLACES):
            body = CollectionCreate(
                name=f"Shared {number}",
                channel_id=None if place is None else made.channels[place].id,
            )
            collection = await collections.create(session, LOCAL_USER, body)
            made.collections.append(collection.id)
        for owner in everybody(made):
            bodies = [
                MemoryCreate(content=f"{word} said {owner.id}") for word in ("cat", "invoice")
            ]
            await memories.add(session, LOCAL_USER, owner, bodies, [None, None])
    return made


def everybody(world: World) -> list[Owner]:
    own = [Owner(agent.id) for agent in world.agents]
    return own + [Owner(one, is_shared=True) for one in world.collections]


@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    granted=grants,
    asker=st.integers(0, AGENTS - 1),
    place=st.integers(0, CHANNELS - 1),
    question=st.sampled_from(["cat", "said", "invoice cat", "Shared", "zebra"]),
)
async def test_a_run_reads_its_agents_own_and_what_is_granted_to_it_there(
    world: World,
    granted: Mapping[tuple[int, int], bool],
    asker: int,
    place: int,
    question: str,
) -> None:
    async with world.database.write() as session:
        for agent in range(AGENTS):
            for collection in range(len(PLACES)):
                ids = (world.collections[collection], world.agents[agent].id)
                if (agent, collection) in granted:
                    may = GrantIn(can_write=granted[agent, collection])
                    await collections.grant(session, LOCAL_USER, *ids, may)
                else:
                    await collections.revoke(session, LOCAL_USER, *ids)
    allowed = {world.agents[asker].id} | {
        world.collections[collection]
        for agent, collection in granted
        if agent == asker and PLACES[collection] in {None, place}
    }
    found = await told(world.database, world.agents[asker], world.channels[place], question)
    tellers = {one.memory.owner_id for one in found}
    assert tellers == (set() if question in {"Shared", "zebra"} else allowed)
    assert all(str(one.memory.owner_id) in one.memory.content for one in found)


async def test_nothing_is_shared_by_itself(world: World) -> None:
    for agent in world.agents:
        for channel in world.channels:
            found = await told(world.database, agent, channel, "cat invoice")
            assert {one.memory.owner_id for one in found} == {agent.id}
