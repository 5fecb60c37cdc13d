"""How well agents find what they were told: `python benchmarks/memory_recall.py --data FILE`.

Each conversation of the file becomes one agent's memory, a memory for each turn; each question is asked through the
product's own search, and what should be found is known. See README.md for the format of the file.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from report import percentile
from servers import databases

from reznet.core.config import load_settings
from reznet.core.embedding import Embedder, Vector
from reznet.main import Runtime, prepare_database
from reznet.schemas.agents import AgentCreate
from reznet.schemas.memories import MAX_BULK, MemoryCreate, MemoryKind
from reznet.services import agents, memories
from reznet.services.memory_owners import Owner
from reznet.services.ports import LOCAL_USER, Ports

CUTS = (5, 10, 20)
TARGETS = {5: 68.0, 10: 76.0}
TARGET_MS = 150
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open domain", 4: "single hop"}
# Turns of a session have one date in the file; they follow one another.
_TURN = timedelta(seconds=30)


@dataclass
class Figures:
    """What was measured: shares of the evidence found, by category; times in ms; what was stored."""

    recalls: dict[int, list[tuple[float, ...]]] = field(default_factory=lambda: defaultdict(list))
    query_ms: list[float] = field(default_factory=list)
    stored: int = 0
    store_seconds: float = 0.0


def main() -> None:
    arguments = _arguments()
    data = json.loads(arguments.data.read_text())
    with ExitStack() as stack:
        (url,) = stack.enter_context(databases(arguments.database_url, ["memories"]))
        prepare_database(url)
        figures = asyncio.run(_measure(url, data, arguments))
    _print(figures, arguments)


async def _measure(url: str, data: dict[str, Any], arguments: argparse.Namespace) -> Figures:
    settings = load_settings(
        {**os.environ, "DATABASE_URL": url, "REZNET_EMBEDDER": arguments.embedder},
        env_file=Path("no.env"),
    )
    runtime = Runtime(settings, url)  # not started: it runs no agents
    ports = runtime.ports
    if arguments.vectors is not None and ports.embedder is not None:
        kept = KeptVectors(ports.embedder, arguments.vectors)
        ports = Ports(
            ports.settings, ports.bus, ports.cache, ports.queue, ports.models, embedder=kept
        )
    figures = Figures()
    try:
        for number, (name, conversation) in enumerate(data.items(), 1):
            _say(f"{name} ({number} of {len(data)})")
            agent_id = await new_agent(runtime, ports, f"Listener {number}")
            turn_of = await store(runtime, ports, agent_id, conversation["turns"], figures)
            for question in conversation["questions"]:
                await _ask(runtime, ports, agent_id, question, turn_of, figures)
    finally:
        await runtime.database.aclose()
        if ports.embedder is not None:
            await ports.embedder.aclose()
        runtime.queue.close()
    return figures


async def new_agent(runtime: Runtime, ports: Ports, name: str) -> UUID:
    """Return an agent to remember things."""
    body = AgentCreate(name=name, role="Remembers", provider="openai", model="none")
    async with runtime.database.write() as session:
        return (await agents.create(session, ports, LOCAL_USER, body)).id


async def store(
    runtime: Runtime,
    ports: Ports,
    agent_id: UUID,
    turns: Sequence[dict[str, Any]],
    figures: Figures,
) -> dict[UUID, str]:
    """Store a conversation; return which turn each memory is."""
    bodies: list[MemoryCreate] = []
    for place, turn in enumerate(turns):
        content = f"{turn['speaker']}: {turn['text']}"
        if turn["photo"]:
            content = f"{content} ({turn['photo']})"
        said_at = datetime.strptime(turn["date"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        bodies.append(
            MemoryCreate(content=content, kind=MemoryKind.EPISODE, said_at=said_at + place * _TURN)
        )
    turn_of: dict[UUID, str] = {}
    began = time.perf_counter()
    for start in range(0, len(bodies), MAX_BULK):
        batch = bodies[start : start + MAX_BULK]
        vectors = await memories.embed_documents(ports, [body.content for body in batch])
        async with runtime.database.write() as session:
            stored = await memories.add(session, LOCAL_USER, Owner(agent_id), batch, vectors)
        for turn, memory in zip(turns[start:], stored, strict=False):
            turn_of[memory.id] = turn["id"]
    figures.store_seconds += time.perf_counter() - began
    figures.stored += len(bodies)
    return turn_of


async def _ask(
    runtime: Runtime,
    ports: Ports,
    agent_id: UUID,
    question: dict[str, Any],
    turn_of: dict[UUID, str],
    figures: Figures,
) -> None:
    began = time.perf_counter()
    asked = await memories.ask(ports, question["question"])
    async with runtime.database.read() as session:
        hits = await memories.search(session, LOCAL_USER, Owner(agent_id), asked, limit=max(CUTS))
    figures.query_ms.append(1000 * (time.perf_counter() - began))
    found = [turn_of[hit.id] for hit in hits]
    evidence = set(question["evidence"])
    figures.recalls[question["category"]].append(
        tuple(100 * len(evidence & set(found[:cut])) / len(evidence) for cut in CUTS)
    )


class KeptVectors:
    """An embedder that keeps in a file what it has embedded, to try out searches without waiting."""

    def __init__(self, embedder: Embedder, file: Path) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._file = file
        self._known: dict[str, list[float]] = json.loads(file.read_text()) if file.exists() else {}
        self._size = len(self._known)

    @property
    def dimensions(self) -> int | None:
        return self._embedder.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector | None]:
        return await self._kept("query ", texts)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector | None]:
        return await self._kept("document ", texts)

    async def aclose(self) -> None:
        await self._embedder.aclose()
        if len(self._known) > self._size:
            self._file.write_text(json.dumps(self._known))

    async def _kept(self, kind: str, texts: Sequence[str]) -> list[Vector | None]:
        new = [text for text in texts if kind + text not in self._known]
        embed = (
            self._embedder.embed_queries if kind == "query " else self._embedder.embed_documents
        )
        for text, vector in zip(new, await embed(new), strict=True):
            if vector is not None:
                self._known[kind + text] = list(vector)
        return [self._known.get(kind + text) for text in texts]


def _print(figures: Figures, arguments: argparse.Namespace) -> None:
    every = [recall for recalls in figures.recalls.values() for recall in recalls]
    print(
        f"embedder {arguments.embedder}, {figures.stored:,} memories, {len(every):,} questions\n"
    )
    print(f"{'':14}{'questions':>10}" + "".join(f"{f'R@{cut}':>8}" for cut in CUTS))
    for category in sorted(figures.recalls):
        name = CATEGORIES.get(category, str(category))
        print(_line(name, figures.recalls[category]))
    print(_line("all", every))
    print()
    means = dict(zip(CUTS, _means(every), strict=True))
    for cut, target in TARGETS.items():
        print(f"R@{cut:<11} {means[cut]:6.1f}  (≥ {target:.0f}: {_verdict(means[cut] >= target)})")
    p95 = percentile(figures.query_ms, 95)
    print(f"query, p50    {percentile(figures.query_ms, 50):6.1f} ms")
    print(f"query, p95    {p95:6.1f} ms  (≤ {TARGET_MS}: {_verdict(p95 <= TARGET_MS)})")
    kept = " (vectors from the file)" if arguments.vectors else ""
    print(f"stored        {figures.stored / figures.store_seconds:6.0f} memories/s{kept}")


def _line(name: str, recalls: Sequence[tuple[float, ...]]) -> str:
    return f"{name:14}{len(recalls):>10}" + "".join(f"{mean:8.1f}" for mean in _means(recalls))


def _means(recalls: Sequence[tuple[float, ...]]) -> list[float]:
    return [statistics.fmean(column) for column in zip(*recalls, strict=True)]


def _verdict(met: bool) -> str:
    return "pass" if met else "MISS"


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measures how much of the evidence a search finds."
    )
    parser.add_argument("--data", type=Path, required=True, help="conversations with questions")
    parser.add_argument("--embedder", default="local", help="as REZNET_EMBEDDER")
    parser.add_argument(
        "--vectors", type=Path, help="a file to keep vectors in, for trying things out"
    )
    parser.add_argument(
        "--database-url", help="a PostgreSQL of your own; default: an embedded one"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
