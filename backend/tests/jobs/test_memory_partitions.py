"""Owners with very many memories get partitions while they live on, and are then searched by indexes as before by looking."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.embedding import Vector
from reznet.jobs import partitioning
from reznet.jobs.vector_upkeep import VectorUpkeep
from reznet.repositories import memories, memory_partitions, memory_search
from reznet.repositories.memories import Embedded, Filter
from reznet.repositories.memory_search import Question
from reznet.schemas.agents import AgentCreate
from reznet.schemas.channels import ChannelCreate
from reznet.schemas.collections import CollectionCreate, GrantIn
from reznet.schemas.memories import MemoryCreate, MemoryKind, MemoryOut
from reznet.services import agents, channels, collections
from reznet.services import memories as service
from reznet.services import memory_partitions as steps
from reznet.services.memory_owners import Owner
from reznet.services.ports import LOCAL_USER
from tests.support.ports import make_ports
from tests.support.recalls import told

START = datetime(2024, 1, 1, tzinfo=UTC)
LARGE = 60
WORDS = ["cat", "harbour", "invoice", "zanzibar", "server", "lemon", "violin"]


class Letters:
    """An embedder for tests: a vector says which words of the list a text holds."""

    name = "it's: letters"
    dimensions = 8

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        return [vector_of(one) for one in texts]

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        return [vector_of(one) for one in texts]

    async def aclose(self) -> None:
        pass


def vector_of(content: str) -> list[float]:
    values = [1.0 + content.split().count(word) for word in WORDS] + [len(content) / 20]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


@pytest.fixture
async def upkeep(settings: Settings, database_url: str) -> AsyncIterator[VectorUpkeep]:
    made = VectorUpkeep(settings, database_url, Letters(), large=LARGE)
    yield made
    await made.aclose()


@pytest.fixture
async def owner(settings: Settings, database: Database) -> UUID:
    return await an_agent(settings, database, "Large")


async def an_agent(settings: Settings, database: Database, name: str) -> UUID:
    body = AgentCreate(name=name, role="Remembers", provider="openai", model="fake")
    async with database.write() as session:
        return (await agents.create(session, make_ports(settings), LOCAL_USER, body)).id


async def remember(
    database: Database, owner_id: UUID, start: int, count: int, kind: MemoryKind = MemoryKind.NOTE
) -> list[MemoryOut]:
    bodies = [
        MemoryCreate(
            content=" ".join([WORDS[n % 7], WORDS[(n * n) % 5], f"number{n}"] + ["and"] * (n % 3)),
            kind=kind,
            said_at=START + timedelta(minutes=10 * n),
        )
        for n in range(start, start + count)
    ]
    vectors = [Embedded(Letters.name, vector_of(body.content)) for body in bodies]
    async with database.write() as session:
        return await service.add(session, LOCAL_USER, Owner(owner_id), bodies, vectors)


async def seek(
    database: Database, owner_id: UUID, question: str, limit: int = 10, only: Filter | None = None
) -> list[MemoryOut]:
    asked = Question(question, Embedded(Letters.name, vector_of(question)), START)
    async with database.read() as session:
        return list(await memory_search.search(session, owner_id, asked, only or Filter(), limit))


async def tables_of(database: Database, owner_id: UUID) -> dict[str, int]:
    async with database.read() as session:
        rows = await session.execute(
            text(
                "select cast(cast(tableoid as regclass) as text), count(*) from agent_memories "
                "where owner_id = :owner group by 1"
            ),
            {"owner": owner_id},
        )
        return {row[0]: row[1] for row in rows}


async def is_indexed(database: Database, owner_id: UUID) -> bool:
    asked = Embedded(Letters.name, vector_of("cat"))
    async with database.read() as session:
        partition = await memory_partitions.partition_of(session, owner_id, asked)
    return partition is not None and partition.is_indexed


def is_alike(one: Sequence[MemoryOut], other: Sequence[MemoryOut]) -> bool:
    """Whether both found the same memories, with nearly the same scores."""
    return {memory.id for memory in one} == {memory.id for memory in other} and [
        memory.score for memory in one
    ] == pytest.approx([memory.score for memory in other], rel=0.02)


async def test_a_large_owner_gets_a_partition_and_finds_what_it_found(
    settings: Settings, database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    other = await an_agent(settings, database, "Small")
    await remember(database, other, 0, 20)
    stored = await remember(database, owner, 0, LARGE - 1)
    await upkeep.round()
    assert await tables_of(database, owner) == {"agent_memories_default": LARGE - 1}
    stored += await remember(database, owner, LARGE, 1)
    questions = ["zanzibar lemon", "cat number7", "what about the violin", "number12"]
    before = [await seek(database, owner, question) for question in questions]
    await upkeep.round()
    assert await tables_of(database, owner) == {memory_partitions.name_of(owner): LARGE}
    assert await tables_of(database, other) == {"agent_memories_default": 20}
    assert await is_indexed(database, owner)
    after = [await seek(database, owner, question) for question in questions]
    assert all(is_alike(one, two) for one, two in zip(before, after, strict=True))
    async with database.read() as session:
        listed = await memories.select_page(session, owner, Filter(), None, 200)
    assert {one.id: one for one in listed} == {one.id: one for one in stored}
    # It goes on there: what is new is found, what is deleted is not, and corrections hold.
    (new,) = await remember(database, owner, 900, 1)
    assert (await seek(database, owner, "number900"))[0].id == new.id
    async with database.write() as session:
        await service.delete(session, LOCAL_USER, Owner(owner), new.id)
    assert new.id not in {one.id for one in await seek(database, owner, "number900")}
    assert await tables_of(database, owner) == {memory_partitions.name_of(owner): LARGE}


async def test_references_between_memories_move_with_them(
    database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    stored = await remember(database, owner, 0, LARGE)
    old, new = stored[3].id, stored[40].id
    async with database.write() as session:
        await memories.update_memory(session, owner, old, {"superseded_by": new})
    await upkeep.round()
    async with database.read() as session:
        moved = await memories.get(session, owner, old)
        assert moved is not None
        assert moved.superseded_by == new
    assert old not in {one.id for one in await seek(database, owner, "number3", 50)}
    async with database.write() as session:
        await service.delete(session, LOCAL_USER, Owner(owner), new)
    async with database.read() as session:
        stands_again = await memories.get(session, owner, old)
    assert stands_again is not None
    assert stands_again.superseded_by is None


async def test_nothing_is_lost_and_nobody_fails_while_it_moves(
    database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    stored = [one.id for one in await remember(database, owner, 0, LARGE)]
    deleted: list[UUID] = []
    is_over = False

    async def write() -> None:
        number = 1000
        while not is_over:
            stored.extend(one.id for one in await remember(database, owner, number, 3))
            number += 3
            deleted.append(stored[len(deleted)])
            async with database.write() as session:
                await service.delete(session, LOCAL_USER, Owner(owner), deleted[-1])

    async def search() -> None:
        while not is_over:
            assert len(await seek(database, owner, "violin lemon", 20)) == 20

    work = [asyncio.create_task(one) for one in (write(), search(), search())]
    await upkeep.round()
    assert await is_indexed(database, owner)
    is_over = True
    await asyncio.gather(*work)
    tables = await tables_of(database, owner)
    assert tables == {memory_partitions.name_of(owner): len(stored) - len(deleted)}
    async with database.read() as session:
        rows = await session.execute(
            text("select id from agent_memories where owner_id = :owner"), {"owner": owner}
        )
        assert set(rows.scalars()) == set(stored) - set(deleted)


@pytest.mark.parametrize("stage", range(6))
async def test_who_is_killed_on_the_way_leaves_nothing_broken(
    database: Database, owner: UUID, upkeep: VectorUpkeep, stage: int
) -> None:
    """What a killed process leaves is what it has committed."""
    stored = await remember(database, owner, 0, LARGE)
    async with database.write() as session:
        await steps.prepare(session, owner)
    if stage > 0:
        async with database.write() as session:
            await steps.copy(session, owner)
    if stage > 1:
        async with database.write() as session:
            assert await steps.hold_still(session, owner)
            async with database.write() as beside:
                await steps.close_shared(beside, owner)
            if stage > 2:
                await steps.move(session, owner)
            if stage > 3:
                await steps.attach(session, owner)
            await (session.commit() if stage == 5 else session.rollback())
    assert len(await seek(database, owner, "cat", 200)) == LARGE
    stored += await remember(database, owner, 100, 2)
    async with database.write() as session:
        await memories.update_memory(session, owner, stored[0].id, {"importance": 0.9})
    await upkeep.round()
    assert await tables_of(database, owner) == {memory_partitions.name_of(owner): LARGE + 2}
    assert await is_indexed(database, owner)
    async with database.read() as session:
        assert await memory_partitions.begun(session) == []
        changed = await memories.get(session, owner, stored[0].id)
    assert changed is not None
    assert changed.importance == 0.9


async def test_a_long_transaction_of_others_makes_it_wait_and_not_them(
    database: Database, owner: UUID, upkeep: VectorUpkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("_TRIES", "_MOVES"):
        monkeypatch.setattr(partitioning, patience, 2)
    await remember(database, owner, 0, LARGE)
    async with database.write() as reader:
        await reader.execute(text("select count(*) from agent_memories"))
        await upkeep.round()
        assert await tables_of(database, owner) == {"agent_memories_default": LARGE}
        await remember(database, owner, 100, 1)
    await upkeep.round()
    assert await tables_of(database, owner) == {memory_partitions.name_of(owner): LARGE + 1}


async def test_a_second_process_leaves_the_work_to_the_first(
    settings: Settings, database_url: str, database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    await remember(database, owner, 0, LARGE)
    second = VectorUpkeep(settings, database_url, Letters(), large=LARGE)
    await asyncio.gather(upkeep.round(), second.round())
    await upkeep.round()
    await second.round()
    await second.aclose()
    assert await tables_of(database, owner) == {memory_partitions.name_of(owner): LARGE}
    assert await is_indexed(database, owner)


async def test_a_partition_goes_with_its_owner(
    database: Database, settings: Settings, owner: UUID, upkeep: VectorUpkeep
) -> None:
    await remember(database, owner, 0, LARGE)
    await upkeep.round()
    async with database.write() as session:
        await agents.delete(session, make_ports(settings), LOCAL_USER, owner)
    assert await tables_of(database, owner) == {}
    await upkeep.round()
    async with database.read() as session:
        assert await memory_partitions.owners_apart(session) == []


async def fill(database: Database, owner_id: UUID, count: int, kind: str, word: str) -> None:
    """Store many memories at once, all near to a word's vector and holding it."""
    near = ",".join(f"{value} + random() / 50" for value in vector_of(word))
    async with database.write() as session:
        await session.execute(
            text(
                f"""
                insert into agent_memories (owner_id, id, kind, content, importance, pinned, said_at, metadata,
                    embedding, embedder, dimensions, words, created_at, updated_at)
                select :owner, gen_random_uuid(), :kind, :word || ' ' || n, 0.5, false,
                    cast('2024-01-01' as timestamptz) + n * interval '1 minute', '{{}}',
                    l2_normalize(cast(array[{near}] as vector)::halfvec), :embedder, 8,
                    memory_words(:word || ' ' || n), now(), now()
                from generate_series(1, :count) as n
                """
            ),
            {
                "owner": owner_id,
                "kind": kind,
                "word": word,
                "embedder": Letters.name,
                "count": count,
            },
        )


