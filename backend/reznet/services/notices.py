"""What the system itself says in a channel."""

from uuid import UUID

from reznet.core.database import WriteSession
from reznet.repositories import messages
from reznet.schemas.events import EventKind
from reznet.schemas.messages import AuthorKind, MessageOut
from reznet.services import events
from reznet.services.ports import Ports


async def post(
    session: WriteSession,
    ports: Ports,
    channel_id: UUID,
    text: str,
    *,
    code: str,
    thread_id: UUID | None = None,
    reply_to_id: UUID | None = None,
) -> MessageOut:
    """Say something in the system's voice; `code` tells clients what it is about."""
    notice = await messages.insert_message(
        session,
        messages.NewMessage(
            channel_id=channel_id,
            thread_id=thread_id,
            reply_to_id=reply_to_id,
            author_kind=AuthorKind.SYSTEM,
            author_name="System",
            content=text,
            metadata={"notice": code},
        ),
    )
    assert notice is not None  # noqa: S101 - only a client_id could be there already
    await events.record(
        session, ports, EventKind.MESSAGE_SENT, channel_id=channel_id, message_id=notice.id
    )
    return notice
