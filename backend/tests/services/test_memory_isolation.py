"""Whatever is asked of one agent's memories, nothing of another's comes back or changes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.repositories import forgetting, memories, memory_search
from reznet.repositories.memories import Embedded, Filter, NewMemory
from reznet.repositories.memory_search import Question
from reznet.schemas.agents import AgentCreate
from reznet.schemas.memories import MemoryKind
from reznet.services import agents
from reznet.services.ports import LOCAL_USER
from tests.support.ports import make_ports

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = ["cat", "harbour", "invoice", "zanzibar", "the", "server"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
numbers = st.integers(0, 5)


@dataclass
class World:
    """Two agents that remember the same things, each in words of its own beside them."""

    database: Database
    owners: list[UUID]
    ids: dict[UUID, list[UUID]] = field(default_factory=dict)


@pytest.fixture
async def world(settings: Settings, database: Database) -> World:
    ports = make_ports(settings)
    made = World(database, [])
    async with database.write() as session:
        for name in ("Mine", "Theirs"):
            body = AgentCreate(name=name, role="Remembers", provider="openai", model="fake")
            agent = await agents.create(session, ports, LOCAL_USER, body)
            made.owners.append(agent.id)
            new = [memory(f"{word} {name}", number) for number, word in enumerate(WORDS)]
            stored = await memories.insert_memories(session, agent.id, new)
            made.ids[agent.id] = [one.id for one in stored]
            await memories.refresh_words(session, agent.id, made.ids[agent.id])
    return made


def memory(content: str, number: int) -> NewMemory:
    vector = [1.0 if place == number % 4 else 0.1 for place in range(4)]
    return NewMemory(
        content=content,
        kind=MemoryKind.EPISODE,
        importance=0.5,
        pinned=False,
        source_message_id=None,
        channel_id=None,
        said_at=START + timedelta(minutes=number),
        metadata={},
        embedded=Embedded("test", vector),
    )


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=texts, number=numbers, content=texts)
async def test_reads_and_changes_reach_only_the_owners_memories(
    world: World, question: str, number: int, content: str
) -> None:
    mine, theirs = world.owners
    foreign = world.ids[theirs]
    async with world.database.read() as session:
        before = await memories.select_page(session, theirs, Filter(), None, 50)
        asked = Question(question, memory("", number).embedded, START)
        # None of the six is crowded out by the others.
        assert len(await memory_search.search(session, mine, asked, Filter(), 6)) == 6
        for found in (
            await memory_search.search(session, mine, asked, Filter(), 50),
            await memories.select_page(session, mine, Filter(), None, 50),
        ):
            assert {one.agent_id for one in found} <= {mine}
            assert not {one.id for one in found} & set(foreign)
            assert not any("Theirs" in one.content for one in found)
        assert await memories.get(session, mine, foreign[number]) is None
        assert await memories.neighbourhood(session, mine, foreign) == []
        assert await forgetting.told_by(session, mine, foreign[number]) == []
    async with world.database.write() as session:
        changes = {"content": content, "embedded": None}
        assert await memories.update_memory(session, mine, foreign[number], changes) is None
        assert await memories.delete_memories(session, mine, foreign) == 0
        await memories.refresh_words(session, mine, foreign)
        await memories.delete_all(session, mine)
        stored = await memories.insert_memories(
            session, mine, [memory(f"{content} Mine", place) for place in range(6)]
        )
        await memories.refresh_words(session, mine, [one.id for one in stored])
    async with world.database.read() as session:
        assert await memories.select_page(session, theirs, Filter(), None, 50) == before
        # Nor do words of one agent's memories make another's be found, though they were said between them.
        only_theirs = Question("Theirs", None, START)
        assert await memory_search.search(session, mine, only_theirs, Filter(), 50) == []
