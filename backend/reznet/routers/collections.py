"""Collections of shared memories over HTTP, and who may read them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from reznet.routers.dependencies import Reading, TheActor, Writing
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.collections import (
    CollectionCreate,
    CollectionOut,
    CollectionUpdate,
    GrantedOut,
    GrantIn,
    GrantOut,
)
from reznet.services import collections

router = APIRouter(tags=["memory collections"], route_class=ApiRoute)

_ALL, _ONE = "/memory-collections", "/memory-collections/{collection_id}"


@router.post(
    _ALL, operation_id="memory_collections_create", status_code=201, responses=documented(409)
)
async def create(
    body: CollectionCreate, session: Writing, actor: TheActor, response: Response
) -> CollectionOut:
    """Make a collection of memories; no agent reads it before it is granted."""
    collection = await collections.create(session, actor, body)
    response.headers["Location"] = f"/api/memory-collections/{collection.id}"
    return collection


@router.get(_ALL, operation_id="memory_collections_list", responses=documented())
async def list_page(
    session: Reading,
    actor: TheActor,
    paging: Paged,
    channel_id: Annotated[UUID | None, Query(description="Only those of this channel.")] = None,
) -> list[CollectionOut]:
    """List collections, oldest first."""
    page = await collections.list_page(
        session, actor, channel_id=channel_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.get(_ONE, operation_id="memory_collections_get", responses=documented(404))
async def get(collection_id: UUID, session: Reading, actor: TheActor) -> CollectionOut:
    """Return a collection."""
    return await collections.get(session, actor, collection_id)


@router.put(_ONE, operation_id="memory_collections_update", responses=documented(404, 409))
async def update(
    collection_id: UUID, body: CollectionUpdate, session: Writing, actor: TheActor
) -> CollectionOut:
    """Rename or describe a collection; what is left out stays."""
    return await collections.update(session, actor, collection_id, body)


@router.delete(
    _ONE, operation_id="memory_collections_delete", status_code=204, responses=documented(404)
)
async def delete(collection_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a collection with every memory in it, for good."""
    await collections.delete(session, actor, collection_id)


@router.get(f"{_ONE}/grants", operation_id="memory_grants_list", responses=documented(404))
async def grants(
    collection_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[GrantOut]:
    """List the agents that may read a collection, the earliest grant first."""
    page = await collections.grants_page(
        session, actor, collection_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)


@router.put(
    f"{_ONE}/grants/{{agent_id}}", operation_id="memory_grants_set", responses=documented(404)
)
async def grant(
    collection_id: UUID, agent_id: UUID, body: GrantIn, session: Writing, actor: TheActor
) -> GrantOut:
    """Let an agent read a collection, and perhaps add to it; done twice is fine."""
    return await collections.grant(session, actor, collection_id, agent_id, body)


@router.delete(
    f"{_ONE}/grants/{{agent_id}}",
    operation_id="memory_grants_delete",
    status_code=204,
    responses=documented(404),
)
async def revoke(collection_id: UUID, agent_id: UUID, session: Writing, actor: TheActor) -> None:
    """Take an agent's leave to read a collection; done twice is fine."""
    await collections.revoke(session, actor, collection_id, agent_id)


@router.get(
    "/agents/{agent_id}/memory-collections",
    operation_id="memory_collections_of_agent",
    responses=documented(404),
)
async def granted(
    agent_id: UUID, session: Reading, actor: TheActor, paging: Paged
) -> list[GrantedOut]:
    """List the collections that an agent may read; those of a channel count only in its runs there."""
    page = await collections.granted_page(
        session, actor, agent_id, limit=paging.limit, cursor=paging.cursor
    )
    return paging.rows(page)
