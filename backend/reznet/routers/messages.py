"""Messages over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from reznet.routers.dependencies import Live, Reading, TheActor, ThePorts, Writing
from reznet.routers.idempotency import IdempotencyKey, keyed
from reznet.routers.paging import Windowed
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.memories import AnswerMemory
from reznet.schemas.messages import MessageCreate, MessageOut, MessageUpdate
from reznet.schemas.tasks import TaskOut
from reznet.services import answer_memories, messages

router = APIRouter(tags=["messages"], route_class=ApiRoute)


class PostedMessage(MessageOut):
    """The message, and the runs that it started."""

    tasks: tuple[TaskOut, ...] = Field(description="One for each agent that was asked.")


@router.post(
    "/channels/{channel_id}/messages",
    operation_id="messages_post",
    status_code=201,
    responses={
        200: {"model": PostedMessage, "description": "It was posted before, under this key."},
        **documented(404, 409),
    },
)
async def post(
    channel_id: UUID,
    body: MessageCreate,
    session: Writing,
    ports: ThePorts,
    actor: TheActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> PostedMessage:
    """Say something in a channel; agents that it mentions begin to answer.

    The answer 201 means that message and runs are durable.
    """
    # Well-formed requests don't come here, see `posting`.
    body = keyed(body, idempotency_key)
    posted = await messages.post(session, ports, actor, channel_id, body)
    response.headers["Location"] = place_of(posted)
    if not posted.created:
        response.status_code = 200
    return told(posted)


def told(posted: messages.Posted) -> PostedMessage:
    """Return what the poster is told."""
    # The parts are valid already; only their fields are brought together.
    return PostedMessage.model_construct(**dict(posted.message), tasks=posted.tasks)


def place_of(posted: messages.Posted) -> str:
    """Return the address of what was posted."""
    return f"/api/messages/{posted.message.id}"


@router.get(
    "/messages/{message_id}/memories",
    operation_id="messages_memories",
    responses=documented(404),
)
async def memories_of(message_id: UUID, session: Reading, actor: TheActor) -> list[AnswerMemory]:
    """Return the memories that an answer was given, cited or not, with what they say now."""
    return await answer_memories.given_to(session, actor, message_id)


@router.get(
    "/channels/{channel_id}/messages", operation_id="messages_list", responses=documented(404)
)
async def list_page(
    channel_id: UUID,
    session: Reading,
    actor: TheActor,
    live: Live,
    window: Windowed,
) -> list[MessageOut]:
    """List a channel's messages without the replies in threads, oldest first within the page.

    The newest page comes first and `Link` leads to older ones; from `after` on it leads to newer ones.
    """
    page = await messages.list_page(
        session, actor, channel_id, before=window.before, after=window.after, limit=window.limit
    )
    return [messages.with_live_text(message, live) for message in window.rows(page)]


@router.get("/messages/{message_id}", operation_id="messages_get", responses=documented(404))
async def get(message_id: UUID, session: Reading, actor: TheActor, live: Live) -> MessageOut:
    """Return a message; `content` holds the text so far while an answer streams."""
    return messages.with_live_text(await messages.get(session, actor, message_id), live)


@router.put(
    "/messages/{message_id}", operation_id="messages_update", responses=documented(404, 409)
)
async def update(
    message_id: UUID, body: MessageUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> MessageOut:
    """Change the text of one's own message; agents that it newly mentions begin to answer."""
    return await messages.update(session, ports, actor, message_id, body)


@router.delete(
    "/messages/{message_id}",
    operation_id="messages_delete",
    status_code=204,
    responses=documented(404),
)
async def delete(message_id: UUID, session: Writing, ports: ThePorts, actor: TheActor) -> None:
    """Delete a message and stop the unfinished runs it started."""
    await messages.delete(session, ports, actor, message_id)


@router.get(
    "/messages/{message_id}/thread", operation_id="messages_thread", responses=documented(404)
)
async def thread(
    message_id: UUID,
    session: Reading,
    actor: TheActor,
    live: Live,
    window: Windowed,
) -> list[MessageOut]:
    """List the replies in a message's thread, paged like a channel's messages."""
    page = await messages.thread_page(
        session, actor, message_id, before=window.before, after=window.after, limit=window.limit
    )
    return [messages.with_live_text(message, live) for message in window.rows(page)]
