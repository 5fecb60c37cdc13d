"""Server-sent events."""

from typing import Any

from pydantic import BaseModel

STREAM = "text/event-stream"
# Proxies cut connections that are silent for long.
HEARTBEAT_SECONDS = 10.0
HEARTBEAT = b": waiting\n\n"
# nginx would otherwise hold back what is meant to be seen at once.
HEADERS = {"X-Accel-Buffering": "no"}


def documented(*names: str) -> dict[str, Any]:
    """Return the OpenAPI content of a stream of these events; the data of each is a JSON object."""
    event = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": list(names)},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["event", "data"],
    }
    return {STREAM: {"schema": event}}


def event(name: str, data: BaseModel) -> bytes:
    """Return an event as it goes over the wire."""
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n".encode()
