"""Just enough of PostgreSQL's protocol to ask a server something, on the standard library alone.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

PORT = 5432  # only names the socket's file; nothing listens on TCP
SUPERUSER = "postgres"

_PROTOCOL_3 = 196_608
_ANSWER_SECONDS = 10.0


class ServerError(Exception):
    """The server refused; `sqlstate` is PostgreSQL's five-character code."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{message} ({sqlstate})")
        self.sqlstate = sqlstate


def socket_file(folder: Path) -> Path:
    """Return the path of the server's socket in the folder."""
    return folder / f".s.PGSQL.{PORT}"


def query(folder: Path, database: str, statement: str) -> list[str | None]:
    """Run one statement as superuser; return the first column of its rows, as text.

    Raises:
        ServerError: the server is starting up, shutting down, or refuses the statement.
        OSError: nothing answers at the socket, or it stopped in between.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_ANSWER_SECONDS)
        link.connect(str(socket_file(folder)))
        fields = f"user\0{SUPERUSER}\0database\0{database}\0\0".encode()
        link.sendall(struct.pack("!ii", len(fields) + 8, _PROTOCOL_3) + fields)
        list(_messages_until_ready(link))
        text = statement.encode() + b"\0"
        link.sendall(b"Q" + struct.pack("!i", len(text) + 4) + text)
        rows = [_first_column(body) for kind, body in _messages_until_ready(link) if kind == b"D"]
        link.sendall(b"X" + struct.pack("!i", 4))
    return rows


def is_listening(folder: Path) -> bool:
    """Whether a server holds the socket, ready or not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_ANSWER_SECONDS)
        try:
            link.connect(str(socket_file(folder)))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _messages_until_ready(link: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    while True:
        head = _exactly(link, 5)
        kind, body = head[:1], _exactly(link, struct.unpack("!i", head[1:])[0] - 4)
        if kind == b"E":
            raise _refusal(body)
        if kind == b"Z":
            return
        yield kind, body


def _exactly(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = link.recv(size - len(data))
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        data += piece
    return data


def _refusal(body: bytes) -> ServerError:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return ServerError(fields.get(b"C", ""), fields.get(b"M", ""))


def _first_column(body: bytes) -> str | None:
    size: int = struct.unpack("!i", body[2:6])[0]
    return None if size < 0 else body[6 : 6 + size].decode()
