"""What clients may ask for over a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import BaseModel

from reznet.core.bus import Topic
from reznet.core.database import Database
from reznet.core.errors import Conflict, LimitReached, NotFound
from reznet.core.live import LiveTexts, channel_room
from reznet.schemas.events import (
    Ack,
    InvokeAgent,
    JoinAck,
    JoinChannel,
    LeaveChannel,
    SendAck,
    SendMessage,
    TaskAck,
    TaskCommand,
    Typing,
    UserTyping,
)
from reznet.schemas.messages import MessageCreate
from reznet.services import access, channels, messages, outbox, tasks
from reznet.services.outbox import Missed
from reznet.services.ports import Actor, Ports
from reznet.services.stopping import STOP_SECONDS, stop_by_force
from reznet.websocket.connection import Connection
from reznet.websocket.limits import MAX_ROOMS, TYPING_SECONDS, TokenBucket
from reznet.websocket.projector import Projector, packet_of
from reznet.websocket.rooms import Rooms

log = structlog.get_logger(__name__)

# A run stops within a second; one that hangs, or whose worker is dead, is stopped by force.

_OWN_ROOMS = 2  # the workspace's, and that of its person


class Client:
    """A connected client: its socket, who it is, and how much it may still ask for."""

    def __init__(self, connection: Connection, actor: Actor, events: TokenBucket) -> None:
        self.connection = connection
        self.actor = actor
        self.events = events
        self.in_flight = 0
        self.typing: dict[str, TokenBucket] = {}


@dataclass(frozen=True, slots=True)
class Command:
    """One event that clients may send. Ordered ones are done one after the other."""

    request: type[BaseModel]
    handle: Callable[[Client, Any], Awaitable[Ack]]
    ordered: bool = True


class Handlers:
    """Does what clients ask for."""

    def __init__(
        self,
        database: Database,
        ports: Ports,
        live: LiveTexts,
        rooms: Rooms,
        projector: Projector,
    ) -> None:
        self._database, self._ports, self._live = database, ports, live
        self._rooms, self._projector = rooms, projector
        self.commands: dict[str, Command] = {
            "join_channel": Command(JoinChannel, self.join),
            "leave_channel": Command(LeaveChannel, self.leave),
            "send_message": Command(SendMessage, self.send),
            "invoke_agent": Command(InvokeAgent, self.invoke),
            "typing": Command(Typing, self.typing, ordered=False),
            "cancel_task": Command(TaskCommand, self.cancel, ordered=False),
            "retry_task": Command(TaskCommand, self.retry, ordered=False),
        }

    async def join(self, client: Client, command: JoinChannel) -> JoinAck:
        """Enter the room; what was missed is queued before anything new, and before the answer."""
        connection = client.connection
        if self._rooms.count(connection) >= MAX_ROOMS + _OWN_ROOMS:
            raise LimitReached(
                f"A socket can be in {MAX_ROOMS} channels; leave one first.", code="too_many_rooms"
            )
        await self._projector.started()
        joining = self._rooms.begin_join(connection, command.channel_id)
        try:
            # All up to here is committed; what is told from now on is held for this socket.
            upto = self._projector.cursor
            missed = Missed((), refetch=False)
            async with self._database.read() as session:
                await access.access_channel(session, client.actor, command.channel_id)
                if command.last_event_id is not None:
                    missed = await outbox.since(
                        session, command.channel_id, command.last_event_id, upto
                    )
            packets = [packet_of(event, self._live) for event in missed.events]
            self._rooms.finish_join(joining, packets)
        finally:
            self._rooms.abandon_join(joining)
        return JoinAck(
            event_id=self._projector.cursor,
            refetch=missed.refetch or joining.overflowed,
            replayed=len(missed.events),
        )

    async def leave(self, client: Client, command: LeaveChannel) -> Ack:
        """Leave the room; also when the client was not in it."""
        self._rooms.leave(client.connection, channel_room(command.channel_id))
        return Ack()

    async def send(self, client: Client, command: SendMessage) -> SendAck:
        """Post a message."""
        async with self._database.write() as session:
            posted = await messages.post(
                session, self._ports, client.actor, command.channel_id, command
            )
        return _sent(posted)

    async def invoke(self, client: Client, command: InvokeAgent) -> SendAck:
        """Ask one agent, in the given channel or in its direct messages."""
        body = MessageCreate(content=command.content, thread_id=None, client_id=command.client_id)
        async with self._database.write() as session:
            channel_id = command.channel_id
            if channel_id is None:
                channel, _ = await channels.direct(
                    session, self._ports, client.actor, command.agent_id
                )
                channel_id = channel.id
            posted = await messages.post(
                session,
                self._ports,
                client.actor,
                channel_id,
                body,
                to_agent=command.agent_id,
            )
        return _sent(posted)

    async def typing(self, client: Client, command: Typing) -> Ack:
        """Tell the others in the room, once a second at most."""
        room = channel_room(command.channel_id)
        if not self._rooms.is_in(client.connection, room):
            raise Conflict("Join the channel before typing in it.", code="not_joined")
        bucket = client.typing.setdefault(room, TokenBucket(1 / TYPING_SECONDS, 1))
        if bucket.take() == 0:
            data = UserTyping(channel_id=command.channel_id, user=client.actor.name)
            self._ports.bus.publish(
                Topic.LIVE,
                {
                    "room": room,
                    "event": "user_typing",
                    "data": data.model_dump(mode="json"),
                    "but_not": client.connection.sid,
                },
            )
        return Ack()

    async def cancel(self, client: Client, command: TaskCommand) -> TaskAck:
        """Stop a task, and answer when it has stopped; what hangs is stopped by force."""
        with self._projector.endings.expect(command.task_id) as ending:
            async with self._database.write() as session:
                task = await tasks.request_cancel(
                    session, self._ports, client.actor, command.task_id
                )
            if task.status.is_final:
                return TaskAck(task=task)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    return TaskAck(task=await ending)
            except TimeoutError:
                log.warning("a run does not stop; stopping it by force", task_id=str(task.id))
        task = await stop_by_force(self._database, self._ports, self._live, client.actor, task)
        return TaskAck(task=task)

    async def retry(self, client: Client, command: TaskCommand) -> TaskAck:
        """Run a failed or cancelled task again."""
        async with self._database.write() as session:
            task = await tasks.retry(session, self._ports, client.actor, command.task_id)
        return TaskAck(task=task)

    def command(self, name: str) -> Command:
        """Return what to do with an event of that name. Raises NotFound."""
        found = self.commands.get(name)
        if found is None:
            raise NotFound(
                f"There is no event {name[:100]!r}; known are {', '.join(self.commands)}.",
                code="unknown_event",
            )
        return found


def _sent(posted: messages.Posted) -> SendAck:
    return SendAck(message=posted.message, task_ids=[task.id for task in posted.tasks])
