"""What model calls used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, or_, select, tuple_
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


type Conditions = Sequence[ColumnElement[bool]]

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
# Agents with one name have rows of their own, a deleted one's included: it has no id any more.
_WITHIN_DAY: Columns = (
    USAGE.c.agent_name,
    USAGE.c.provider,
    USAGE.c.model,
    func.coalesce(cast(USAGE.c.agent_id, Text), ""),
)
_MORE_DAYS = 4  # times as many when a page isn't full


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls are summed up: from a moment on, before a moment, of an agent."""

    since: datetime | None = None
    until: datetime | None = None
    agent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the order of days, names, providers, models and agents."""

    day: datetime
    agent_name: str
    provider: str
    model: str
    agent_id: UUID | None


async def by_agent_model_day(
    session: ReadSession, only: Filter, after: Place | None, limit: int
) -> list[UsageRow]:
    """Return sums by UTC day, agent and model after the place, newest day first, at most `limit`.

    Calls are summed up some days at a time, so that a page of a long history costs no more than its
    own days; ever more at once, because there may be few rows on each.
    """
    conditions = [*_conditions(only), *_following(after)]
    found: list[UsageRow] = []
    days = 1
    while len(found) < limit:
        newest = await _newest_day(session, conditions)
        if newest is None:
            break
        first = newest - timedelta(days=days - 1)
        found += await _sums(
            session, [*conditions, USAGE.c.created_at >= first], limit - len(found)
        )
        conditions = [*_conditions(only), USAGE.c.created_at < first]
        days *= _MORE_DAYS
    return found


async def _newest_day(session: ReadSession, conditions: Conditions) -> datetime | None:
    day = func.date_trunc("day", func.max(USAGE.c.created_at), "UTC")
    return (await session.execute(select(day).where(*conditions))).scalar()


async def _sums(session: ReadSession, conditions: Conditions, limit: int) -> list[UsageRow]:
    statement = (
        selecting(_COLUMNS)
        .where(*conditions)
        .group_by(*_GROUP)
        .order_by(_DAY.desc(), *_WITHIN_DAY)
        .limit(limit)
    )
    rows = await session.execute(statement)
    return [UsageRow.model_validate(row, from_attributes=True) for row in rows.all()]


def _conditions(only: Filter) -> Conditions:
    conditions: list[ColumnElement[bool]] = []
    if only.since is not None:
        conditions.append(USAGE.c.created_at >= only.since)
    if only.until is not None:
        conditions.append(USAGE.c.created_at < only.until)
    if only.agent_id is not None:
        conditions.append(USAGE.c.agent_id == only.agent_id)
    return conditions


def _following(place: Place | None) -> Conditions:
    if place is None:
        return []
    agent = str(place.agent_id or "")
    within = tuple_(*_WITHIN_DAY) > (place.agent_name, place.provider, place.model, agent)
    # The database adds the day: its calendar is longer than Python's.
    next_day = literal(place.day) + timedelta(days=1)
    return [
        USAGE.c.created_at < next_day,  # for the index
        or_(USAGE.c.created_at < place.day, within),
    ]
