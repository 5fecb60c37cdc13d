"""How searching and storing memories grows with their number: `python benchmarks/memory_scale.py`.

A thousand agents with 200 memories each, one with 200,000, and one that grows across the threshold at which it gets a
partition of its own, while it is searched and written. All of it through the product's own services, on a fresh PostgreSQL; texts and
vectors are made up (memory_world.py). See README.md.
"""

import argparse
import asyncio
import os
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from memory_world import StandIn, World
from report import percentile
from servers import databases
from sqlalchemy import text

from reznet.core.config import load_settings
from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.vector_upkeep import VectorUpkeep
from reznet.main import Runtime, prepare_database
from reznet.repositories import memory_partitions, memory_search
from reznet.repositories.memories import Filter
from reznet.schemas.agents import AgentCreate
from reznet.schemas.memories import MAX_BULK, MemoryCreate, MemoryKind
from reznet.services import agents, memories
from reznet.services.memory_owners import Owner
from reznet.services.ports import LOCAL_USER, Ports

START = datetime(2024, 1, 1, tzinfo=UTC)
LIMIT = 10
TARGET_RECALL, TARGET_MS = 0.98, 150.0


@dataclass
class Bench:
    """What every measurement needs."""

    database: Database
    ports: Ports
    world: World
    upkeep: VectorUpkeep
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    async def agent(self, name: str) -> UUID:
        body = AgentCreate(name=name, role="Remembers", provider="openai", model="none")
        async with self.database.write() as session:
            return (await agents.create(session, self.ports, LOCAL_USER, body)).id

    async def store(self, owner_id: UUID, first: int, count: int) -> float:
        """Store memories as a bulk import does; return the seconds without the making of texts and vectors."""
        kinds = (MemoryKind.EPISODE, MemoryKind.EPISODE, MemoryKind.FACT, MemoryKind.NOTE)
        bodies = [
            MemoryCreate(
                content=content,
                kind=kinds[(first + place) % len(kinds)],
                said_at=START + (first + place) * timedelta(minutes=3),
            )
            for place, content in enumerate(self.world.texts(count))
        ]
        vectors = await memories.embed_documents(self.ports, [body.content for body in bodies])
        began = time.perf_counter()
        async with self.database.write() as session:
            await memories.add(session, LOCAL_USER, Owner(owner_id), bodies, vectors)
        return time.perf_counter() - began

    async def ask(
        self, owner_id: UUID, question: str, kind: MemoryKind | None = None
    ) -> list[UUID]:
        asked = await memories.ask(self.ports, question)
        async with self.database.read() as session:
            found = await memories.search(
                session, LOCAL_USER, Owner(owner_id), asked, only=Filter(kind=kind), limit=LIMIT
            )
        return [memory.id for memory in found]

    async def look_at_all(
        self, owner_id: UUID, question: str, kind: MemoryKind | None = None
    ) -> list[UUID]:
        asked = await memories.ask(self.ports, question)
        wanted = memory_search.Question(asked.text, asked.embedded, asked.at)
        async with self.database.read() as session:
            found = await memory_search.search_all(
                session, owner_id, wanted, Filter(kind=kind), LIMIT
            )
        return [memory.id for memory in found]

    def note(self, what: str, figure: str, target: str = "") -> None:
        self.rows.append((what, figure, target))
        _say(f"{what}: {figure}")


def main() -> None:
    arguments = _arguments()
    with ExitStack() as stack:
        (url,) = stack.enter_context(databases(arguments.database_url, ["scale"]))
        prepare_database(url)
        rows = asyncio.run(_measure(url, arguments))
    width = max(len(what) for what, _, _ in rows)
    for what, figure, target in rows:
        sys.stdout.write(f"{what:{width}}  {figure:>28}  {target}\n")


