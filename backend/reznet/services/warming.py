"""Lets the connections of a process learn what posts and runs ask, before anybody waits for it.

What PostgreSQL knows of tables and types it looks up anew for each connection, and it plans a statement for its
parameters five times before it keeps one plan; the driver asks for the types of arrays once a connection. Together
that is twenty times what a request takes later. What is asked here is about a channel that does not exist, so that nothing
is stored.
"""

import asyncio
from uuid import UUID

import structlog

from reznet.core.clock import now
from reznet.core.database import Database, WriteSession
from reznet.core.errors import Unavailable
from reznet.repositories import agents, message_pages, plain_messages, recall, requests
from reznet.repositories.engine_rows import BegunRun
from reznet.repositories.plain_messages import PlainMessage

log = structlog.get_logger(__name__)

_TIMES = 6
_NOWHERE = UUID(int=0)
_WORD = "warm"


async def warm(database: Database, connections: int) -> None:
    """Open that many connections, and ask on each what posts and runs will; without the database, do nothing."""
    turn = asyncio.Lock()

    async def one() -> None:
        async with database.write() as session:
            await session.before()
            # Each has a connection of its own by then; who needs one meanwhile gets the first that is ready.
            async with turn:
                for _ in range(_TIMES):
                    await _ask(session)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(one())
    except* Unavailable:
        log.info("the database is away; its connections will learn what they need when it is back")


async def _ask(session: WriteSession) -> None:
    await plain_messages.insert(session, _NOWHERE, [_SAID])
    before = await session.before()
    await agents.by_handles(before, {_WORD})
    await requests.insert_request(session, _REQUEST, _RECORD)
    await message_pages.history(
        before, _NOWHERE, thread_id=None, since=None, before=(now(), _NOWHERE), limit=1
    )
    reader = recall.Reader(_NOWHERE, _NOWHERE, None, None)
    await recall.look(before, reader, None, _WORD, 1.0)


_SAID = PlainMessage(_NOWHERE, _WORD, None, _WORD, None)
_REQUEST = requests.Request(
    message_id=_NOWHERE,
    task_id=_NOWHERE,
    answer_id=_NOWHERE,
    said=_SAID,
    mentions=(),
    agent_id=_NOWHERE,
    agent_name=_WORD,
    created_by=_WORD,
)
_RECORD = BegunRun(*[_WORD] * 8)
