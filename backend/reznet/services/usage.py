"""What model calls used, for people."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.pagination import Page, decode_cursor, decode_time, encode_cursor, foreign_cursor
from reznet.repositories import agents, usage
from reznet.repositories.usage import Filter as Filter
from reznet.repositories.usage import Place
from reznet.schemas.runs import ModelCall
from reznet.schemas.tasks import TaskUsage, UsageRow

_GONE = ""  # in a cursor: the agent is deleted, or was never stored


async def list_page(
    session: ReadSession, only: Filter, *, limit: int = 50, cursor: str | None = None
) -> Page[UsageRow]:
    """Return usage by UTC day, agent and model, newest day first; `only.until` is exclusive.

    Raises Invalid for a cursor that is none of this list.
    """
    after = _place(cursor) if cursor else None
    rows = await usage.by_agent_model_day(session, only, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], _cursor(last) if last else None)


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


def _cursor(row: UsageRow) -> str:
    agent = row.agent_id or _GONE
    return encode_cursor(row.day, row.agent_name, row.provider, row.model, agent)


def _place(cursor: str) -> Place:
    stamp, agent_name, provider, model, agent = decode_cursor(cursor, 5)
    try:
        agent_id = None if agent == _GONE else UUID(agent)
    except ValueError:
        raise foreign_cursor() from None
    if "\x00" in agent_name + provider + model:
        raise foreign_cursor()
    return Place(decode_time(stamp), agent_name, provider, model, agent_id)
