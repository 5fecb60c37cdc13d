"""Reactions: the emoji that people put under a message. Agents see none of them."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.core.emoji import canonical_emoji
from reznet.core.errors import Conflict, Invalid
from reznet.repositories import messages, reactions
from reznet.schemas.events import EventKind
from reznet.schemas.messages import MessageOut
from reznet.services import events
from reznet.services.access import (
    access_channel_to_post,
    access_message,
    no_message,
    person,
)
from reznet.services.ports import Actor, Ports

MAX_EMOJI = 20  # different ones under one message


async def add(
    session: WriteSession, ports: Ports, actor: Actor, message_id: UUID, emoji: str
) -> MessageOut:
    """Put the actor's emoji under a message and return the message; done twice is fine.

    Raises:
        Invalid: the text is not one emoji.
        NotFound: there is no such message, or it was deleted.
        Conflict: the channel is archived, or too many different emoji are there.
    """
    sign = _one_emoji(emoji)
    await _hold(session, actor, message_id)
    there = await reactions.emojis(session, message_id)
    if sign not in there and len(there) >= MAX_EMOJI:
        raise Conflict(
            f"A message takes {MAX_EMOJI} different emoji; choose one that is there already.",
            code="too_many_reactions",
        )
    changed = await reactions.add(session, message_id, sign, person(actor))
    return await _tell(session, ports, message_id, changed=changed)


async def remove(
    session: WriteSession, ports: Ports, actor: Actor, message_id: UUID, emoji: str
) -> MessageOut:
    """Take the actor's emoji off a message and return the message; also when it was not there.

    Raises:
        Invalid: the text is not one emoji.
        NotFound: there is no such message, or it was deleted.
        Conflict: the channel is archived.
    """
    sign = _one_emoji(emoji)
    await _hold(session, actor, message_id)
    changed = await reactions.remove(session, message_id, sign, person(actor))
    return await _tell(session, ports, message_id, changed=changed)


def _one_emoji(text: str) -> str:
    sign = canonical_emoji(text)
    if sign is None:
        raise Invalid.field(
            "emoji", "must be one emoji itself, like 👍, and not its name", code="not_an_emoji"
        )
    return sign


async def _hold(session: WriteSession, actor: Actor, message_id: UUID) -> None:
    """Let nobody else change the message's reactions, or the message, until the transaction ends."""
    message = await access_message(session, actor, message_id)
    # The channel first: who archives it holds the channel and then wants its messages.
    await access_channel_to_post(session, actor, message.channel_id)
    if not await reactions.hold_message(session, message_id):
        raise no_message(message_id)


async def _tell(
    session: WriteSession, ports: Ports, message_id: UUID, *, changed: bool
) -> MessageOut:
    # Also a changed reaction makes a later form of the message, so that clients know which one is newer.
    message = (
        await messages.update_message(session, message_id, {})
        if changed
        else await messages.get(session, message_id)
    )
    assert message is not None  # noqa: S101 - the row is locked
    if changed:
        await events.record(
            session,
            ports,
            EventKind.MESSAGE_UPDATED,
            channel_id=message.channel_id,
            message_id=message_id,
        )
    return message
