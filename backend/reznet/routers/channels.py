"""Channels over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.channels import ChannelCreate, ChannelKind, ChannelOut, ChannelUpdate
from reznet.services import channels

router = APIRouter(prefix="/channels", tags=["channels"], route_class=ApiRoute)


@router.post(
    "",
    operation_id="channels_create",
    status_code=201,
    responses={
        200: {"model": ChannelOut, "description": "The direct messages that are there already."},
        **documented(404, 409),
    },
)
async def create(
    body: ChannelCreate, session: Writing, ports: ThePorts, actor: TheActor, response: Response
) -> ChannelOut:
    """Create a channel by `name`, or open the direct messages with an agent by `agent_id`."""
    channel, is_new = await channels.create(session, ports, actor, body)
    response.headers["Location"] = f"/api/channels/{channel.id}"
    if not is_new:
        response.status_code = 200
    return channel


@router.get("", operation_id="channels_list", responses=documented())
async def list_page(
    session: Reading,
    actor: TheActor,
    paging: Paged,
    kind: Annotated[ChannelKind | None, Query(description="Only of this kind.")] = None,
    archived: Annotated[bool, Query(description="Those archived instead of the others.")] = False,
) -> list[ChannelOut]:
    """List channels, oldest first."""
    page = await channels.list_page(
        session, actor, kind=kind, archived=archived, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.get("/{channel_id}", operation_id="channels_get", responses=documented(404))
async def get(channel_id: UUID, session: Reading, actor: TheActor) -> ChannelOut:
    """Return a channel."""
    return await channels.get(session, actor, channel_id)


@router.put("/{channel_id}", operation_id="channels_update", responses=documented(404, 409))
async def update(
    channel_id: UUID, body: ChannelUpdate, session: Writing, ports: ThePorts, actor: TheActor
) -> ChannelOut:
    """Rename a channel, change its topic, archive it or bring it back; what is left out stays."""
    return await channels.update(session, ports, actor, channel_id, body)


@router.delete(
    "/{channel_id}", operation_id="channels_archive", status_code=204, responses=documented(404)
)
async def archive(channel_id: UUID, session: Writing, ports: ThePorts, actor: TheActor) -> None:
    """Archive a channel and stop what runs in it. PUT with `archived: false` brings it back."""
    await channels.archive(session, ports, actor, channel_id)


@router.post("/{channel_id}/clear", operation_id="channels_clear", responses=documented(404))
async def clear(
    channel_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> ChannelOut:
    """Make agents forget what was said so far; people still see it."""
    return await channels.clear(session, ports, actor, channel_id)
