"""The real application on a real port, in a thread of the test's process."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reznet.core.config import Settings
from reznet.main import Runtime, Server, create_app, uvicorn_config


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve a workspace for the time of the block; give its address."""
    assert settings.database_url is not None
    ready = threading.Event()
    servers: list[Server] = []
    failures: list[BaseException] = []

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def serve() -> None:
            runtime = Runtime(settings, settings.database_url or "")
            config = uvicorn_config(create_app(settings, runtime))
            server = Server(config, runtime, started=ready.set)
            servers.append(server)
            await server.serve_workspace(listener)

        def run() -> None:
            try:
                asyncio.run(serve())
            except BaseException as error:
                failures.append(error)
                raise
            finally:
                ready.set()

        thread = threading.Thread(target=run, name="served")
        thread.start()
        try:
            assert ready.wait(60), "the workspace did not start"
            assert not failures, failures
            yield f"http://127.0.0.1:{port}"
        finally:
            for server in servers:
                server.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the workspace did not stop"
