"""Which completed runs are still to be remembered: it is said by the tasks themselves.

`remember_at` is when a task is due, and while one works on it, when another may take it over. `remember_attempts`
counts the tries: from 0 of storing the turn, and from `_STORED` on of drawing facts from it once it is stored.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Integer, Interval, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.statements import Statement
from reznet.models import MEMORIES, TASKS
from reznet.repositories.rows import AnyRow
from reznet.schemas.memories import MemoryKind, MemoryOrigin

_STORED = 100


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task that is due, as it was claimed; `attempts` are the tries of this step, this one included."""

    id: UUID
    agent_id: UUID | None
    agent_name: str
    channel_id: UUID
    message_id: UUID
    answer_id: UUID | None
    finished_at: datetime
    attempts: int


async def next_due(session: ReadSession) -> datetime | None:
    """Return when the next task is due; None when there is nothing to remember."""
    row = await session.fetch_one(_NEXT, {})
    return row.due if row else None


async def claim_turns(session: WriteSession, until: datetime, most: int) -> list[DueTask]:
    """Return tasks whose turns are to be stored, the longest due first, for oneself until then."""
    values = {"moment": now(), "until": until, "most": most}
    return [_due(row) for row in await session.fetch(_CLAIM_TURNS, values)]


async def claim_facts(session: WriteSession, until: datetime, most: int) -> list[DueTask]:
    """Return tasks of one agent in one channel from which facts are to be drawn, for oneself until then.

    With the one that is due come those that wait for the channel to be quiet.
    """
    values = {"moment": now(), "until": until, "most": most}
    return [_due(row) for row in await session.fetch(_CLAIM_FACTS, values)]


async def lock_held(session: WriteSession, ids: Collection[UUID], until: datetime) -> list[UUID]:
    """Return, locked, those of the tasks that are still one's own."""
    statement = (
        select(TASKS.c.id)
        .where(TASKS.c.id.in_(ids), TASKS.c.remember_at == until)
        .order_by(TASKS.c.id)
        .with_for_update()
    )
    return list((await session.execute(statement)).scalars())


async def settle(session: WriteSession, ids: Collection[UUID]) -> None:
    """Note that nothing is left to do for the tasks."""
    await session.execute(update(TASKS).where(TASKS.c.id.in_(ids)).values(remember_at=None))


async def put_off(
    session: WriteSession, ids: Collection[UUID], until: datetime, to: datetime
) -> None:
    """Make those of the tasks that are still one's own due later."""
    mine = update(TASKS).where(TASKS.c.id.in_(ids), TASKS.c.remember_at == until)
    await session.execute(mine.values(remember_at=to))


async def await_quiet(
    session: WriteSession, ids: Collection[UUID], quiet: timedelta, longest: timedelta
) -> None:
    """Let facts be drawn from the tasks' turns, which are stored, once their channels have been quiet for so long.

    Turns of the same agent in the same channel that wait already wait with them, but none longer than `longest`.
    """
    values = {
        "ids": list(ids),
        "moment": now(),
        "quiet": quiet,
        "longest": longest,
        "stored": _STORED,
    }
    await session.execute(_AWAIT_QUIET, values)


async def sources_kept(
    session: ReadSession, owner_id: UUID, sources: Collection[UUID]
) -> set[UUID]:
    """Return those of the messages that the agent still remembers of its own accord."""
    statement = select(MEMORIES.c.source_message_id).where(
        MEMORIES.c.owner_id == owner_id,
        MEMORIES.c.source_message_id.in_(sources),
        MEMORIES.c.origin == MemoryOrigin.ANSWER.value,
    )
    return {found for found in (await session.execute(statement)).scalars() if found is not None}


@dataclass(frozen=True, slots=True)
class Known:
    """A memory that says something word for word."""

    id: UUID
    kind: MemoryKind
    source_message_id: UUID | None


async def known(session: ReadSession, owner_id: UUID, content: str) -> list[Known]:
    """Return what the owner remembers word for word like that."""
    statement = select(MEMORIES.c.id, MEMORIES.c.kind, MEMORIES.c.source_message_id).where(
        MEMORIES.c.owner_id == owner_id,
        func.md5(MEMORIES.c.content) == func.md5(content),
        MEMORIES.c.content == content,
    )
    rows = await session.execute(statement)
    return [Known(row.id, MemoryKind(row.kind), row.source_message_id) for row in rows.all()]


def _due(row: AnyRow) -> DueTask:
    return DueTask(
        id=row.id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        channel_id=row.channel_id,
        message_id=row.message_id,
        answer_id=row.answer_id,
        finished_at=row.finished_at,
        attempts=row.remember_attempts % _STORED,
    )


_NEXT = Statement(
    select(func.min(TASKS.c.remember_at).label("due")).where(TASKS.c.remember_at.is_not(None))
)
_CLAIMED = """
    update tasks set remember_at = :until, remember_attempts = remember_attempts + 1
    from picked where tasks.id = picked.id
    returning tasks.id, agent_id, agent_name, channel_id, message_id, answer_id, finished_at, remember_attempts
"""
_CLAIM_TURNS = Statement(
    text(
        f"""
        with picked as materialized (
            select id from tasks where remember_at <= :moment and remember_attempts < {_STORED}
            order by remember_at limit :most for update skip locked
        )
        {_CLAIMED}
        """  # noqa: S608 - constants
    ).bindparams(
        bindparam("moment", type_=DateTime(timezone=True)),
        bindparam("until", type_=DateTime(timezone=True)),
        bindparam("most", type_=Integer),
    )
)
# Those that were tried before and are put off stay by themselves.
_CLAIM_FACTS = Statement(
    text(
        f"""
        with first as materialized (
            select agent_id, channel_id from tasks where remember_at <= :moment and remember_attempts >= {_STORED}
            order by remember_at limit 1 for update skip locked
        ),
        picked as materialized (
            select tasks.id from tasks, first
            where tasks.remember_at is not null and tasks.channel_id = first.channel_id
                and tasks.agent_id is not distinct from first.agent_id and tasks.remember_attempts >= {_STORED}
                and (tasks.remember_at <= :moment or tasks.remember_attempts = {_STORED})
            order by tasks.finished_at limit :most for update of tasks skip locked
        )
        {_CLAIMED}
        """  # noqa: S608 - constants
    ).bindparams(
        bindparam("moment", type_=DateTime(timezone=True)),
        bindparam("until", type_=DateTime(timezone=True)),
        bindparam("most", type_=Integer),
    )
)
_AWAIT_QUIET = text(
    """
    update tasks set remember_attempts = :stored,
        remember_at = greatest(:moment, least(:moment + :quiet, finished_at + :longest))
    where id in (
        select unnest(:ids)
        union select waiting.id from tasks as waiting join tasks as new
            on waiting.agent_id = new.agent_id and waiting.channel_id = new.channel_id
        where new.id = any(:ids) and waiting.remember_at is not null and waiting.remember_attempts = :stored
    )
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("moment", type_=DateTime(timezone=True)),
    bindparam("quiet", type_=Interval),
    bindparam("longest", type_=Interval),
    bindparam("stored", type_=Integer),
)
