"""Who is in which room of this process, and joining one without missing or doubling an event."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from reznet.core.live import channel_room
from reznet.websocket.connection import Connection, WirePacket

WORKSPACE = "workspace"
_MAX_HELD = 2_000


@dataclass(slots=True)
class Joining:
    """A socket on its way into a channel's room; what happens meanwhile is held for it."""

    connection: Connection
    room: str
    held: list[WirePacket] = field(default_factory=list[WirePacket])
    overflowed: bool = False

    def hold(self, packet: WirePacket) -> None:
        """Keep a packet for later; too many are not kept, and the client has to refetch."""
        if len(self.held) < _MAX_HELD:
            self.held.append(packet)
        else:
            self.overflowed = True


class Rooms:
    """The rooms of this process's sockets."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, Connection]] = {}
        self._of: dict[str, set[str]] = {}
        self._joining: dict[str, dict[str, Joining]] = {}

    def enter(self, connection: Connection, room: str) -> None:
        """Let a socket hear what is told to the room from now on."""
        self._members.setdefault(room, {})[connection.sid] = connection
        self._of.setdefault(connection.sid, set()).add(room)

    def leave(self, connection: Connection, room: str) -> None:
        """Let a socket hear no more of the room; also when it was not in it."""
        self._discard(self._members, room, connection.sid)
        self._discard(self._joining, room, connection.sid)
        if connection.sid in self._of:
            self._of[connection.sid].discard(room)

    def leave_all(self, connection: Connection) -> None:
        """Forget a socket."""
        for room in self._of.pop(connection.sid, set()):
            self._discard(self._members, room, connection.sid)
        for room in [room for room, them in self._joining.items() if connection.sid in them]:
            self._discard(self._joining, room, connection.sid)

    def is_in(self, connection: Connection, room: str) -> bool:
        """Whether the socket is in the room."""
        return room in self._of.get(connection.sid, ())

    def count(self, connection: Connection) -> int:
        """How many rooms the socket is in."""
        return len(self._of.get(connection.sid, ()))

    def members(self, room: str) -> int:
        """How many sockets are in the room."""
        return len(self._members.get(room, ()))

    def tell(
        self, rooms: Iterable[str], packet: WirePacket, *, but_not: str | None = None
    ) -> None:
        """Queue a packet once for each socket in any of the rooms, and for those about to join."""
        told: set[str] = set() if but_not is None else {but_not}
        for room in rooms:
            for sid, joining in self._joining.get(room, {}).items():
                if sid not in told:
                    told.add(sid)
                    joining.hold(packet)
            # A copy: a socket that is dropped leaves its rooms.
            for sid, connection in list(self._members.get(room, {}).items()):
                if sid not in told:
                    told.add(sid)
                    connection.push(packet)

    def begin_join(self, connection: Connection, channel_id: UUID) -> Joining:
        """Hold what is told to the channel from now on, until `finish_join`."""
        room = channel_room(channel_id)
        self.leave(connection, room)
        joining = Joining(connection, room)
        self._joining.setdefault(room, {})[connection.sid] = joining
        return joining

    def finish_join(self, joining: Joining, missed: Iterable[WirePacket]) -> None:
        """Enter the room, after queueing what was missed and what was held."""
        connection, room = joining.connection, joining.room
        if self._joining.get(room, {}).get(connection.sid) is not joining:
            return  # left again, or is gone
        self._discard(self._joining, room, connection.sid)
        for packet in (*missed, *joining.held):
            connection.push(packet)
        self.enter(connection, room)

    def abandon_join(self, joining: Joining) -> None:
        """Stop holding."""
        if self._joining.get(joining.room, {}).get(joining.connection.sid) is joining:
            self._discard(self._joining, joining.room, joining.connection.sid)

    @staticmethod
    def _discard(
        table: dict[str, dict[str, Connection]] | dict[str, dict[str, Joining]],
        room: str,
        sid: str,
    ) -> None:
        them = table.get(room)
        if them is not None:
            them.pop(sid, None)
            if not them:
                del table[room]
