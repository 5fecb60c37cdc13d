"""Write what the web UI's typed client is made from, where it isn't in step; exit 1 if any wasn't.

That is the API's own document, and one of the socket's events, which has only components.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from pydantic.json_schema import models_json_schema

from reznet import __version__
from reznet.core.config import load_settings
from reznet.main import Runtime, create_app
from reznet.schemas.tasks import RunAccount
from reznet.schemas.trials import TrialDelta, TrialDone
from reznet.websocket.reference import FROM_CLIENT, FROM_SERVER

FOLDER = Path(__file__).resolve().parent.parent / "frontend/src/api"
_REF = "#/components/schemas/{model}"
# What HTTP sends where its document can't say so: in open metadata, and as server-sent events.
_UNSTATED = (RunAccount, TrialDelta, TrialDone)


def main() -> int:
    """Bring the files in step; returns the exit code."""
    documents = {"openapi.json": asyncio.run(_api()), "events.json": _events()}
    stale = [name for name, document in documents.items() if _read(FOLDER / name) != document]
    for name in stale:
        text = json.dumps(documents[name], indent=1, ensure_ascii=False)
        (FOLDER / name).write_text(f"{text}\n")
    return 1 if stale else 0


async def _api() -> dict[str, Any]:
    """Ask an application that has not been started: nothing connects."""
    settings = load_settings({}, env_file=FOLDER / "none")
    app = create_app(settings, Runtime(settings, "postgresql://localhost/none"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get("/openapi.json")).raise_for_status().json()


def _events() -> dict[str, Any]:
    """Return the payloads by the names of their events: `ServerEvents`, `ClientEvents` and `Acks`."""
    names, definitions = models_json_schema(
        [
            *((request, "validation") for request, _ in FROM_CLIENT.values()),
            *((ack, "serialization") for _, ack in FROM_CLIENT.values()),
            *((payload, "serialization") for payload in FROM_SERVER.values()),
            *((model, "serialization") for model in _UNSTATED),
        ],
        ref_template=_REF,
    )
    schemas = definitions["$defs"]
    schemas["ClientEvents"] = _by_name(
        {event: names[request, "validation"] for event, (request, _) in FROM_CLIENT.items()}
    )
    schemas["Acks"] = _by_name(
        {event: names[ack, "serialization"] for event, (_, ack) in FROM_CLIENT.items()}
    )
    schemas["ServerEvents"] = _by_name(
        {event: names[payload, "serialization"] for event, payload in FROM_SERVER.items()}
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Socket events of RezNet AI", "version": __version__},
        "paths": {},
        "components": {"schemas": schemas},
    }


def _by_name(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(main())
