"""What model calls used, for people."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.repositories import agents, usage
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


async def store_beside_runs(
    session: WriteSession,
    agent_id: UUID | None,
    agent_name: str,
    calls: Sequence[ModelCall],
    *,
    task_id: UUID | None = None,
    attempt: int = 1,
) -> None:
    """Record what calls used that are no run's: under the agent's id if it is stored, in any case under its name.

    `task_id` is the run that they follow; `attempt` tells several such calls after one run apart.
    """
    stored = None
    if agent_id is not None:
        await agents.hold(session, [agent_id])
        stored = await agents.get(session, agent_id)
    await usage.insert_calls(
        session,
        calls,
        task_id=task_id,
        agent_id=stored.id if stored else None,
        agent_name=agent_name,
        attempt=attempt,
    )


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
