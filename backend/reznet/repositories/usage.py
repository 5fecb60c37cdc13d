"""What model calls used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reznet.core.clock import now
from reznet.core.database import WriteSession
from reznet.models import LlmUsage
from reznet.repositories.rows import Columns, selecting
from reznet.schemas.runs import ModelCall
from reznet.schemas.tasks import UsageRow


async def insert_calls(
    session: WriteSession,
    calls: Sequence[ModelCall],
    *,
    task_id: UUID,
    agent_id: UUID | None,
    agent_name: str,
    attempt: int,
) -> None:
    """Record the calls of one attempt of a task; said twice, they are still there once."""
    if not calls:
        return
    stamp = now()
    rows = [
        {
            "id": uuid5(task_id, f"{attempt}:{index}"),
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
        for index, call in enumerate(calls)
    ]
    await session.execute(insert(LlmUsage).values(rows).on_conflict_do_nothing())


_DAY = func.date_trunc("day", LlmUsage.created_at, "UTC")
_GROUP: Columns = (
    _DAY,
    LlmUsage.agent_id,
    LlmUsage.agent_name,
    LlmUsage.provider,
    LlmUsage.model,
)
_COLUMNS: Columns = (
    _DAY.label("day"),
    LlmUsage.agent_id,
    LlmUsage.agent_name,
    LlmUsage.provider,
    LlmUsage.model,
    func.count().label("calls"),
    func.count(LlmUsage.error_code).label("failed_calls"),
    func.sum(LlmUsage.input_tokens).label("input_tokens"),
    func.sum(LlmUsage.output_tokens).label("output_tokens"),
    func.sum(LlmUsage.cache_read_tokens).label("cache_read_tokens"),
    func.sum(LlmUsage.cache_write_tokens).label("cache_write_tokens"),
    func.sum(LlmUsage.cost_usd).label("cost_usd"),
    func.sum(case((LlmUsage.cost_usd.is_(None), 1), else_=0)).label("calls_without_price"),
    func.sum(case((LlmUsage.estimated, 1), else_=0)).label("estimated_calls"),
)


async def by_agent_model_day(
    session: AsyncSession,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    agent_id: UUID | None = None,
) -> list[UsageRow]:
    """Return sums by UTC day, agent and model, newest day first."""
    statement = (
        selecting(_COLUMNS)
        .group_by(*_GROUP)
        .order_by(_DAY.desc(), LlmUsage.agent_name, LlmUsage.provider, LlmUsage.model)
    )
    if since is not None:
        statement = statement.where(LlmUsage.created_at >= since)
    if until is not None:
        statement = statement.where(LlmUsage.created_at < until)
    if agent_id is not None:
        statement = statement.where(LlmUsage.agent_id == agent_id)
    rows = await session.execute(statement)
    return [UsageRow.model_validate(row, from_attributes=True) for row in rows.all()]
