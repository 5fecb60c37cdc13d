"""What tests of remembering do: tell an agent something, let it remember, and look at what."""

import json
from typing import Any
from urllib.parse import quote

from reznet.agents.registry import AgentRegistry
from reznet.jobs.remembering import Remembering
from reznet.repositories import memories as memory_rows
from reznet.schemas.agents import AgentOut, MemorySettings, Remember
from reznet.schemas.channels import ChannelOut
from reznet.schemas.memories import MemoryOut
from reznet.schemas.tasks import TaskOut
from tests.jobs.conftest import Desk
from tests.support.upstream import FakeUpstream

TURNS = MemorySettings(remember=Remember.TURNS)


def saying(text: str) -> str:
    """Return a model that always says the same."""
    return f"fake;text={quote(text, safe='')}"


def remembering(desk: Desk) -> Remembering:
    """Return what remembers, without its loop."""
    return Remembering(desk.database, desk.ports, desk.llm, AgentRegistry(), lambda: False)


async def remember(desk: Desk) -> None:
    """Do everything that is due, as if the channels had been quiet for long."""
    worker = remembering(desk)
    await make_due(desk)
    while await worker.work():
        await make_due(desk)


async def make_due(desk: Desk) -> None:
    await desk.execute("update tasks set remember_at = now() where remember_at is not null")


async def memories_of(desk: Desk, agent: AgentOut) -> list[MemoryOut]:
    """Return all that the agent remembers, the first said first."""
    async with desk.database.read() as session:
        found = await memory_rows.select_page(session, agent.id, memory_rows.Filter(), None, 100)
    return sorted(found, key=lambda memory: (memory.said_at, memory.id))


async def contents_of(desk: Desk, agent: AgentOut) -> list[str]:
    return [memory.content for memory in await memories_of(desk, agent)]


async def told(desk: Desk, channel: ChannelOut, agent: AgentOut, words: str) -> TaskOut:
    """Tell the agent something and wait for its answer."""
    return await desk.ended(await desk.ask(channel, f"@{agent.handle} {words}"))


def drawn(*facts: tuple[str, int]) -> dict[str, str]:
    """Return how the fake model tells facts, each with the number of its source."""
    items = [{"content": text, "source": at, "importance": 0.6} for text, at in facts]
    return {"text": json.dumps({"facts": items})}


def judged(*verdicts: str) -> dict[str, str]:
    items = [{"pair": at, "verdict": verdict} for at, verdict in enumerate(verdicts, 1)]
    return {"text": json.dumps({"verdicts": items})}


def script(upstream: FakeUpstream, *answers: str | dict[str, Any]) -> str:
    """Return a model that gives these answers, one after the other."""
    scenarios = [{"text": one} if isinstance(one, str) else one for one in answers]
    upstream.script("memory", scenarios)
    return "fake;script=memory"


async def nothing_is_left(desk: Desk) -> bool:
    (row,) = await desk.execute(
        "select count(*) as number from tasks where remember_at is not null"
    )
    return row.number == 0
