"""The gates to user data: every read or change of a channel or message passes one of these.

While everybody is `local-user`, everybody may see everything; the gates are where that changes.
"""

from uuid import UUID

from reznet.core.database import ReadSession, WriteSession
from reznet.core.errors import Conflict, Forbidden, NotFound
from reznet.repositories import channels, files, messages, workflows
from reznet.repositories.files import StoredFile
from reznet.schemas.channels import ChannelOut
from reznet.schemas.messages import MessageOut
from reznet.schemas.workflows import WorkflowOut
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
    return _open(channel, channel_id)


def may_post(_actor: Actor, _channel_id: UUID) -> bool:
    """Whether the actor may post to the channel if it is there and open, as far as that is known without a look at it."""
    return True


async def access_open_channel(
    session: ReadSession | WriteSession, _actor: Actor, channel_id: UUID
) -> ChannelOut:
    """Return the channel if the actor may post to it as it is now. Raises like `access_channel_to_post`."""
    return _open(await channels.get(session, channel_id), channel_id)


async def access_message(
    session: ReadSession | WriteSession, _actor: Actor, message_id: UUID
) -> MessageOut:
    """Return the message if the actor may see it and it is not deleted. Raises NotFound."""
    message = await messages.get(session, message_id)
    if message is None or message.deleted_at is not None:
        raise no_message(message_id)
    return message


async def access_file(
    session: ReadSession | WriteSession, actor: Actor, file_id: UUID
) -> StoredFile:
    """Return the file if the actor may see it: it is in a channel, or waits for its own message.

    Raises NotFound.
    """
    file = await files.get(session, file_id)
    if file is None or (file.message_id is None and file.user_id != actor.user_id):
        raise no_file(file_id)
    return file


async def access_workflow(
    session: ReadSession | WriteSession, _actor: Actor, workflow_id: UUID
) -> WorkflowOut:
    """Return the workflow if the actor may see it. Raises NotFound."""
    workflow = await workflows.get(session, workflow_id)
    if workflow is None:
        raise no_workflow(workflow_id)
    return workflow


def no_workflow(workflow_id: UUID) -> NotFound:
    """Return the refusal of a workflow that is not there."""
    return NotFound(f"There is no workflow {workflow_id}.", code="workflow_not_found")


def person(actor: Actor) -> UUID:
    """Return who the actor is among people. Raises Forbidden for the system."""
    if actor.user_id is None:
        raise Forbidden("Only people can do this.", code="not_a_person")
    return actor.user_id


def no_file(file_id: UUID) -> NotFound:
    """Return the refusal of a file that is not there."""
    return NotFound(f"There is no file {file_id}.", code="file_not_found")


def searchable_channels(_actor: Actor) -> frozenset[UUID] | None:
    """Return the channels whose messages the actor may find, archived ones included; None is all."""
    return None


def no_message(message_id: UUID) -> NotFound:
    """Return the refusal of a message that is not there."""
    return NotFound(f"There is no message {message_id}.", code="message_not_found")


def _no_channel(channel_id: UUID) -> NotFound:
    return NotFound(f"There is no channel {channel_id}.", code="channel_not_found")


def _open(channel: ChannelOut | None, channel_id: UUID) -> ChannelOut:
    if channel is None:
        raise _no_channel(channel_id)
    if channel.archived_at is not None:
        raise Conflict(
            f"The channel {channel.name} is archived; bring it back before posting to it.",
            code="channel_archived",
        )
    return channel
