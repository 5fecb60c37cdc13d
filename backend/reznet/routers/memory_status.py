"""How far the embedding of memories is, over HTTP."""

from fastapi import APIRouter

from reznet.routers.dependencies import Reading, TheWorkspace
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.memory_status import MemoryStatusOut
from reznet.services import memory_status

router = APIRouter(prefix="/memory-status", tags=["memories"], route_class=ApiRoute)


@router.get("", operation_id="memory_status", responses=documented())
async def get(session: Reading, workspace: TheWorkspace) -> MemoryStatusOut:
    """Return what memories are embedded with, and how many still wait for it."""
    return await memory_status.status(session, workspace.ports)
