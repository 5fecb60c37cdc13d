"""Which agents are members of a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.ids import new_id
from reznet.models import AGENTS, CHANNEL_MEMBERS
from reznet.repositories.rows import AnyRow, Columns, returning, selecting
from reznet.schemas.channels import MemberOut

_COLUMNS: Columns = (
    CHANNEL_MEMBERS.c.id,
    CHANNEL_MEMBERS.c.created_at,
    AGENTS.c.id.label("agent_id"),
    AGENTS.c.name,
    AGENTS.c.handle,
)


@dataclass(frozen=True, slots=True)
class Membership:
    """A member with the id of its row, by which lists go on."""

    id: UUID
    member: MemberOut


async def select_page(
    session: ReadSession, channel_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Membership]:
    """Return a channel's members after the given key, the earliest first, at most `limit`."""
    statement = (
        selecting(_COLUMNS)
        .join(AGENTS, AGENTS.c.id == CHANNEL_MEMBERS.c.agent_id)
        .where(CHANNEL_MEMBERS.c.channel_id == channel_id)
        .order_by(CHANNEL_MEMBERS.c.created_at, CHANNEL_MEMBERS.c.id)
        .limit(limit)
    )
    if after is not None:
        place = tuple_(CHANNEL_MEMBERS.c.created_at, CHANNEL_MEMBERS.c.id)
        statement = statement.where(place > after)
    return [_membership(row) for row in (await session.execute(statement)).all()]


async def add(session: WriteSession, channel_id: UUID, agent_id: UUID) -> tuple[datetime, bool]:
    """Make an agent a member; return since when it is one, and whether it is new."""
    values = {
        "id": new_id(),
        "channel_id": channel_id,
        "agent_id": agent_id,
        "created_at": now(),
    }
    statement = returning(
        insert(CHANNEL_MEMBERS)
        .values(values)
        .on_conflict_do_update(
            # Changes nothing, but returns the row that is there.
            index_elements=["channel_id", "agent_id"],
            set_={"agent_id": agent_id},
        ),
        (CHANNEL_MEMBERS.c.id, CHANNEL_MEMBERS.c.created_at),
    )
    row = (await session.execute(statement)).one()
    return row.created_at, row.id == values["id"]


async def remove(session: WriteSession, channel_id: UUID, agent_id: UUID) -> bool:
    """Take an agent out of the members; False when it was none."""
    statement = returning(
        delete(CHANNEL_MEMBERS).where(
            CHANNEL_MEMBERS.c.channel_id == channel_id, CHANNEL_MEMBERS.c.agent_id == agent_id
        ),
        (CHANNEL_MEMBERS.c.id,),
    )
    return (await session.execute(statement)).one_or_none() is not None


def _membership(row: AnyRow) -> Membership:
    member = MemberOut(
        agent_id=row.agent_id, name=row.name, handle=row.handle, joined_at=row.created_at
    )
    return Membership(row.id, member)
