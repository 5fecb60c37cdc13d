"""What model calls used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.core.statements import Statement
from reznet.models import USAGE
from reznet.repositories.rows import Columns, selecting
from reznet.schemas.runs import ModelCall
from reznet.schemas.tasks import UsageRow

_NEW = (
    "id",
    "task_id",
    "agent_id",
    "agent_name",
    "provider",
    "model",
    "attempt",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost_usd",
    "estimated",
    "latency_ms",
    "first_token_ms",
    "error_code",
    "created_at",
)
_INSERT = Statement(insert(USAGE).on_conflict_do_nothing(), columns=_NEW)


async def insert_calls(
    session: WriteSession,
    calls: Sequence[ModelCall],
    *,
    task_id: UUID | None,
    agent_id: UUID | None,
    agent_name: str,
    attempt: int,
) -> None:
    """Record the calls of one attempt of a task; said twice, they are still there once.

    Calls for no task are of an agent that was tried.
    """
    if not calls:
        return
    stamp, key = now(), task_id or new_id()
    for index, call in enumerate(calls):
        row = {
            "id": uuid5(key, f"{attempt}:{index}"),
            "task_id": task_id,
            "agent_id": agent_id,
            "agent_name": agent_name,
            "provider": call.provider,
            "model": call.model,
            "attempt": call.attempt,
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "cache_read_tokens": call.cache_read_tokens,
            "cache_write_tokens": call.cache_write_tokens,
            "cost_usd": call.cost_usd,
            "estimated": call.estimated,
            "latency_ms": call.latency_ms,
            "first_token_ms": call.first_token_ms,
            "error_code": call.error_code,
            "created_at": stamp,
        }
        await session.fetch(_INSERT, row)


_DAY = func.date_trunc("day", USAGE.c.created_at, "UTC")
_GROUP: Columns = (
    _DAY,
    USAGE.c.agent_id,
    USAGE.c.agent_name,
    USAGE.c.provider,
    USAGE.c.model,
)
_COLUMNS: Columns = (
    _DAY.label("day"),
    USAGE.c.agent_id,
    USAGE.c.agent_name,
    USAGE.c.provider,
    USAGE.c.model,
    func.count().label("calls"),
    func.count(USAGE.c.error_code).label("failed_calls"),
    func.sum(USAGE.c.input_tokens).label("input_tokens"),
    func.sum(USAGE.c.output_tokens).label("output_tokens"),
    func.sum(USAGE.c.cache_read_tokens).label("cache_read_tokens"),
    func.sum(USAGE.c.cache_write_tokens).label("cache_write_tokens"),
    func.sum(USAGE.c.cost_usd).label("cost_usd"),
    func.sum(case((USAGE.c.cost_usd.is_(None), 1), else_=0)).label("calls_without_price"),
    func.sum(case((USAGE.c.estimated, 1), else_=0)).label("estimated_calls"),
)


async def by_agent_model_day(
    session: ReadSession,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    agent_id: UUID | None = None,
) -> list[UsageRow]:
    """Return sums by UTC day, agent and model, newest day first."""
    statement = (
        selecting(_COLUMNS)
        .group_by(*_GROUP)
        .order_by(_DAY.desc(), USAGE.c.agent_name, USAGE.c.provider, USAGE.c.model)
    )
    if since is not None:
        statement = statement.where(USAGE.c.created_at >= since)
    if until is not None:
        statement = statement.where(USAGE.c.created_at < until)
    if agent_id is not None:
        statement = statement.where(USAGE.c.agent_id == agent_id)
    rows = await session.execute(statement)
    return [UsageRow.model_validate(row, from_attributes=True) for row in rows.all()]
