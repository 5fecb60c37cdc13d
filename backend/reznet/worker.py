"""Processes beside the first: engines without sockets, and workers that share a listening socket."""

import asyncio
import os
import signal
import socket
import sys
import threading

from reznet import main
from reznet.core.config import Settings, load_settings
from reznet.core.logging import configure_logging


async def run(settings: Settings, url: str) -> None:
    """Run agents until SIGINT or SIGTERM, then hand unfinished runs over."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    runtime = main.Runtime(settings, url, owns_process=True)
    await runtime.start()
    try:
        await stop.wait()
    finally:
        await runtime.stop()


def serve_inherited(listener_fd: int, alive_fd: int) -> None:
    """Serve on the socket that the parent opened; stop when the parent is gone."""
    settings = load_settings()
    configure_logging(settings)
    assert settings.database_url is not None  # noqa: S101 - the parent has set it
    _stop_with_parent(alive_fd)
    with socket.socket(fileno=listener_fd) as listener:
        main.serve(settings, settings.database_url, listener)


def _stop_with_parent(alive_fd: int) -> None:
    """The parent holds the pipe's other end; its end of file means that the parent has died."""

    def wait() -> None:
        os.read(alive_fd, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    serve_inherited(int(sys.argv[1]), int(sys.argv[2]))
