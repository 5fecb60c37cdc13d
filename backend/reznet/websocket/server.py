"""The socket server of one process: rooms, events and live text for its clients."""

import asyncio

import orjson
import structlog
from pydantic import ValidationError

from reznet.core.background import Background
from reznet.core.bus import Payload, Topic
from reznet.core.database import Database
from reznet.core.errors import LimitReached, Problem
from reznet.core.live import DELTA, LiveTexts, channel_room, user_room
from reznet.core.problem_details import from_validation
from reznet.schemas.events import Ack
from reznet.services.ports import LOCAL_USER, Ports
from reznet.websocket.connection import Connection, Receive, Send, event_packet
from reznet.websocket.deltas import Delta, DeltaGate
from reznet.websocket.handlers import Client, Command, Handlers
from reznet.websocket.limits import EVENTS_AT_ONCE, EVENTS_PER_SECOND, MAX_IN_FLIGHT, TokenBucket
from reznet.websocket.origins import allowed_origins
from reznet.websocket.projector import Projector
from reznet.websocket.rooms import WORKSPACE, Rooms
from reznet.websocket.transport import Scope, Transport

log = structlog.get_logger(__name__)


class SocketServer:
    """Serves Socket.IO; an ASGI application for paths under `/socket.io`."""

    def __init__(self, database: Database, ports: Ports, live: LiveTexts) -> None:
        """Prepare; nothing runs before `start`."""
        self.rooms = Rooms()
        self._gate = DeltaGate(self._tell_delta)
        self.projector = Projector(database, ports.bus, live, self.rooms, self._gate)
        self._handlers = Handlers(database, ports, live, self.rooms, self.projector)
        self._transport = Transport(
            self, allowed_origins(ports.settings), with_polling=ports.settings.workers == 1
        )
        self._clients: dict[str, Client] = {}
        self._lanes: dict[str, asyncio.Lock] = {}
        self._background = Background()
        ports.bus.subscribe(Topic.LIVE, self._live)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket under `/socket.io`."""
        await self._transport(scope, receive, send)

    @property
    def connections(self) -> int:
        """How many clients are connected to this process."""
        return self._transport.connections

    async def start(self) -> None:
        """Begin to tell events. Does not wait for the database."""
        self._background.start(self.projector.run(), name="projector")

    async def aclose(self) -> None:
        """Disconnect everybody and stop."""
        await self._transport.aclose()
        await self._background.aclose()
        self._gate.close()

    def connected(self, connection: Connection) -> None:
        """Greet a new client: it hears of channels and of what its person reads, wherever it is."""
        bucket = TokenBucket(EVENTS_PER_SECOND, EVENTS_AT_ONCE)
        self._clients[connection.sid] = Client(connection, LOCAL_USER, bucket)
        self._lanes[connection.sid] = asyncio.Lock()
        self.rooms.enter(connection, WORKSPACE)
        if LOCAL_USER.user_id is not None:
            self.rooms.enter(connection, user_room(LOCAL_USER.user_id))

    def disconnected(self, connection: Connection) -> None:
        """Let go of a client."""
        self._clients.pop(connection.sid, None)
        self._lanes.pop(connection.sid, None)
        self.rooms.leave_all(connection)

    def received(
        self, connection: Connection, name: str, payload: object, ack_id: int | None
    ) -> None:
        """Take an event and start on it."""
        client = self._clients.get(connection.sid)
        if client is None:
            return
        try:
            _count(client)
            command = self._handlers.command(name)
        except Problem as problem:
            connection.refuse(ack_id, problem)
            return
        client.in_flight += 1
        self._background.start(
            self._answer(client, command, payload, ack_id), name=f"socket-{name}"
        )

    async def _answer(
        self, client: Client, command: Command, payload: object, ack_id: int | None
    ) -> None:
        try:
            ack = await self._do(client, command, payload)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            client.connection.refuse(ack_id, from_validation(details))
        except Problem as problem:
            client.connection.refuse(ack_id, problem)
        except Exception:
            client.connection.refuse(
                ack_id, Problem("The server failed; its log has the details. Try again.")
            )
            raise
        else:
            client.connection.acknowledge(ack_id, ack.model_dump_json())
        finally:
            client.in_flight -= 1

    async def _do(self, client: Client, command: Command, payload: object) -> Ack:
        request = command.request.model_validate(payload)
        lane = self._lanes.get(client.connection.sid)
        if not command.ordered or lane is None:
            return await command.handle(client, request)
        async with lane:
            return await command.handle(client, request)

    def _live(self, payload: Payload) -> None:
        if payload["event"] == DELTA:
            self._gate.delta(payload["data"])
        else:
            packet = event_packet(payload["event"], orjson.dumps(payload["data"]).decode())
            self.rooms.tell([payload["room"]], packet, but_not=payload.get("but_not"))

    def _tell_delta(self, delta: Delta) -> None:
        room = channel_room(delta["channel_id"])
        if self.rooms.members(room):
            self.rooms.tell([room], event_packet(DELTA, orjson.dumps(delta).decode()))


def _count(client: Client) -> None:
    """Raise LimitReached when the client asks for too much at once."""
    wait = client.events.take()
    if wait > 0 or client.in_flight >= MAX_IN_FLIGHT:
        raise LimitReached(
            f"Too many events; at most {EVENTS_PER_SECOND:.0f} a second are taken from one socket.",
            code="too_many_events",
            retry_after=max(wait, 0.1),
        )
