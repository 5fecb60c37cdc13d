"""A program that is called by webhooks: keeps what it was sent, and answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send


@dataclass
class Received:
    """A call."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What came in, and the answers to give next; without any, 200."""

    url: str = ""
    calls: list[Received] = field(default_factory=list[Received])
    answers: list[tuple[int, dict[str, str]]] = field(
        default_factory=list[tuple[int, dict[str, str]]]
    )
    held: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.calls.append(Received(scope["path"], headers, body))
        if self.held is not None:
            await self.held.wait()
        status, more = self.answers.pop(0) if self.answers else (200, {})
        sent = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"x" * 100})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver on a port of its own for the time of the block."""
    receiver = Receiver()
    config = uvicorn.Config(receiver, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.ensure_future(server._serve(None))  # type: ignore[arg-type]
    while not server.started:
        await asyncio.sleep(0.01)
    receiver.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        if receiver.held is not None:
            receiver.held.set()
        server.should_exit = True
        await task
