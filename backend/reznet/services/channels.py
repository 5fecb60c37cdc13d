"""Channels: rooms and direct messages, and what happens to them as a whole."""

from uuid import UUID

from reznet.core.clock import now
from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, Forbidden, Invalid, NotFound
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.core.text import name_key
from reznet.repositories import agents, channels
from reznet.schemas.channels import ChannelCreate, ChannelKind, ChannelOut, ChannelUpdate
from reznet.schemas.events import EventKind
from reznet.services import endings, events, notices
from reznet.services.access import access_channel
from reznet.services.ports import Actor, Ports

_CLEARED = "The conversation starts afresh here: agents no longer see what was said before."


async def create(
    session: WriteSession, ports: Ports, actor: Actor, body: ChannelCreate
) -> tuple[ChannelOut, bool]:
    """Make a channel, or find or make the direct messages with an agent; say whether it is new.

    Raises:
        Invalid: not exactly one of `name` and `agent_id` is given.
        NotFound: there is no such agent.
        Conflict: the name, or one that looks the same, is taken.
    """
    if (body.name is None) == (body.agent_id is None):
        raise Invalid.field(
            "name", "give a name for a channel, or an agent_id for direct messages, and not both"
        )
    if body.agent_id is not None:
        return await direct(session, ports, actor, body.agent_id)
    assert body.name is not None  # noqa: S101 - checked above
    new = channels.NewChannel(
        kind=ChannelKind.CHANNEL,
        name=body.name,
        name_key=name_key(body.name),
        topic=body.topic,
        agent_id=None,
        created_by=actor.handle,
    )
    try:
        channel = await channels.insert_channel(session, new)
    except channels.NameTaken:
        raise _name_taken(body.name) from None
    await events.audit(
        session, actor, "channel.created", ("channel", channel.id), {"name": channel.name}
    )
    await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=channel.id)
    return channel, True


async def direct(
    session: WriteSession, ports: Ports, actor: Actor, agent_id: UUID
) -> tuple[ChannelOut, bool]:
    """Return the direct messages with an agent and whether they are new. Raises NotFound."""
    found = await channels.direct(session, agent_id)
    if found is not None:
        return found, False
    await agents.hold(session, [agent_id])
    agent = await agents.get(session, agent_id)
    if agent is None:
        raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
    new = channels.NewChannel(
        kind=ChannelKind.DM,
        name=agent.name,
        name_key=name_key(agent.name),
        topic="",
        agent_id=agent_id,
        created_by=actor.handle,
    )
    channel, is_new = await channels.find_or_insert_direct(session, new)
    if is_new:
        await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=channel.id)
    return channel, is_new


async def get(session: ReadSession, actor: Actor, channel_id: UUID) -> ChannelOut:
    """Return the channel. Raises NotFound."""
    return await access_channel(session, actor, channel_id)


async def list_page(
    session: ReadSession,
    _actor: Actor,
    *,
    kind: ChannelKind | None = None,
    archived: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ChannelOut]:
    """Return channels in the order of their creation."""
    after = decode_time_id(cursor) if cursor else None
    only = channels.Filter(kind=kind, archived=archived)
    rows = await channels.select_page(session, only, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(last.created_at, last.id) if last else None)


async def update(
    session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID, body: ChannelUpdate
) -> ChannelOut:
    """Rename, describe, archive or bring back a channel, or set whether its plans start by themselves.

    Raises:
        NotFound: there is no such channel.
        Forbidden: direct messages can't be renamed.
        Conflict: the name, or one that looks the same, is taken; when bringing back, meanwhile.
    """
    before = await access_channel(session, actor, channel_id)
    changes: dict[str, object] = {}
    if body.name is not None and body.name != before.name:
        if before.kind is ChannelKind.DM:
            raise Forbidden(
                "Direct messages carry their agent's name; rename the agent.",
                code="direct_messages",
            )
        changes |= {"name": body.name, "name_key": name_key(body.name)}
    if body.topic is not None:
        changes["topic"] = body.topic
    if body.auto_run is not None and body.auto_run != before.auto_run:
        changes["auto_run"] = body.auto_run
    if body.archived is not None and body.archived != (before.archived_at is not None):
        changes["archived_at"] = now() if body.archived else None
    if not changes:
        return before
    try:
        after = await channels.update_channel(session, channel_id, changes)
    except channels.NameTaken:
        raise _name_taken(body.name or before.name) from None
    if after is None:
        raise NotFound(f"There is no channel {channel_id}.", code="channel_not_found")
    if changes.get("archived_at") is not None:
        await endings.cancel_where(
            session, ports, channel_id=channel_id, reason="the channel was archived"
        )
    fields = sorted(set(changes) - {"name_key"})
    await events.audit(
        session,
        actor,
        "channel.updated",
        ("channel", channel_id),
        {"name": after.name, "fields": fields},
    )
    await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=channel_id)
    return after


async def archive(session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID) -> None:
    """Archive a channel and cancel what runs in it; archived twice is fine. Raises NotFound."""
    await update(session, ports, actor, channel_id, ChannelUpdate(archived=True))


async def clear(session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID) -> ChannelOut:
    """Make agents forget what was said so far in a channel; people still see it. Raises NotFound."""
    await access_channel(session, actor, channel_id)
    await notices.post(session, ports, channel_id, _CLEARED, code="cleared")
    channel = await channels.update_channel(session, channel_id, {"cleared_at": now()})
    if channel is None:
        raise NotFound(f"There is no channel {channel_id}.", code="channel_not_found")
    await events.audit(
        session, actor, "channel.cleared", ("channel", channel_id), {"name": channel.name}
    )
    await events.record(session, ports, EventKind.CHANNEL_UPDATED, channel_id=channel_id)
    return channel


def _name_taken(name: str) -> Conflict:
    message = f"a channel called {name!r}, or one that looks the same, exists already"
    return Conflict.field("name", message, code="channel_name_taken")
