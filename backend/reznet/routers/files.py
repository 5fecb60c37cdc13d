"""Files over HTTP: sent as they are, not in a form, and read back whole or in parts."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from reznet.core.errors import NotFound, Problem, TooLarge
from reznet.core.media import shown_size
from reznet.core.spool import Spool, spooling
from reznet.routers.dependencies import Reading, TheActor, TheWorkspace, Writing
from reznet.routers.downloads import Download, answer
from reznet.routers.problems import documented
from reznet.routers.route import ApiRoute
from reznet.schemas.files import MAX_FILES, FileLimits, FileOut
from reznet.services import files

router = APIRouter(prefix="/files", tags=["files"], route_class=ApiRoute)

_STALLED_SECONDS = 60.0
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANY = {"*/*": _BYTES}


class NotRaw(Problem):
    """415: the body is wrapped in something, and would be stored with its wrapping."""

    status = 415
    code = "unsupported_media_type"
    title = "The body must be the file itself"


class Stalled(Problem):
    """408: nothing came for a while."""

    status = 408
    code = "upload_stalled"
    title = "The rest of the file did not come"


@router.post(
    "",
    operation_id="files_upload",
    status_code=201,
    responses=documented(404, 408, 409),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _BYTES}}
    },
)
async def upload(
    request: Request,
    response: Response,
    workspace: TheWorkspace,
    actor: TheActor,
    channel_id: Annotated[UUID, Query(description="Where it will be attached to a message.")],
    name: Annotated[
        str,
        Query(min_length=1, max_length=1000, description="What it is called; without its folder."),
    ],
) -> FileOut:
    """Upload a file: the body is its bytes, as they are. Then post a message with its id in `file_ids`.

    The type is found in the bytes; a Content-Type is not looked at. Files that no message takes within
    a day are cleared away.
    """
    limit = workspace.settings.max_file_size
    _refuse_unread(request, limit)
    async with workspace.database.read() as session:
        await files.check_place(session, actor, channel_id)
    # No session is open while the bytes come, however slowly.
    async with spooling(workspace.settings.data_path / "uploads") as spool:
        await _receive(request, spool, limit)
        file = await files.examine(spool, actor, channel_id, name)
        async with workspace.database.write() as session:
            stored = await files.store(session, actor, file, spool)
    response.headers["Location"] = f"/api/files/{stored.id}"
    return stored


@router.get("/limits", operation_id="files_limits", responses=documented())
async def limits(workspace: TheWorkspace) -> FileLimits:
    """Return what can be attached, so that a client can tell before it sends."""
    return FileLimits(max_file_size=workspace.settings.max_file_size, max_files=MAX_FILES)


@router.get("/{file_id}", operation_id="files_get", responses=documented(404))
async def get(file_id: UUID, session: Reading, actor: TheActor) -> FileOut:
    """Return what is known of a file."""
    return (await files.get(session, actor, file_id)).shown


@router.get(
    "/{file_id}/content",
    operation_id="files_content",
    response_class=Response,
    responses={
        200: {"description": "The bytes.", "content": _ANY},
        206: {"description": "The bytes that `Range` asks for.", "content": _ANY},
        304: {"description": "The client has it: `If-None-Match` names it."},
        **documented(404, 416),
    },
)
async def content(
    file_id: UUID,
    request: Request,
    workspace: TheWorkspace,
    actor: TheActor,
    thumbnail: Annotated[bool, Query(description="A small copy of an image.")] = False,
) -> Response:
    """Return a file's bytes. Images that were decoded are shown by browsers, all else is saved."""
    async with workspace.database.read() as session:
        file = await files.get(session, actor, file_id)
        small = await files.thumbnail(session, file) if thumbnail else None
    shown = file.shown
    is_image = shown.width is not None
    if thumbnail and not is_image:
        raise NotFound(f"The file {shown.name} is no image.", code="no_thumbnail")
    if small is not None:
        copy = Download(
            f"{shown.name}.webp", "image/webp", len(small), f"{file.sha256}-small", is_shown=True
        )
        return answer(copy, request, small)
    whole = Download(shown.name, shown.media_type, shown.size, file.sha256, is_shown=is_image)
    return answer(
        whole,
        request,
        lambda first, length: files.read(workspace.database, file, first, length),
    )


@router.delete(
    "/{file_id}", operation_id="files_delete", status_code=204, responses=documented(404, 409)
)
async def delete(file_id: UUID, session: Writing, actor: TheActor) -> None:
    """Delete one's own file that no message has; one that a message has goes with the message."""
    await files.delete(session, actor, file_id)


def _refuse_unread(request: Request, limit: int) -> None:
    """Refuse what can be refused by its headers, before anything of it is read."""
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise NotRaw(
            "Send the bytes of the file as the body, not in a form: "
            "curl --data-binary @FILE, with Content-Type: application/octet-stream."
        )
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)


async def _receive(request: Request, spool: Spool, limit: int) -> None:
    """Take the body in; what is over the limit is not read to its end."""
    pieces = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                piece = await anext(pieces, None)
        except TimeoutError:
            raise Stalled(
                f"Nothing came for {_STALLED_SECONDS:g} seconds, so the upload was given up."
            ) from None
        if piece is None:
            return
        if spool.size + len(piece) > limit:
            raise _too_large(limit)
        await spool.write(piece)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {shown_size(limit)}, the most that can be attached.",
        code="file_too_large",
    )
