"""The gates to user data: every read or change of a channel or message passes one of these.

While everybody is `local-user`, everybody may see everything; the gates are where that changes.
"""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, NotFound
from reznet.repositories import channels, messages
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageOut
from reznet.services.ports import Actor


async def access_channel(
    session: ReadSession | WriteSession, _actor: Actor, channel_id: UUID
) -> ChannelOut:
    """Return the channel if the actor may see it. Raises NotFound."""
    channel = await channels.get(session, channel_id)
    if channel is None:
        raise _no_channel(channel_id)
    return channel


async def access_channel_to_post(
    session: WriteSession, _actor: Actor, channel_id: UUID
) -> ChannelOut:
    """Return the channel if the actor may post to it; it stays unarchived until the transaction ends.

    Raises:
        NotFound: there is no such channel for the actor.
        Conflict: it is archived.
    """
    channel = await channels.lock_for_post(session, channel_id)
    if channel is None:
        raise _no_channel(channel_id)
    if channel.archived_at is not None:
        raise Conflict(
            f"The channel {channel.name} is archived; bring it back before posting to it.",
            code="channel_archived",
        )
    return channel


async def access_message(
    session: ReadSession | WriteSession, _actor: Actor, message_id: UUID
) -> MessageOut:
    """Return the message if the actor may see it and it is not deleted. Raises NotFound."""
    message = await messages.get(session, message_id)
    if message is None or message.deleted_at is not None:
        raise no_message(message_id)
    return message


def no_message(message_id: UUID) -> NotFound:
    """Return the refusal of a message that is not there."""
    return NotFound(f"There is no message {message_id}.", code="message_not_found")


def _no_channel(channel_id: UUID) -> NotFound:
    return NotFound(f"There is no channel {channel_id}.", code="channel_not_found")
