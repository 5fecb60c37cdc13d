"""The account of model calls that are made beside runs."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.jobs.running import count_calls
from reznet.schemas.runs import ModelCall
from reznet.services import usage

log = structlog.get_logger(__name__)


async def account(
    database: Database,
    agent: tuple[UUID | None, str],
    calls: Sequence[ModelCall],
    *,
    what: str,
    task_id: UUID | None = None,
    attempt: int = 1,
) -> None:
    """Count calls and record them under the agent, given by id and name; without the database, say that `what` is not."""
    if not calls:
        return
    count_calls(calls)
    agent_id, name = agent
    try:
        async with database.write() as session:
            await usage.store_beside_runs(
                session, agent_id, name, calls, task_id=task_id, attempt=attempt
            )
    except Unavailable:
        log.warning("usage is not recorded", what=what)
