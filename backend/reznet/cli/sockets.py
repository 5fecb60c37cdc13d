"""The socket of a workspace, for commands that watch something."""

from typing import Any

from reznet.cli.client import not_running


def new_socket() -> Any:  # noqa: ANN401 - the library has no types
    """Return a socket that is not connected yet."""
    import socketio  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - half a second, which most commands don't need

    return socketio.AsyncClient(logger=False, handle_sigint=False)


async def connect(socket: Any, address: str) -> None:  # noqa: ANN401 - see above
    """Connect; where nothing answers, say so and end the command."""
    from socketio.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        ConnectionError as SocketRefused,
    )

    try:
        await socket.connect(address, transports=["websocket"])
    except SocketRefused:
        not_running(address)
