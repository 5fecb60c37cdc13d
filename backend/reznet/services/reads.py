"""How far people have read.

A person has one place in each channel, and one in each thread that they have opened. All of what others
wrote behind a place is new. What stands in a channel and what stands in its threads is read apart: a
reply that nobody has opened is not read because the channel's end was seen.
"""

from uuid import UUID

from reznet.core.bus import Topic
from reznet.core.database import ReadSession, WriteSession, after_commit
from reznet.core.errors import Invalid
from reznet.core.live import CHANNEL_READ, user_room
from reznet.core.pagination import Page, decode_time_id, encode_cursor
from reznet.repositories import channels, messages, reads
from reznet.schemas.messages import MessageOut
from reznet.schemas.reads import Place, ReadState, ReadUpdate
from reznet.services.access import access_channel, no_message, person
from reznet.services.ports import Actor, Ports


async def move(
    session: WriteSession, ports: Ports, actor: Actor, channel_id: UUID, body: ReadUpdate
) -> ReadState:
    """Note how far the actor has read, tell their other windows, and return what is new then.

    A place never goes back but with `unread`, which makes the message and what follows it new again.

    Raises:
        NotFound: there is no such channel, or no such message in it.
        Invalid: `unread` without a message.
    """
    await access_channel(session, actor, channel_id)
    user_id = person(actor)
    if body.message_id is None:
        if body.unread:
            raise Invalid.field("message_id", "name the message from which on all is new again")
        changed = await _read_all(session, user_id, channel_id)
    else:
        message = await _message(session, channel_id, body.message_id)
        changed = await _move_to(session, user_id, message, back=body.unread)
    state = await _state(session, user_id, channel_id)
    if changed:
        _tell(session, ports, state)
    return state


async def get(session: ReadSession, actor: Actor, channel_id: UUID) -> ReadState:
    """Return what the actor has not read in a channel. Raises NotFound."""
    await access_channel(session, actor, channel_id)
    return await _state(session, person(actor), channel_id)


async def list_page(
    session: ReadSession, actor: Actor, *, limit: int = 50, cursor: str | None = None
) -> Page[ReadState]:
    """Return what the actor has not read, channel by channel in the order of their creation."""
    after = decode_time_id(cursor) if cursor else None
    rows = await channels.select_page(session, channels.Filter(), after, limit + 1)
    shown = rows[:limit]
    found = await reads.states(session, person(actor), [row.id for row in shown])
    last = shown[-1] if len(rows) > limit else None
    return Page(
        [found[row.id] for row in shown if row.id in found],
        encode_cursor(last.created_at, last.id) if last else None,
    )


async def _read_all(session: WriteSession, user_id: UUID, channel_id: UUID) -> bool:
    newest = await reads.newest_place(session, channel_id)
    moved = newest is not None and await reads.move(
        session, reads.Spot(user_id, channel_id), newest
    )
    return await reads.move_followed_threads(session, user_id, channel_id) or moved


async def _message(session: WriteSession, channel_id: UUID, message_id: UUID) -> MessageOut:
    """Return the message, also a deleted one: it may have been seen just before."""
    message = await messages.get(session, message_id)
    if message is None or message.channel_id != channel_id:
        raise no_message(message_id)
    return message


async def _move_to(
    session: WriteSession, user_id: UUID, message: MessageOut, *, back: bool
) -> bool:
    spot = reads.Spot(user_id, message.channel_id, message.thread_id)
    place = Place(message_id=message.id, at=message.created_at)
    if not back:
        return await reads.move(session, spot, place)
    before = await reads.place_before(session, message.channel_id, message.thread_id, place)
    if before is None and message.thread_id is None:
        return await reads.forget(session, user_id, message.channel_id)
    if before is None:
        before = await _beginning(session, message)
    return await reads.move(session, spot, before, back=True)


async def _beginning(session: WriteSession, reply: MessageOut) -> Place:
    """Return the place before every reply of a thread: who is there follows it still."""
    assert reply.thread_id is not None  # noqa: S101 - it is a reply
    root = await messages.get(session, reply.thread_id)
    assert root is not None  # noqa: S101 - a thread goes with its root
    return Place(message_id=root.id, at=root.created_at)


async def _state(session: ReadSession, user_id: UUID, channel_id: UUID) -> ReadState:
    return (await reads.states(session, user_id, [channel_id]))[channel_id]


def _tell(session: WriteSession, ports: Ports, state: ReadState) -> None:
    payload = {
        "room": user_room(state.user_id),
        "event": CHANNEL_READ,
        "data": state.model_dump(mode="json"),
    }
    after_commit(session, lambda: ports.bus.publish(Topic.LIVE, payload))
