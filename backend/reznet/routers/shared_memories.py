"""The memories of a collection over HTTP."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from reznet.routers import memory_handling
from reznet.routers.dependencies import Reading, TheActor, TheWorkspace, Writing
from reznet.routers.memory_handling import Confirmed, Only, Question
from reznet.routers.paging import Paged
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.memories import MemoryBulk, MemoryCreate, MemoryOut, MemoryUpdate
from reznet.services import memories
from reznet.services.memory_owners import Owner

router = APIRouter(
    prefix="/memory-collections/{collection_id}/memories",
    tags=["memory collections"],
    route_class=ApiRoute,
)

_ONE: dict[int | str, dict[str, Any]] = documented(404)


@router.post("", operation_id="shared_memories_create", status_code=201, responses=_ONE)
async def create(
    collection_id: UUID,
    body: MemoryCreate,
    workspace: TheWorkspace,
    actor: TheActor,
    response: Response,
) -> MemoryOut:
    """Put something into a collection."""
    (memory,) = await memory_handling.add(workspace, actor, _shared(collection_id), [body])
    response.headers["Location"] = f"/api/memory-collections/{collection_id}/memories/{memory.id}"
    return memory


@router.post("/bulk", operation_id="shared_memories_create_many", status_code=201, responses=_ONE)
async def create_many(
    collection_id: UUID, body: MemoryBulk, workspace: TheWorkspace, actor: TheActor
) -> list[MemoryOut]:
    """Put many things into a collection: all of them, or none if one is refused."""
    return await memory_handling.add(workspace, actor, _shared(collection_id), body.memories)


@router.get("", operation_id="shared_memories_list", responses=_ONE)
async def list_page(
    collection_id: UUID,
    workspace: TheWorkspace,
    actor: TheActor,
    paging: Paged,
    only: Only,
    q: Question = None,
) -> list[MemoryOut]:
    """Find what a collection holds, best first, with scores and without further pages; or list it all."""
    owner = _shared(collection_id)
    return await memory_handling.find_or_list(workspace, actor, owner, q, only, paging)


@router.get("/{memory_id}", operation_id="shared_memories_get", responses=_ONE)
async def get(
    collection_id: UUID, memory_id: UUID, session: Reading, actor: TheActor
) -> MemoryOut:
    """Return a memory of a collection."""
    return await memories.get(session, actor, _shared(collection_id), memory_id)


@router.put("/{memory_id}", operation_id="shared_memories_update", responses=_ONE)
async def update(
    collection_id: UUID,
    memory_id: UUID,
    body: MemoryUpdate,
    workspace: TheWorkspace,
    actor: TheActor,
) -> MemoryOut:
    """Change a memory of a collection; what is left out stays."""
    return await memory_handling.update(workspace, actor, _shared(collection_id), memory_id, body)


@router.delete(
    "/{memory_id}", operation_id="shared_memories_delete", status_code=204, responses=_ONE
)
async def delete(collection_id: UUID, memory_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a memory of a collection for good; one that it superseded stands again."""
    await memories.delete(session, actor, _shared(collection_id), memory_id)


@router.delete("", operation_id="shared_memories_delete_all", status_code=204, responses=_ONE)
async def delete_all(
    collection_id: UUID, session: Writing, actor: TheActor, confirm: Confirmed = False
) -> None:
    """Delete everything in a collection, which stays."""
    memory_handling.check_confirmed(confirm=confirm)
    await memories.delete_all(session, actor, _shared(collection_id))


def _shared(collection_id: UUID) -> Owner:
    return Owner(collection_id, is_shared=True)
