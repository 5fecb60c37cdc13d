"""Write the API's document for the web UI's typed client, if it isn't in step; exit 1 if it wasn't."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from reznet.core.config import load_settings
from reznet.main import Runtime, create_app

TARGET = Path(__file__).resolve().parent.parent / "frontend/src/api/openapi.json"


def main() -> int:
    """Bring the file in step; returns the exit code."""
    document = asyncio.run(_document())
    try:
        in_step = json.loads(TARGET.read_text()) == document
    except (OSError, ValueError):
        in_step = False
    if not in_step:
        TARGET.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return 0 if in_step else 1


async def _document() -> dict[str, Any]:
    """Ask an application that has not been started: nothing connects."""
    settings = load_settings({}, env_file=TARGET.parent / "none")
    app = create_app(settings, Runtime(settings, "postgresql://localhost/none"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get("/openapi.json")).raise_for_status().json()


if __name__ == "__main__":
    sys.exit(main())
