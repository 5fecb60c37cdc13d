"""Which agents are members of a channel: those that people see first there.

Membership gives no right and takes none: an agent that is mentioned answers wherever that is, and stays
out of the list. Direct messages have the one member that they are with.
"""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Forbidden, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import agents, members
from reznet.schemas.channels import ChannelKind, ChannelOut, MemberOut
from reznet.schemas.events import EventKind
from reznet.services import events
from reznet.services.access import access_channel, access_channel_to_post
from reznet.services.ports import Actor, Ports


async def list_page(
    session: ReadSession, actor: Actor, channel_id: UUID, *, limit: int = 50, cursor: str | None
) -> Page[MemberOut]:
    """Return a channel's members, the earliest first. Raises NotFound."""
    channel = await access_channel(session, actor, channel_id)
    if channel.kind is ChannelKind.DM:
        return Page(await _other_side(session, channel), None)
    after = decode_time_id(cursor) if cursor else None
    rows = await members.select_page(session, channel_id, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_cursor(last.member.joined_at, last.id) if last else None
    return Page([row.member for row in rows[:limit]], following)


async def add(
    session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID, agent_id: UUID
) -> MemberOut:
    """Make an agent a member, if it is none yet.

    Raises:
        NotFound: there is no such channel or agent.
        Conflict: the channel is archived.
        Forbidden: the channel is direct messages.
    """
    channel = await access_channel_to_post(session, actor, channel_id)
    _check_is_open(channel)
    await agents.hold(session, [agent_id])
    agent = await agents.get(session, agent_id)
    if agent is None:
        raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
    joined_at, is_new = await members.add(session, channel_id, agent_id)
    if is_new:
        await _tell(session, ports, actor, channel, "added", agent.name)
    return MemberOut(agent_id=agent.id, name=agent.name, handle=agent.handle, joined_at=joined_at)


async def remove(
    session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID, agent_id: UUID
) -> None:
    """Take an agent out of a channel's members; also when it was none.

    Raises:
        NotFound: there is no such channel.
        Forbidden: the channel is direct messages.
    """
    channel = await access_channel(session, actor, channel_id)
    _check_is_open(channel)
    agent = await agents.get(session, agent_id)
    if await members.remove(session, channel_id, agent_id):
        await _tell(session, ports, actor, channel, "removed", agent.name if agent else "")


async def _other_side(session: ReadSession, channel: ChannelOut) -> list[MemberOut]:
    agent = await agents.get(session, channel.agent_id) if channel.agent_id else None
    if agent is None:
        return []
    return [
        MemberOut(
            agent_id=agent.id,
            name=agent.name,
            handle=agent.handle,
            joined_at=channel.created_at,
        )
    ]


async def _tell(
    session: WriteSession, ports: Ports, actor: Actor, channel: ChannelOut, what: str, name: str
) -> None:
    await events.audit(
        session,
        actor,
        f"channel.member_{what}",
        ("channel", channel.id),
        {"name": channel.name, "agent": name},
    )
    await events.record(session, ports, EventKind.MEMBERS_UPDATED, channel_id=channel.id)


def _check_is_open(channel: ChannelOut) -> None:
    if channel.kind is ChannelKind.DM:
        raise Forbidden(
            "Direct messages are with one agent; make a channel for more.", code="direct_messages"
        )
