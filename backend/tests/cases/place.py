"""A client of a served workspace: its API, its sockets and its database."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from tests.support.app import Json, checked
from tests.support.sockets import Client

FINAL = {"completed", "failed", "cancelled"}
QUICK = "fake;n=5;rate=0"
SLOW = "fake;ttft=0.05;rate=20;n=200"  # ten seconds
_numbers = itertools.count()


def unique(word: str = "Agent") -> str:
    """Return a name that no other test of the run has."""
    return f"{word} {next(_numbers)}x{uuid.uuid4().hex[:6]}"


async def until[T](what: str, look: Callable[[], Awaitable[T]], seconds: float = 15) -> T:
    """Return the first truthy value of what is looked at; fail when there is none in time."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while not (found := await look()):
        assert clock() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.02)
    return found


@dataclass
class Place:
    """The workspace as one person meets it."""

    address: str
    database_url: str
    http: httpx.AsyncClient
    clients: list[Client] = field(default_factory=list[Client])

    @classmethod
    @asynccontextmanager
    async def at(cls, address: str, database_url: str) -> AsyncIterator["Place"]:
        """Give a client of the workspace at an address."""
        async with httpx.AsyncClient(
            base_url=f"{address}/api", timeout=30, trust_env=False
        ) as http:
            here = cls(address, database_url, http)
            try:
                yield here
            finally:
                for client in here.clients:
                    await client.sio.disconnect()

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        """Return the body of a GET that has to be answered with the status."""
        return checked(await self.http.get(path, params=params), status)

    async def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        """Return the body of a POST that has to be answered with the status."""
        return checked(await self.http.post(path, json=body), status)

    async def put(self, path: str, body: Any, status: int = 200) -> Any:
        """Return the body of a PUT that has to be answered with the status."""
        return checked(await self.http.put(path, json=body), status)

    async def delete(self, path: str, status: int = 204) -> None:
        """Delete what has to be answered with the status."""
        checked(await self.http.delete(path), status)

    async def agent(self, model: str = QUICK, name: str = "", **fields: Any) -> Json:
        """Create a custom agent on that model of the fake."""
        body = {"name": name or unique(), "role": "Helps", "provider": "openai", "model": model}
        return await self.post("/agents", body | fields)

    async def channel(self, name: str = "") -> Json:
        """Create a channel."""
        return await self.post("/channels", {"name": name or unique("room")})

    async def say(self, channel: Json, content: str, status: int = 201, **fields: Any) -> Json:
        """Post a message."""
        path = f"/channels/{channel['id']}/messages"
        return await self.post(path, {"content": content, **fields}, status)

    async def messages(self, channel: Json) -> list[Json]:
        """Return the newest messages of a channel, oldest first."""
        return await self.get(f"/channels/{channel['id']}/messages", limit=200)

    async def ended(self, task: Json, seconds: float = 15) -> Json:
        """Return the task once it is over."""

        async def look() -> Json | None:
            now: Json = await self.get(f"/tasks/{task['id']}")
            return now if now["status"] in FINAL else None

        found = await until(f"task {task['id']} is over", look, seconds)
        assert found is not None
        return found

    async def idle(self, channel: Json, seconds: float = 15) -> list[Json]:
        """Return all tasks of a channel once none is left that runs."""

        async def look() -> tuple[list[Json]] | None:
            tasks = await self.get("/tasks", channel_id=channel["id"], limit=200)
            return (tasks,) if all(task["status"] in FINAL for task in tasks) else None

        found = await until("nothing runs in the channel", look, seconds)
        assert found is not None
        return found[0]

    async def answer(self, task: Json) -> Json:
        """Return the answer of a task once it is over."""
        return await self.get(f"/messages/{(await self.ended(task))['answer_id']}")

    async def ask(self, channel: Json, agent: Json, text: str = "hello") -> Json:
        """Mention an agent and return its task."""
        (task,) = (await self.say(channel, f"@{agent['handle']} {text}"))["tasks"]
        return task

    async def pages(self, path: str, **params: Any) -> list[list[Json]]:
        """Return every page of a list, following its links."""
        # Without parameters those of the path must stay.
        response = await self.http.get(path, params=params or None)
        found = [checked(response, 200)]
        while "next" in response.links:
            response = await self.http.get(response.links["next"]["url"])
            found.append(checked(response, 200))
        return found

    async def listener(self, *channels: Json) -> Client:
        """Return a socket that has joined channels."""
        client = Client()
        await client.sio.connect(self.address, transports=["websocket"])
        self.clients.append(client)
        for channel in channels:
            ack = await client.call("join_channel", {"channel_id": channel["id"]})
            assert ack["ok"], ack
        return client

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Execute SQL in the workspace's database and return its rows, if it has any."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []
