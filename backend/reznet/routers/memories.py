"""Memories over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from reznet.core.errors import Invalid
from reznet.routers.dependencies import TheActor, TheWorkspace, Workspace, Writing
from reznet.routers.paging import Paged, searchable
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.base import not_blank
from reznet.schemas.memories import MemoryBulk, MemoryCreate, MemoryKind, MemoryOut, MemoryUpdate
from reznet.services import memories
from reznet.services.ports import Actor

router = APIRouter(prefix="/agents/{agent_id}/memories", tags=["memories"], route_class=ApiRoute)

_ONE: dict[int | str, dict[str, Any]] = documented(404)
Question = Annotated[
    str | None,
    Query(
        max_length=1000,
        description="What to look for, as a question or as words. Left out, everything is listed, the last said first.",
    ),
    AfterValidator(lambda value: None if value is None else searchable(not_blank(value))),
]


@router.post("", operation_id="memories_create", status_code=201, responses=_ONE)
async def create(
    agent_id: UUID,
    body: MemoryCreate,
    workspace: TheWorkspace,
    actor: TheActor,
    response: Response,
) -> MemoryOut:
    """Let an agent remember something."""
    (memory,) = await _add(workspace, actor, agent_id, [body])
    response.headers["Location"] = f"/api/agents/{agent_id}/memories/{memory.id}"
    return memory


@router.post("/bulk", operation_id="memories_create_many", status_code=201, responses=_ONE)
async def create_many(
    agent_id: UUID, body: MemoryBulk, workspace: TheWorkspace, actor: TheActor
) -> list[MemoryOut]:
    """Let an agent remember many things: all of them, or none if one is refused."""
    return await _add(workspace, actor, agent_id, body.memories)


@router.get("", operation_id="memories_list", responses=_ONE)
async def list_page(
    agent_id: UUID,
    workspace: TheWorkspace,
    actor: TheActor,
    paging: Paged,
    q: Question = None,
    kind: MemoryKind | None = None,
    channel_id: UUID | None = None,
) -> list[MemoryOut]:
    """Find what an agent remembers, best first, with scores and without further pages; or list it all."""
    if q is None:
        async with workspace.database.read() as session:
            page = await memories.list_page(
                session,
                actor,
                agent_id,
                kind=kind,
                channel_id=channel_id,
                limit=paging.limit,
                cursor=paging.cursor,
            )
        return paging.rows(page)
    if paging.cursor is not None:
        raise Invalid.field("cursor", "a search has one page: raise `limit` instead")
    asked = await memories.ask(workspace.ports, q)
    async with workspace.database.read() as session:
        found = await memories.search(
            session,
            actor,
            agent_id,
            asked,
            kind=kind,
            channel_id=channel_id,
            limit=paging.limit,
        )
    return list(found)


@router.get("/{memory_id}", operation_id="memories_get", responses=_ONE)
async def get(
    agent_id: UUID, memory_id: UUID, workspace: TheWorkspace, actor: TheActor
) -> MemoryOut:
    """Return a memory."""
    async with workspace.database.read() as session:
        return await memories.get(session, actor, agent_id, memory_id)


@router.put("/{memory_id}", operation_id="memories_update", responses=_ONE)
async def update(
    agent_id: UUID, memory_id: UUID, body: MemoryUpdate, workspace: TheWorkspace, actor: TheActor
) -> MemoryOut:
    """Change a memory; what is left out stays."""
    embedded = None
    if body.content is not None:
        (embedded,) = await memories.embed_documents(workspace.ports, [body.content])
    async with workspace.database.write() as session:
        return await memories.update(session, actor, agent_id, memory_id, body, embedded)


@router.delete("/{memory_id}", operation_id="memories_delete", status_code=204, responses=_ONE)
async def delete(agent_id: UUID, memory_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete a memory for good; one that it superseded stands again."""
    await memories.delete(session, actor, agent_id, memory_id)


@router.delete("", operation_id="memories_delete_all", status_code=204, responses=_ONE)
async def delete_all(
    agent_id: UUID,
    session: Writing,
    actor: TheActor,
    confirm: Annotated[
        bool, Query(description="Has to be true: nothing brings them back.")
    ] = False,
) -> None:
    """Delete everything that an agent remembers."""
    if not confirm:
        raise Invalid.field("confirm", "set it to true to delete every memory of the agent")
    await memories.delete_all(session, actor, agent_id)


async def _add(
    workspace: Workspace, actor: Actor, agent_id: UUID, bodies: list[MemoryCreate]
) -> list[MemoryOut]:
    async with workspace.database.read() as session:  # before a model works for nothing
        await memories.access_memories(session, actor, agent_id)
    vectors = await memories.embed_documents(workspace.ports, [body.content for body in bodies])
    async with workspace.database.write() as session:
        return await memories.add(session, actor, agent_id, bodies, vectors)
