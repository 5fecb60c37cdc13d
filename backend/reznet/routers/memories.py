"""An agent's memories over HTTP."""

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

router = APIRouter(prefix="/agents/{agent_id}/memories", tags=["memories"], route_class=ApiRoute)

_ONE: dict[int | str, dict[str, Any]] = documented(404)


@router.post("", operation_id="memories_create", status_code=201, responses=_ONE)
async def create(
    agent_id: UUID,
    body: MemoryCreate,
    workspace: TheWorkspace,
    actor: TheActor,
    response: Response,
) -> MemoryOut:
    """Let an agent remember something."""
    (memory,) = await memory_handling.add(workspace, actor, Owner(agent_id), [body])
    response.headers["Location"] = f"/api/agents/{agent_id}/memories/{memory.id}"
    return memory


@router.post("/bulk", operation_id="memories_create_many", status_code=201, responses=_ONE)
async def create_many(
    agent_id: UUID, body: MemoryBulk, workspace: TheWorkspace, actor: TheActor
) -> list[MemoryOut]:
    """Let an agent remember many things: all of them, or none if one is refused."""
    return await memory_handling.add(workspace, actor, Owner(agent_id), body.memories)


@router.get("", operation_id="memories_list", responses=_ONE)
async def list_page(
    agent_id: UUID,
    workspace: TheWorkspace,
    actor: TheActor,
    paging: Paged,
    only: Only,
    q: Question = None,
) -> list[MemoryOut]:
    """Find what an agent remembers, best first, with scores and without further pages; or list it all."""
    return await memory_handling.find_or_list(workspace, actor, Owner(agent_id), q, only, paging)


@router.get("/{memory_id}", operation_id="memories_get", responses=_ONE)
async def get(agent_id: UUID, memory_id: UUID, session: Reading, actor: TheActor) -> MemoryOut:
    """Return a memory."""
    return await memories.get(session, actor, Owner(agent_id), memory_id)


@router.put("/{memory_id}", operation_id="memories_update", responses=_ONE)
async def update(
    agent_id: UUID, memory_id: UUID, body: MemoryUpdate, workspace: TheWorkspace, actor: TheActor
) -> MemoryOut:
    """Change a memory; what is left out stays."""
    return await memory_handling.update(workspace, actor, Owner(agent_id), memory_id, body)


@router.delete("/{memory_id}", operation_id="memories_delete", status_code=204, responses=_ONE)
async def delete(agent_id: UUID, memory_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a memory for good; one that it superseded stands again."""
    await memories.delete(session, actor, Owner(agent_id), memory_id)


@router.delete("", operation_id="memories_delete_all", status_code=204, responses=_ONE)
async def delete_all(
    agent_id: UUID, session: Writing, actor: TheActor, confirm: Confirmed = False
) -> None:
    """Delete everything that an agent remembers."""
    memory_handling.check_confirmed(confirm=confirm)
    await memories.delete_all(session, actor, Owner(agent_id))


@router.post("/{memory_id}/restore", operation_id="memories_restore", responses=_ONE)
async def restore(agent_id: UUID, memory_id: UUID, session: Writing, actor: TheActor) -> MemoryOut:
    """Let a memory be found again beside the summary that stands for it; deleting the summary restores them all."""
    return await memories.restore(session, actor, Owner(agent_id), memory_id)
