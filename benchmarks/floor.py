"""The floor: the least that a server on the same parts can do for a chat.

Starlette, asyncpg, python-socketio and httpx, put together as one would by hand in an afternoon. A post inserts one
row and tells the room; a mention relays the model's tokens to the room as they come, one packet each, and stores
the answer at its end. No validation, no tasks, no outbox, no history, no durability of runs: what the product
costs beyond this is the price of all that.

    python benchmarks/floor.py --database-url postgresql://… --upstream http://127.0.0.1:8999/v1 --port 8001

Paths and payloads are those of the product, so that the same client drives both.
"""

import argparse
import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import socketio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_TABLE = """
create table if not exists messages (
    id uuid primary key, channel_id uuid not null, author jsonb not null, content text not null,
    created_at timestamptz not null
);
create index if not exists messages_channel on messages (channel_id, id);
"""
_MENTION = re.compile(r"@([\w-]+)")
_PAGE = 50


class Floor:
    """The state of the server and its handlers."""

    def __init__(self, database_url: str, upstream: str, window: float) -> None:
        self._database_url = database_url
        self._upstream = upstream
        self._window = window
        self._agents: dict[str, dict[str, Any]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
        self.sio.on("join_channel", self._join)

    def app(self) -> socketio.ASGIApp:
        routes = [
            Route("/api/health", self.health),
            Route("/api/agents", self.list_agents),
            Route("/api/agents", self.create_agent, methods=["POST"]),
            Route("/api/channels", self.create_channel, methods=["POST"]),
            Route("/api/channels/{id}/messages", self.list_messages),
            Route("/api/channels/{id}/messages", self.post, methods=["POST"]),
            Route("/api/messages/{id}", self.get_message),
        ]
        return socketio.ASGIApp(self.sio, Starlette(routes=routes, lifespan=self._lifespan))

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        async with (
            asyncpg.create_pool(self._database_url, min_size=1, max_size=10) as self._pool,
            httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as self._http,
        ):
            await self._pool.execute(_TABLE)
            yield

    async def _join(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        await self.sio.enter_room(sid, body["channel_id"])
        return {"ok": True}

    async def health(self, _request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def list_agents(self, _request: Request) -> JSONResponse:
        return JSONResponse(list(self._agents.values()))

    async def create_agent(self, request: Request) -> JSONResponse:
        body = await request.json()
        handle = body["name"].lower().replace(" ", "-")
        agent = {**body, "id": str(uuid.uuid4()), "handle": handle}
        self._agents[handle] = agent
        return JSONResponse(agent, 201)

    async def create_channel(self, request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse({"id": str(uuid.uuid4()), "name": body["name"]}, 201)

    async def list_messages(self, request: Request) -> JSONResponse:
        rows = await self._pool.fetch(
            "select * from messages where channel_id = $1 order by id desc limit $2",
            uuid.UUID(request.path_params["id"]),
            int(request.query_params.get("limit", _PAGE)),
        )
        return JSONResponse([_stored(row) for row in reversed(rows)])

    async def get_message(self, request: Request) -> JSONResponse:
        row = await self._pool.fetchrow(
            "select * from messages where id = $1", uuid.UUID(request.path_params["id"])
        )
        return JSONResponse(_stored(row)) if row else JSONResponse({"status": 404}, 404)

    async def post(self, request: Request) -> JSONResponse:
        channel_id = request.path_params["id"]
        content = (await request.json())["content"]
        message = _message(channel_id, {"kind": "user", "id": None, "name": "You"}, content)
        await self._store(message)
        await self._tell(message, "message_sent", {"message": message})
        for handle in _MENTION.findall(content):
            if handle in self._agents:
                answering = asyncio.create_task(
                    self._answer(channel_id, self._agents[handle], content)
                )
                self._running.add(answering)
                answering.add_done_callback(self._running.discard)
        return JSONResponse(message, 201)

    async def _answer(self, channel_id: str, agent: dict[str, Any], content: str) -> None:
        author = {"kind": "agent", "id": agent["id"], "name": agent["name"]}
        message = _message(channel_id, author, "", status="streaming")
        await self._tell(message, "message_sent", {"message": message})
        body = {
            "model": agent["model"],
            "stream": True,
            "messages": [{"role": "user", "content": content}],
        }
        text, told, told_at = "", 0, 0.0
        async with self._http.stream(
            "POST", f"{self._upstream}/chat/completions", json=body
        ) as upstream:
            async for line in upstream.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                choices = json.loads(line[6:])["choices"]
                text += (choices and choices[0]["delta"].get("content")) or ""
                if len(text) > told and time.monotonic() - told_at >= self._window:
                    await self._tell_rest(message, text, told)
                    told, told_at = len(text), time.monotonic()
        if len(text) > told:
            await self._tell_rest(message, text, told)
        message |= {"content": text, "status": "complete"}
        await self._store(message)
        await self._tell(message, "message_updated", {"message": message})

    async def _tell_rest(self, message: dict[str, Any], text: str, told: int) -> None:
        delta = {
            "message_id": message["id"],
            "task_id": None,
            "attempt": 1,
            "offset": told,
            "text": text[told:],
        }
        await self._tell(message, "message_delta", delta)

    async def _tell(self, message: dict[str, Any], event: str, payload: dict[str, Any]) -> None:
        channel_id = message["channel_id"]
        await self.sio.emit(event, {"channel_id": channel_id, **payload}, room=channel_id)

    async def _store(self, message: dict[str, Any]) -> None:
        await self._pool.execute(
            "insert into messages (id, channel_id, author, content, created_at) values ($1, $2, $3, $4, $5)",
            uuid.UUID(message["id"]),
            uuid.UUID(message["channel_id"]),
            json.dumps(message["author"]),
            message["content"],
            datetime.fromisoformat(message["created_at"]),
        )


def _message(
    channel_id: str, author: dict[str, Any], content: str, status: str = "complete"
) -> dict[str, Any]:
    now = datetime.now(UTC)
    # Ids that rise with time, as the product's: pages are read by id.
    number = (int(now.timestamp() * 1000) << 80) | (uuid.uuid4().int & ((1 << 80) - 1))
    return _shape(str(uuid.UUID(int=number)), channel_id, author, content, status, now)


def _stored(row: asyncpg.Record) -> dict[str, Any]:
    author = json.loads(row["author"])
    ids = (str(row["id"]), str(row["channel_id"]))
    return _shape(*ids, author, row["content"], "complete", row["created_at"])


def _shape(
    message_id: str,
    channel_id: str,
    author: dict[str, Any],
    content: str,
    status: str,
    created_at: datetime,
) -> dict[str, Any]:
    return {
        "id": message_id,
        "channel_id": channel_id,
        "thread_id": None,
        "reply_to_id": None,
        "author": author,
        "content": content,
        "status": status,
        "attempt": 1,
        "task_id": None,
        "error": None,
        "client_id": None,
        "mentions": [],
        "metadata": {},
        "created_at": created_at.isoformat(),
        "updated_at": created_at.isoformat(),
        "edited_at": None,
        "deleted_at": None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--upstream", required=True, help="an OpenAI-compatible base URL")
    parser.add_argument(
        "--window",
        type=float,
        default=0,
        help="seconds between two packets of an answer; 0: one packet for each token",
    )
    arguments = parser.parse_args()
    floor = Floor(arguments.database_url, arguments.upstream, arguments.window)
    uvicorn.run(
        floor.app(),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        backlog=2048,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
