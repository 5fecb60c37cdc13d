"""An agent's memories as a file, over HTTP."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from reznet.routers.dependencies import TheActor, TheWorkspace
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.memory_files import ImportedMemory, MemoryExport, MemoryImports
from reznet.services import agents, memories, memory_files
from reznet.services.memory_owners import Owner

# Before the router of memories: its addresses would be taken for a memory's id.
router = APIRouter(prefix="/agents/{agent_id}/memories", tags=["memories"], route_class=ApiRoute)

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "All of it, as a file.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MemoryExport"}}},
    },
    **documented(404),
}


@router.get(
    "/export", operation_id="memories_export", response_model=MemoryExport, responses=_FILE
)
async def export(agent_id: UUID, workspace: TheWorkspace) -> StreamingResponse:
    """Write all that an agent remembers into a file, history and sources included.

    It is streamed; a file that does not end with its closing brackets is not whole.
    """
    async with workspace.database.read() as session:
        agent = await agents.get(session, workspace.ports, agent_id)
    name = f"{agent.handle}-memories.json"
    plain = name if name.isascii() else "memories.json"
    return StreamingResponse(
        memory_files.export(workspace.database, agent),
        media_type="application/json",
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )


@router.post("/import", operation_id="memories_import", responses=documented(404))
async def take_in(
    agent_id: UUID, body: MemoryImports, workspace: TheWorkspace, actor: TheActor
) -> list[ImportedMemory]:
    """Take in memories from a file, all or none; those that are there already are not stored again.

    The answer says in the same order which memory each is here.
    """
    owner, bodies = Owner(agent_id), body.memories
    async with workspace.database.read() as session:
        new = await memory_files.new_among(session, actor, owner, bodies)
    found = await memories.embed_documents(workspace.ports, [bodies[at].content for at in new])
    by_place = dict(zip(new, found, strict=True))
    vectors = [by_place.get(place) for place in range(len(bodies))]
    async with workspace.database.write() as session:
        return await memory_files.take_in(session, actor, owner, bodies, vectors)