async def _measure(url: str, arguments: argparse.Namespace) -> Sequence[tuple[str, str, str]]:
    settings = load_settings(
        {**os.environ, "DATABASE_URL": url, "REZNET_EMBEDDER": "off"}, env_file=Path("no.env")
    )
    runtime = Runtime(settings, url)  # not started: it runs no agents
    world = World()
    stand_in = StandIn(world)
    old = runtime.ports
    ports = Ports(old.settings, old.bus, old.cache, old.queue, old.models, embedder=stand_in)
    bench = Bench(runtime.database, ports, world, VectorUpkeep(settings, url, stand_in))
    try:
        await _many(bench, arguments)
        await _growing(bench, arguments)
        await _large(bench, arguments)
        bench.note("memory of this process", f"{_resident_mib():.0f} MiB")
    finally:
        await bench.upkeep.aclose()
        await runtime.database.aclose()
        runtime.queue.close()
    return bench.rows


async def _many(bench: Bench, arguments: argparse.Namespace) -> None:
    owners = [await bench.agent(f"Listener {n}") for n in range(arguments.agents)]
    seconds = 0.0
    for number, owner_id in enumerate(owners):
        seconds += await bench.store(owner_id, 0, arguments.each)
        if number % 100 == 99:
            _say(f"{number + 1} agents")
    title = f"{arguments.agents:,} agents, {arguments.each} each"
    stored = arguments.agents * arguments.each
    bench.note(f"{title}: stored", f"{stored / seconds:,.0f} memories/s")
    await bench.upkeep.round()
    questions = bench.world.questions(arguments.questions)
    asked = [
        (owners[place * 37 % len(owners)], question) for place, question in enumerate(questions)
    ]
    times = [await _timed(lambda: bench.ask(*one)) for one in asked]  # noqa: B023 - awaited at once
    _note_times(bench, f"{title}: search", times)
    await _note_size(bench, f"{title}: table and indexes", "agent_memories_default")


async def _large(bench: Bench, arguments: argparse.Namespace) -> None:
    owner_id = await bench.agent("Elephant")
    seconds, moved = 0.0, False
    for first in range(0, arguments.large, MAX_BULK):
        seconds += await bench.store(owner_id, first, min(MAX_BULK, arguments.large - first))
        if not moved and first > 20_000:
            moved = True
            await bench.upkeep.round()
        if first % 20_000 == 0:
            _say(f"{first:,} memories of one agent")
    title = f"one agent, {arguments.large:,}"
    bench.note(f"{title}: stored", f"{arguments.large / seconds:,.0f} memories/s")
    async with bench.database.read() as session:  # as autovacuum does after so many rows
        await memory_partitions.count_rows(session, owner_id)
    for kind in (None, MemoryKind.NOTE):
        name = f"{title}: search" if kind is None else f"{title}: search for one kind (a quarter)"
        times: list[float] = []
        exact_times: list[float] = []
        recalls: list[float] = []
        for place, question in enumerate(bench.world.questions(arguments.questions)):
            found: list[UUID] = []

            async def ask(into: list[UUID] = found, of: str = question) -> None:
                into += await bench.ask(owner_id, of, kind)  # noqa: B023 - awaited at once

            times.append(await _timed(ask))
            if place >= arguments.exact:
                continue
            began = time.perf_counter()
            right = await bench.look_at_all(owner_id, question, kind)
            exact_times.append(1000 * (time.perf_counter() - began))
            recalls.append(len(set(found) & set(right)) / len(right))
        _note_times(bench, name, times)
        bench.note(
            f"{name}: recall of {LIMIT}",
            f"{statistics.fmean(recalls):.3f} ({len(recalls)} questions)",
            f"≥ {TARGET_RECALL}: {_verdict(statistics.fmean(recalls) >= TARGET_RECALL)}",
        )
        bench.note(f"{name}: each looked at, p50", f"{percentile(exact_times, 50):.0f} ms")
    partition = memory_partitions.name_of(owner_id)
    await _note_size(bench, f"{title}: table and indexes", partition)
    index = memory_partitions.index_of(owner_id, StandIn.name, StandIn.dimensions)
    await _note_size(bench, f"{title}: of it the vectors' index", index)


