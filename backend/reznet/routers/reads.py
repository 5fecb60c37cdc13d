"""How far people have read, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.reads import ReadState, ReadUpdate
from reznet.services import reads

router = APIRouter(tags=["channels"], route_class=ApiRoute)


@router.get("/unread", operation_id="unread_list", responses=documented())
async def list_page(session: Reading, actor: TheActor, paging: Paged) -> list[ReadState]:
    """List what one has not read, channel by channel in the order of `GET /api/channels`."""
    page = await reads.list_page(session, actor, limit=paging.limit, cursor=paging.cursor)
    return paging.rows(page)


@router.get("/channels/{channel_id}/read", operation_id="reads_get", responses=documented(404))
async def get(channel_id: UUID, session: Reading, actor: TheActor) -> ReadState:
    """Return what one has not read in a channel."""
    return await reads.get(session, actor, channel_id)


@router.put("/channels/{channel_id}/read", operation_id="reads_move", responses=documented(404))
async def move(
    channel_id: UUID, body: ReadUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> ReadState:
    """Say how far one has read. A place never goes back, but with `unread`."""
    return await reads.move(session, ports, actor, channel_id, body)
