"""What model calls used, for people."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from reznet.core.database import ReadSession
from reznet.repositories import usage
from reznet.schemas.runs import ModelCall
from reznet.schemas.tasks import TaskUsage, UsageRow


async def by_agent_model_day(
    session: ReadSession,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    agent_id: UUID | None = None,
) -> list[UsageRow]:
    """Return usage by UTC day, agent and model, newest day first; `until` is exclusive."""
    return await usage.by_agent_model_day(session, since=since, until=until, agent_id=agent_id)


def total(calls: Sequence[ModelCall]) -> TaskUsage:
    """Return what calls used together; the cost is unknown as soon as one part's is."""
    costs = [call.cost_usd for call in calls]
    known = [cost for cost in costs if cost is not None]
    return TaskUsage(
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cached_tokens=sum(call.cache_read_tokens for call in calls),
        cost_usd=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        estimated=any(call.estimated for call in calls),
    )
