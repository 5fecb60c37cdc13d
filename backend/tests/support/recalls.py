"""What a run would be told of memory, and how many statements that takes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from reznet.core.database import Database
from reznet.core.ids import new_id
from reznet.repositories.memories import Embedded
from reznet.schemas.agents import AgentOut
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageOut
from reznet.schemas.runs import Claim, Recollection, RunContext
from reznet.schemas.tasks import TaskOut
from reznet.services.memories import Asked
from reznet.services.recall import recall
from reznet.services.recall_query import Query

ASKED_AT = datetime(2024, 1, 1, tzinfo=UTC)


def run_of(agent: AgentOut, channel: ChannelOut) -> RunContext:
    """Return a run of the agent there; what recall does not look at is left out."""
    claim = Claim(new_id(), new_id(), channel.id, 1)
    task, request = TaskOut.model_construct(), MessageOut.model_construct()
    return RunContext(claim, task, agent, channel, request, (), (), remembers=True)


async def told(
    database: Database,
    agent: AgentOut,
    channel: ChannelOut,
    question: str | None,
    vector: Embedded | None = None,
) -> Sequence[Recollection]:
    """Return all that a run is told when it is asked what is remembered; without a question, what always counts."""
    query = None if question is None else Query(question, question, ASKED_AT, is_about_memory=True)
    asked = None if question is None else Asked(question, vector, ASKED_AT, question)
    async with database.read() as session:
        return await recall(session, run_of(agent, channel), query, asked)


@asynccontextmanager
async def statements(database: Database) -> AsyncGenerator[list[str]]:
    """Give a list that holds, after the block, the statements which were executed: round trips to the database."""
    seen: list[str] = []
    drivers: list[Any] = []

    def listen(connection: Any, *_: object) -> None:
        drivers.append(connection.driver_connection)
        drivers[-1].add_query_logger(note)

    def note(record: Any) -> None:
        seen.append(record.query)

    event.listen(database.engine.sync_engine, "checkout", listen)
    try:
        yield seen
        await asyncio.sleep(0)  # the driver tells of the last one in the loop's next round
    finally:
        event.remove(database.engine.sync_engine, "checkout", listen)
        for driver in drivers:
            driver.remove_query_logger(note)