async def _growing(bench: Bench, arguments: argparse.Namespace) -> None:
    """Let one agent cross the threshold while it and another are searched, and it is written all the time."""
    owner_id, other_id = await bench.agent("Sprout"), await bench.agent("Bystander")
    await bench.store(other_id, 0, 200)
    for first in range(0, arguments.grown, MAX_BULK):
        await bench.store(owner_id, first, MAX_BULK)
    stored, failures, is_over = arguments.grown, list[str](), asyncio.Event()
    waits: dict[str, list[float]] = {"writes": [], "its searches": [], "another's searches": []}
    questions = bench.world.questions(500)

    async def keep(name: str, work: Callable[[int], Awaitable[object]]) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            began = time.perf_counter()
            try:
                await work(number)
            except Unavailable as error:
                failures.append(error.detail)
            waits[name].append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(0.02)

    async def write(_: int) -> None:
        nonlocal stored
        await bench.store(owner_id, stored, 5)
        stored += 5

    work = [
        asyncio.create_task(keep("writes", write)),
        asyncio.create_task(
            keep("its searches", lambda n: bench.ask(owner_id, questions[n % 500]))
        ),
        asyncio.create_task(
            keep("another's searches", lambda n: bench.ask(other_id, questions[n % 500]))
        ),
    ]
    began = time.perf_counter()
    await bench.upkeep.round()
    seconds = time.perf_counter() - began
    is_over.set()
    await asyncio.gather(*work)
    title = f"growing across {arguments.grown:,}"
    async with bench.database.read() as session:
        found = await session.execute(
            text(
                "select count(*), min(cast(tableoid as bigint)) = max(cast(tableoid as bigint)) "
                "from agent_memories where owner_id = :owner"
            ),
            {"owner": owner_id},
        )
        count, is_one = found.one()
        apart = owner_id in await memory_partitions.owners_apart(session)
    bench.note(f"{title}: partition and index made in", f"{seconds:.1f} s")
    lost = stored - count
    verdict = _verdict(not lost and not failures and is_one and apart)
    bench.note(f"{title}: lost, failed", f"{lost}, {len(failures)}", f"0, 0: {verdict}")
    for name, times in waits.items():
        bench.note(
            f"{title}: {name}, p50 and longest",
            f"{percentile(times, 50):.0f} ms, {max(times):.0f} ms ({len(times)})",
        )


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return 1000 * (time.perf_counter() - began)


def _note_times(bench: Bench, what: str, times: Sequence[float]) -> None:
    p95 = percentile(times, 95)
    bench.note(
        f"{what}, p50 and p95",
        f"{percentile(times, 50):.0f} ms, {p95:.0f} ms",
        f"≤ {TARGET_MS:.0f}: {_verdict(p95 <= TARGET_MS)}",
    )


async def _note_size(bench: Bench, what: str, relation: str) -> None:
    async with bench.database.read() as session:
        size = await session.execute(
            text("select pg_total_relation_size(cast(:relation as regclass))"),
            {"relation": relation},
        )
        bench.note(what, f"{size.scalar_one() / 2**20:,.0f} MiB")


def _resident_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _verdict(met: bool) -> str:
    return "pass" if met else "MISS"


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures searching and storing many memories.")
    parser.add_argument("--agents", type=int, default=1_000, help="agents with few memories")
    parser.add_argument("--each", type=int, default=200, help="memories of each of them")
    parser.add_argument("--large", type=int, default=200_000, help="memories of the one")
    parser.add_argument("--grown", type=int, default=20_000, help="where the growing one begins")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--exact", type=int, default=60, help="questions whose recall is measured")
    parser.add_argument(
        "--database-url", help="a PostgreSQL of your own; default: an embedded one"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
