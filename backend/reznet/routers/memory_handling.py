"""What routes to memories share, whoever they belong to: an agent or a collection."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator

from reznet.core.errors import Invalid
from reznet.routers.dependencies import Workspace
from reznet.routers.paging import Paging, searchable
from reznet.schemas.base import not_blank
from reznet.schemas.memories import (
    MemoryCreate,
    MemoryKind,
    MemoryOrigin,
    MemoryOut,
    MemoryUpdate,
)
from reznet.services import memories, memory_owners
from reznet.services.memory_owners import Owner
from reznet.services.ports import Actor

Question = Annotated[
    str | None,
    Query(
        max_length=1000,
        description="What to look for, as a question or as words. Left out, everything is listed, the last said first.",
    ),
    AfterValidator(lambda value: None if value is None else searchable(not_blank(value))),
]
Confirmed = Annotated[bool, Query(description="Has to be true: nothing brings them back.")]


async def _wanted(
    kind: MemoryKind | None = None,
    channel_id: UUID | None = None,
    origin: MemoryOrigin | None = None,
    current: Annotated[
        bool,
        Query(
            description="Lists only what stands: nothing that another memory supersedes or sums up. A search never finds those."
        ),
    ] = False,
) -> memories.Filter:
    """Return which memories are asked for."""
    return memories.Filter(kind, channel_id, origin, current)


Only = Annotated[memories.Filter, Depends(_wanted)]


async def add(
    workspace: Workspace, actor: Actor, owner: Owner, bodies: Sequence[MemoryCreate]
) -> list[MemoryOut]:
    """Embed memories and store them. Raises NotFound and Invalid."""
    async with workspace.database.read() as session:  # before a model works for nothing
        await memory_owners.access(session, actor, owner)
    vectors = await memories.embed_documents(workspace.ports, [body.content for body in bodies])
    async with workspace.database.write() as session:
        return await memories.add(session, actor, owner, bodies, vectors)


async def find_or_list(
    workspace: Workspace,
    actor: Actor,
    owner: Owner,
    q: str | None,
    only: memories.Filter,
    paging: Paging,
) -> list[MemoryOut]:
    """Return what answers the question best, or without one a page of everything. Raises NotFound and Invalid."""
    if q is None:
        async with workspace.database.read() as session:
            page = await memories.list_page(
                session, actor, owner, only=only, limit=paging.limit, cursor=paging.cursor
            )
        return paging.rows(page)
    if paging.cursor is not None:
        raise Invalid.field("cursor", "a search has one page: raise `limit` instead")
    asked = await memories.ask(workspace.ports, q)
    async with workspace.database.read() as session:
        found = await memories.search(session, actor, owner, asked, only=only, limit=paging.limit)
    return list(found)


async def update(
    workspace: Workspace, actor: Actor, owner: Owner, memory_id: UUID, body: MemoryUpdate
) -> MemoryOut:
    """Change a memory, and embed its content anew if that is among the changes. Raises NotFound and Invalid."""
    embedded = None
    if body.content is not None:
        (embedded,) = await memories.embed_documents(workspace.ports, [body.content])
    async with workspace.database.write() as session:
        return await memories.update(session, actor, owner, memory_id, body, embedded)


def check_confirmed(*, confirm: bool) -> None:
    """Pass if the deletion of everything is meant. Raises Invalid."""
    if not confirm:
        raise Invalid.field("confirm", "set it to true to delete all of these memories")