async def test_a_search_gives_as_many_as_were_asked_for(
    settings: Settings, database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    """Neither what another owner has, nor what a filter leaves out, is taken from the answer."""
    other = await an_agent(settings, database, "Far away")
    await fill(database, owner, 6_000, "note", "cat")
    await fill(
        database, owner, 5_500, "fact", "violin"
    )  # far from the question, and too many to look at each
    await fill(database, owner, 30, "episode", "lemon")
    await fill(database, other, 30, "note", "violin")
    await upkeep.round()
    assert await is_indexed(database, owner)
    expected = {
        (owner, None): 200,
        (owner, MemoryKind.FACT): 200,
        (owner, MemoryKind.EPISODE): 30,
        (other, None): 30,
        (other, MemoryKind.FACT): 0,
    }
    for (whose, kind), count in expected.items():
        only = Filter(kind=kind)
        longest = await seek(database, whose, "cat", 200, only)
        assert len(longest) == count
        assert all(one.agent_id == whose for one in longest)
        assert all(kind in {None, one.kind} for one in longest)
        for limit in (10, 20, 50):
            shorter = await seek(database, whose, "cat", limit, only)
            assert shorter == longest[:limit]
    asked = Question("cat", Embedded(Letters.name, vector_of("cat")), START)
    async with database.read() as session:
        exact = await memory_search.search_all(session, other, asked, Filter(), 20)
    assert await seek(database, other, "cat", 20) == list(exact)


async def test_a_run_is_told_the_same_from_a_partition(
    settings: Settings, database: Database, owner: UUID, upkeep: VectorUpkeep
) -> None:
    async with database.write() as session:
        ports = make_ports(settings)
        agent = await agents.get(session, ports, owner)
        channel, _ = await channels.create(session, ports, LOCAL_USER, ChannelCreate(name="lab"))
        shared = await collections.create(session, LOCAL_USER, CollectionCreate(name="Team"))
        await collections.grant(session, LOCAL_USER, shared.id, owner, GrantIn())
        bodies = [
            MemoryCreate(content="the violin is shared"),
            MemoryCreate(content="be brief", pinned=True, importance=1),
        ]
        of_all = Owner(shared.id, is_shared=True)
        vectors = [Embedded(Letters.name, vector_of(body.content)) for body in bodies]
        await service.add(session, LOCAL_USER, of_all, bodies, vectors)
    await remember(database, owner, 0, LARGE)
    vector = Embedded(Letters.name, vector_of("violin"))

    async def recalled() -> dict[str, tuple[str | None, float]]:
        found = await told(database, agent, channel, "violin", vector)
        assert [one.memory.content for one in found if one.standing] == ["be brief"]
        return {
            one.memory.content: (one.collection, one.memory.scores.total)
            for one in found
            if one.memory.scores
        }

    before = await recalled()
    await upkeep.round()
    assert await is_indexed(database, owner)
    after = await recalled()
    assert before["the violin is shared"] == after["the violin is shared"]
    assert len(after) == 41
    assert {content: score for content, (_, score) in after.items()} == pytest.approx(
        {content: score for content, (_, score) in before.items()}, rel=0.02
    )
