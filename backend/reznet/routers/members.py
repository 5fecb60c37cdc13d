"""The members of a channel over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from reznet.routers.dependencies import Reading, TheActor, ThePorts, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.channels import MemberOut
from reznet.services import members

router = APIRouter(
    prefix="/channels/{channel_id}/members", tags=["channels"], route_class=ApiRoute
)


@router.get("", operation_id="members_list", responses=documented(404))
async def list_page(
    channel_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[MemberOut]:
    """List the agents that are members, the earliest first. Any agent answers when it is mentioned."""
    page = await members.list_page(
        session, actor, channel_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.put("/{agent_id}", operation_id="members_add", responses=documented(403, 404, 409))
async def add(
    channel_id: UUID, agent_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> MemberOut:
    """Make an agent a member of a channel; done twice is fine."""
    return await members.add(session, ports, actor, channel_id, agent_id)


@router.delete(
    "/{agent_id}", operation_id="members_remove", status_code=204, responses=documented(403, 404)
)
async def remove(
    channel_id: UUID, agent_id: UUID, session: Writing, ports: ThePorts, actor: TheActor
) -> None:
    """Take an agent out of the members of a channel; done twice is fine."""
    await members.remove(session, ports, actor, channel_id, agent_id)
