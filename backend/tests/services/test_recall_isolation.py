"""Whatever is asked, a run is told of memories that its agent may read there, and of no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from reznet.core.config import Settings
from reznet.core.database import Database, WriteSession
from reznet.repositories import collections, memories
from reznet.repositories.collections import NewCollection
from reznet.repositories.memories import Embedded, NewMemory
from reznet.schemas.agents import AgentCreate, AgentOut
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.memories import MemoryKind
from reznet.services import agents, channels
from reznet.services.ports import LOCAL_USER
from tests.support.ports import make_ports
from tests.support.recalls import statements, told

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = ["cat", "harbour", "invoice", "zanzibar", "server"]
AGENTS, CHANNELS, COLLECTIONS = 3, 2, 4


@dataclass
class World:
    """Agents, channels and collections that all remember the same words, each with a name of its own beside them."""

    database: Database
    agents: list[AgentOut]
    channels: list[ChannelOut]
    collections: list[UUID]


# Collections 0 and 1 are of the workspace, 2 and 3 of the first and of the second channel.
def place_of(collection: int) -> int | None:
    return collection - 2 if collection >= 2 else None


@pytest.fixture
async def world(settings: Settings, database: Database) -> World:
    ports = make_ports(settings)
    async with database.write() as session:
        made = [
            await agents.create(session, ports, LOCAL_USER, agent_named(f"Agent {number}"))
            for number in range(AGENTS)
        ]
        rooms = [
            (await channels.create(session, ports, LOCAL_USER, ChannelCreate(name=f"room-{n}")))[0]
            for n in range(CHANNELS)
        ]
        shared: list[UUID] = []
        for number in range(COLLECTIONS):
            place = place_of(number)
            room = None if place is None else rooms[place].id
            new = NewCollection(f"Shared {number}", "", room, "local-user")
            shared.append((await collections.insert_collection(session, new)).id)
        for number, agent in enumerate(made):
            await store(session, agent.id, f"agent{number}", is_shared=False)
        for number, owner in enumerate(shared):
            await store(session, owner, f"shared{number}", is_shared=True)
    return World(database, made, rooms, shared)


def agent_named(name: str) -> AgentCreate:
    return AgentCreate.model_validate({"name": name, "role": "Remembers"})


async def store(session: WriteSession, owner: UUID, name: str, *, is_shared: bool) -> None:
    new = [
        NewMemory(
            content=f"{word} {name}",
            kind=MemoryKind.FACT,
            importance=0.9 if number == 0 else 0.5,
            pinned=number == 0,
            source_message_id=None,
            channel_id=None,
            said_at=START + timedelta(minutes=number),
            metadata={},
            embedded=Embedded("test", [1.0 if place == number % 4 else 0.1 for place in range(4)]),
            is_shared=is_shared,
        )
        for number, word in enumerate(WORDS)
    ]
    await memories.insert_memories(session, owner, new)


grants = st.frozensets(
    st.tuples(st.integers(0, COLLECTIONS - 1), st.integers(0, AGENTS - 1)), max_size=8
)
asked_words = st.lists(
    st.sampled_from([*WORDS, "agent1", "shared0", "shared2"]), min_size=1, max_size=4
)


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(granted=grants, words=asked_words, number=st.integers(0, 3), has_vector=st.booleans())
async def test_only_what_an_agent_may_read_where_it_runs_is_recalled(
    world: World,
    granted: frozenset[tuple[int, int]],
    words: Sequence[str],
    number: int,
    *,
    has_vector: bool,
) -> None:
    async with world.database.write() as session:
        for collection, agent in granted:
            await collections.set_grant(
                session,
                world.collections[collection],
                world.agents[agent].id,
                can_write=False,
                by="local-user",
            )
    text = " ".join(words)
    vector = Embedded("test", [1.0 if place == number else 0.1 for place in range(4)])
    try:
        for one, agent in enumerate(world.agents):
            for place, channel in enumerate(world.channels):
                found = await told(
                    world.database, agent, channel, text, vector if has_vector else None
                )
                tellers = {recollection.memory.content.split()[1] for recollection in found}
                may = {f"agent{one}"} | {
                    f"shared{collection}"
                    for collection in range(COLLECTIONS)
                    if (collection, one) in granted and place_of(collection) in {None, place}
                }
                assert tellers == may  # the pinned one of each is always there
    finally:
        async with world.database.write() as session:
            for collection, agent in granted:
                await collections.delete_grant(
                    session, world.collections[collection], world.agents[agent].id
                )


async def test_a_collection_that_was_emptied_or_revoked_is_recalled_no_more(world: World) -> None:
    agent, channel = world.agents[0], world.channels[0]
    async with world.database.write() as session:
        await collections.set_grant(
            session, world.collections[0], agent.id, can_write=True, by="local-user"
        )
        await memories.delete_all(session, world.collections[0])
    found = await told(world.database, agent, channel, "cat")
    assert {one.collection for one in found} == {None}
    quiet = await told(world.database, agent, channel, None)
    assert [one.memory.content for one in quiet] == ["cat agent0"]
    assert quiet[0].standing


@pytest.mark.parametrize("question", ["cat harbour", None])
async def test_every_recall_is_one_round_trip(world: World, question: str | None) -> None:
    agent, channel = world.agents[0], world.channels[0]
    async with statements(world.database) as alone:
        found = await told(world.database, agent, channel, question)
    assert {one.collection for one in found} == {None}
    async with world.database.write() as session:
        for collection in world.collections[:3]:
            await collections.set_grant(
                session, collection, agent.id, can_write=False, by="local-user"
            )
    async with statements(world.database) as shared:
        found = await told(world.database, agent, channel, question)
    assert {one.collection for one in found} == {None, "Shared 0", "Shared 1", "Shared 2"}
    assert (len(alone), len(shared)) == (1, 1)
