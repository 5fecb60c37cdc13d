"""`reznet up`, `worker` and `migrate`: the commands that start parts of a workspace."""

import asyncio
import json
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from reznet.cli.client import AsJson, settings_address
from reznet.cli.console import err, note
from reznet.cli.stop_signals import StopSignals
from reznet.cli.workers import run_workers
from reznet.core import ui_build
from reznet.core.config import Settings, load_settings
from reznet.core.embedded_postgres import EmbeddedPostgres
from reznet.core.errors import StartRefused
from reznet.core.logging import configure_logging

_BACKLOG = 2048


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 picks a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; more than one needs REDIS_URL.")
    ] = None,
) -> None:
    """Start the workspace: database, API, sockets and the engine that runs agents."""
    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings().model_copy(update={k: v for k, v in given.items() if v is not None})
    _check(settings)
    configure_logging(settings)
    stops = StopSignals()
    with stops.held():
        from reznet import main  # noqa: PLC0415 - two seconds, which talking to a workspace does not need

    with _listening(settings) as listener, database(settings) as url:
        _build_ui()
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        with stops.held():
            main.prepare_database(url)
        where = settings_address(settings)

        def started() -> None:
            if stops.wished:
                signal.raise_signal(signal.SIGTERM)
            else:
                _greet(where)

        with stops.held():
            if settings.workers > 1:
                run_workers(settings, url, listener, started=started)
            else:
                main.serve(settings, url, listener, started=started)


def worker() -> None:
    """Run agents without serving people: one more process for a workspace that has REDIS_URL."""
    settings = load_settings()
    configure_logging(settings)
    if settings.redis_url is None:
        note(
            "REDIS_URL is not set: answers will not stream to other processes, only their end results."
        )
    stops = StopSignals()
    with stops.held():
        from reznet import main  # noqa: PLC0415 - see `up`
        from reznet import worker as worker_process  # noqa: PLC0415

    with database(settings) as url:
        with stops.held():
            main.prepare_database(url)
        asyncio.run(worker_process.run(settings, url))


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this program's schema; a running workspace is not disturbed."""
    settings = load_settings()
    configure_logging(settings)
    stops = StopSignals()
    with stops.held():
        from reznet import main  # noqa: PLC0415 - see `up`

    with database(settings) as url, stops.held():
        revision = main.prepare_database(url)
    typer.echo(
        json.dumps({"revision": revision})
        if as_json
        else f"The database is at revision {revision}."
    )


@contextmanager
def database(settings: Settings) -> Generator[str]:
    """Give the address of the database, with the embedded one running meanwhile if none is set."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedPostgres.attach(settings.data_path, on_progress=note) as embedded:
        yield embedded.url


def _check(settings: Settings) -> None:
    if not settings.is_loopback and not settings.allow_remote:
        raise StartRefused(
            f"REZNET_HOST: {settings.host} can be reached from other machines, and nobody has to sign in yet. "
            "Listen on 127.0.0.1, or set REZNET_ALLOW_REMOTE=true if something in front of it guards the door."
        )
    if settings.workers > 1 and settings.redis_url is None:
        raise StartRefused(
            f"REDIS_URL: {settings.workers} workers need Redis or Valkey between them; set it, or use one worker."
        )


@contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    """Bind before the slow parts, so that a taken port is told at once."""
    host = settings.host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise StartRefused(
            f"REZNET_PORT: can't listen on {settings.host}:{settings.port} ({error.strerror or error}). "
            "Stop what uses it, or choose another port with REZNET_PORT or --port."
        ) from None
    with listener:
        yield listener


def _build_ui() -> None:
    """Build the web UI where it is run from a checkout and is not in step; the API needs none."""
    root = ui_build.checkout()
    if root is None:
        return
    try:
        ui_build.build_ui(root, note)
    except ui_build.UiNotBuilt as problem:
        note(f"{problem}\nThe API and the command line work without it.")


def _greet(where: str) -> None:
    err.print(f"RezNet AI is ready at [bold cyan]{where}[/]  (stop it with Ctrl-C)")
    err.print(
        'Try in another terminal:  reznet ask "@backend In one sentence, what is a foreign key?"',
        markup=False,
    )
