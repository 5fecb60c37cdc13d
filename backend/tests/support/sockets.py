"""A socket server of the product in this process, and clients for it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import socketio
import uvicorn

from reznet.core.bus import Bus, LocalBus, Topic
from reznet.core.cache import Cache
from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.core.live import DELTA, LiveTexts, channel_room
from reznet.repositories import messages as stored_messages
from reznet.schemas.channels import ChannelCreate, ChannelOut
from reznet.schemas.events import EventKind
from reznet.schemas.messages import AuthorKind, MessageCreate, MessageOut, MessageStatus
from reznet.services import channels, events, messages
from reznet.services.ports import LOCAL_USER, Ports
from reznet.websocket.server import SocketServer
from tests.support.ports import FixedModel, RecordingQueue


def _ports(settings: Settings, bus: Bus | None = None) -> Ports:
    """Return ports whose jobs are recorded and not run."""
    bus = bus or LocalBus()
    return Ports(
        settings=settings,
        bus=bus,
        cache=Cache(None, bus),
        queue=RecordingQueue(),
        models=FixedModel(),
    )


@dataclass
class Workspace:
    """A running socket server and what it works on."""

    url: str
    database: Database
    ports: Ports
    sockets: SocketServer
    live: LiveTexts
    clients: list["Client"] = field(default_factory=list)

    async def connect(self, **options: Any) -> "Client":
        client = Client()
        await client.sio.connect(self.url, transports=["websocket"], **options)
        self.clients.append(client)
        return client

    async def channel(self, name: str = "Room") -> ChannelOut:
        async with self.database.write() as session:
            channel, _ = await channels.create(
                session, self.ports, LOCAL_USER, ChannelCreate(name=name)
            )
        return channel

    async def post(self, channel: ChannelOut, text: str) -> MessageOut:
        async with self.database.write() as session:
            posted = await messages.post(
                session, self.ports, LOCAL_USER, channel.id, MessageCreate(content=text)
            )
        return posted.message

    async def answer(self, channel: ChannelOut, attempt: int = 1) -> MessageOut:
        """Store an answer that has just begun to stream."""
        async with self.database.write() as session:
            message = await stored_messages.insert_message(
                session,
                stored_messages.NewMessage(
                    channel_id=channel.id,
                    author_kind=AuthorKind.AGENT,
                    author_name="Backend",
                    content="",
                    status=MessageStatus.STREAMING,
                    attempt=attempt,
                ),
            )
            assert message is not None
            await events.record(
                session,
                self.ports,
                EventKind.MESSAGE_SENT,
                channel_id=channel.id,
                message_id=message.id,
            )
        return message

    async def change(self, message: MessageOut, **changes: object) -> None:
        """Change columns of a message, and tell."""
        async with self.database.write() as session:
            await stored_messages.update_message(session, message.id, changes)
            await events.record(
                session,
                self.ports,
                EventKind.MESSAGE_UPDATED,
                channel_id=message.channel_id,
                message_id=message.id,
            )

    def stream(self, message: MessageOut, offset: int, text: str, attempt: int = 1) -> None:
        """Publish a piece of an answer, as the run of an agent does."""
        data = {
            "channel_id": str(message.channel_id),
            "message_id": str(message.id),
            "task_id": str(UUID(int=1)),
            "attempt": attempt,
            "offset": offset,
            "text": text,
        }
        room = channel_room(message.channel_id)
        self.ports.bus.publish(Topic.LIVE, {"room": room, "event": DELTA, "data": data})


@asynccontextmanager
async def workspace(
    settings: Settings, database: Database, bus: Bus | None = None
) -> AsyncIterator[Workspace]:
    """Serve sockets on a free port."""
    ports = _ports(settings, bus)
    await ports.bus.start()
    live = LiveTexts(ports.bus, max_chars=1024 * 1024)
    sockets = SocketServer(database, ports, live)
    await sockets.start()
    await sockets.projector.started()
    async with serve(sockets) as url:
        running = Workspace(url, database, ports, sockets, live)
        try:
            yield running
        finally:
            for client in running.clients:
                await client.sio.disconnect()
            await sockets.aclose()
            await ports.bus.aclose()
            await ports.cache.aclose()


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application with uvicorn in this process."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="critical",
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


class Client:
    """A Socket.IO client that keeps what it hears, in order."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._changed = asyncio.Event()
        self.sio.on("*", self._hear)

    async def _hear(self, event: str, data: dict[str, Any]) -> None:
        self.heard.append((event, data))
        self._changed.set()

    async def call(self, event: str, payload: object, timeout: float = 10) -> dict[str, Any]:
        return await self.sio.call(event, payload, timeout=timeout)

    async def join(self, channel: ChannelOut, last_event_id: int | None = None) -> dict[str, Any]:
        payload: dict[str, object] = {"channel_id": str(channel.id)}
        if last_event_id is not None:
            payload["last_event_id"] = last_event_id
        ack = await self.call("join_channel", payload)
        assert ack["ok"], ack
        return ack

    def texts(self, channel: ChannelOut | None = None) -> list[str]:
        """Return the texts of the messages that were sent, in the order heard."""
        return [
            data["message"]["content"]
            for event, data in self.heard
            if event == "message_sent"
            and (channel is None or data["channel_id"] == str(channel.id))
        ]

    def event_ids(self) -> list[int]:
        return [data["event_id"] for _, data in self.heard if "event_id" in data]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.heard if name == event]

    async def until(self, condition: Callable[[], object], timeout: float = 10) -> None:
        """Wait until the condition holds, looking whenever something was heard."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def eventually(condition: Callable[[], object], timeout: float = 10) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


def rising(ids: Iterable[int]) -> bool:
    numbers = list(ids)
    return all(a < b for a, b in itertools.pairwise(numbers))
