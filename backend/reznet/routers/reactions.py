"""Reactions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from reznet.routers.dependencies import Live, TheActor, ThePorts, Writing
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.messages import MessageOut
from reznet.services import messages, reactions

# As a path, so that a slash is refused as what it is: no emoji.
router = APIRouter(
    prefix="/messages/{message_id}/reactions/{emoji:path}", tags=["messages"], route_class=ApiRoute
)

Emoji = Annotated[
    str, Path(description="One emoji, percent-encoded; ❤ and ❤️ are the same.", examples=["👍"])
]


@router.put("", operation_id="reactions_add", responses=documented(404, 409))
async def add(
    message_id: UUID, emoji: Emoji, session: Writing, ports: ThePorts, actor: TheActor, live: Live
) -> MessageOut:
    """Put one's emoji under a message; done twice is fine. The answer is the message as it is then."""
    message = await reactions.add(session, ports, actor, message_id, emoji)
    return messages.with_live_text(message, live)


@router.delete("", operation_id="reactions_remove", responses=documented(404, 409))
async def remove(
    message_id: UUID, emoji: Emoji, session: Writing, ports: ThePorts, actor: TheActor, live: Live
) -> MessageOut:
    """Take one's emoji off a message; done twice is fine. The answer is the message as it is then."""
    message = await reactions.remove(session, ports, actor, message_id, emoji)
    return messages.with_live_text(message, live)
