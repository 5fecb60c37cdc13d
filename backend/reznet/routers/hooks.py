"""Signed calls of other programs, which make workflows."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from reznet.core.errors import Invalid, TooLarge
from reznet.routers.dependencies import TheWorkspace
from reznet.routers.problems import NotJson, documented
from reznet.routers.route import is_json, parse_json
from reznet.schemas.triggers import FiringOut
from reznet.services.triggers import called

router = APIRouter(prefix="/hooks", tags=["workflow triggers"])

_MAX_BYTES = 256 * 1024
_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "JSON, 256 KiB at most. Its fields may fill parameters of the saved workflow.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post(
    "/{trigger_id}",
    operation_id="hooks_call",
    status_code=202,
    responses={
        200: {"model": FiringOut, "description": "The same call had come before."},
        **documented(401, 404, 409),
    },
    openapi_extra=_BODY,
)
async def call(
    trigger_id: str,
    request: Request,
    workspace: TheWorkspace,
    response: Response,
    webhook_id: Annotated[str, Header(description="Names the call; it counts once.")] = "",
    webhook_timestamp: Annotated[str, Header(description="Seconds since 1970.")] = "",
    webhook_signature: Annotated[
        str, Header(description="`v1,` and the signature, as Standard Webhooks has it.")
    ] = "",
) -> FiringOut:
    """Make a workflow. The call must be signed with the trigger's secret, and be less than five minutes old."""
    raw = await _read(request)
    headers = (webhook_id, webhook_timestamp, webhook_signature)
    found = await called.authenticate(workspace.database, _id_in(trigger_id), headers, raw)
    fired = await called.take(
        workspace.database, workspace.ports, found, webhook_id, _parsed(request, raw)
    )
    if fired.problem is not None:
        raise fired.problem
    if not fired.is_new:
        response.status_code = 200
    return fired.firing


async def _read(request: Request) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > _MAX_BYTES:
            raise TooLarge(f"The body is over the limit of {_MAX_BYTES} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _parsed(request: Request, raw: bytes) -> object:
    """Return the JSON of a call, None without a body. Raises NotJson and Invalid."""
    if not raw.strip():
        return None
    if not is_json(request.headers.get("content-type", "")):
        raise NotJson("Send the body as JSON, with Content-Type: application/json.")
    parsed = parse_json(raw)
    if not isinstance(parsed, dict):
        raise Invalid.field("body", "must be a JSON object", code="invalid_json")
    return parsed  # pyright: ignore[reportUnknownVariableType]
