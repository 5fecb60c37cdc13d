"""Looks at everything that a workspace needs: is it there, and what to do where it is not."""

import asyncio
import os
import platform
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from reznet import __version__
from reznet.agents.providers import ProviderDirectory
from reznet.cli.client import settings_address
from reznet.cli.serve import database
from reznet.core.config import Settings, load_settings
from reznet.core.database import sync_url
from reznet.core.errors import StartRefused
from reznet.migrations import runner

_MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked thing. `level` is ok, warn or fail; `detail` says what to do unless ok."""

    check: str
    level: str
    detail: str


def findings() -> list[Finding]:
    """Return what was found of Python, settings, disk, database, port and providers, in this order."""
    found = [_python()]
    try:
        settings = load_settings()
    except StartRefused as refusal:
        return [*found, Finding("settings", "fail", str(refusal))]
    found.append(Finding("settings", "ok", "understood"))
    checks: list[Callable[[Settings], list[Finding]]] = [
        _disk,
        _database,
        _redis,
        _port,
        _providers,
    ]
    for check in checks:
        found += check(settings)
    return found


def _python() -> Finding:
    # An older one can't even import this program; the bootstrap says so.
    return Finding("python", "ok", f"{platform.python_version()}, RezNet AI {__version__}")


def _disk(settings: Settings) -> list[Finding]:
    folder = settings.data_path
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        detail = f"{folder} can't be written by user {os.geteuid()}; change its owner, or set REZNET_DATA_DIR"
        return [Finding("data folder", "fail", detail)]
    free = shutil.disk_usage(there).free
    if free < _MIN_FREE_BYTES:
        return [
            Finding(
                "data folder", "warn", f"only {free >> 20} MiB are free at {folder}; make room"
            )
        ]
    return [Finding("data folder", "ok", f"{folder}, {free >> 30} GiB free")]


def _database(settings: Settings) -> list[Finding]:
    try:
        with database(settings) as url:
            return _server(url, embedded=settings.database_url is None)
    except StartRefused as refusal:
        return [Finding("database", "fail", str(refusal))]


def _server(url: str, *, embedded: bool) -> list[Finding]:
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            runner.check_server(connection)
            version = connection.execute(text("show server_version")).scalar_one()
            vector = connection.execute(
                text("select default_version from pg_available_extensions where name = 'vector'")
            ).scalar_one()
    except SQLAlchemyError as error:
        raise StartRefused(runner.unreachable(url, error)) from None
    finally:
        engine.dispose()
    kind = "embedded " if embedded else ""
    findings = [
        Finding("database", "ok", f"{kind}PostgreSQL {version}"),
        Finding("pgvector", "ok", str(vector)),
    ]
    current, head = runner.current_revision(url), runner.head_revision()
    if current == head:
        return [*findings, Finding("schema", "ok", f"revision {head}")]
    return [
        *findings,
        Finding(
            "schema", "warn", f"revision {current}, this program's is {head}; run `reznet migrate`"
        ),
    ]


def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    client: Any = Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3)  # pyright: ignore[reportUnknownMemberType]
    try:
        client.ping()
    except (RedisError, OSError) as error:
        detail = f"does not answer ({error}); check REDIS_URL and that the server runs"
        return [Finding("redis", "fail", detail)]
    finally:
        client.close()
    return [Finding("redis", "ok", "answers")]


def _port(settings: Settings) -> list[Finding]:
    where = settings_address(settings)
    try:
        health = httpx.get(f"{where}/api/health", timeout=2, trust_env=False).json()
        if isinstance(health, dict) and "version" in health:
            return [Finding("port", "ok", f"a workspace answers at {where}")]
    except (httpx.TransportError, ValueError):
        pass
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", settings.port)) != 0:
            return [Finding("port", "ok", f"{settings.port} is free")]
    return [
        Finding("port", "fail", f"{settings.port} is used by another program; set REZNET_PORT")
    ]


def _providers(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for state in asyncio.run(ProviderDirectory(settings).states()):
        usable = state.state in {"ready", "trial"}
        level = "ok" if usable or not state.configured else "fail"
        name = f"provider {state.name}" + (" (default)" if state.is_default else "")
        findings.append(Finding(name, level, state.detail))
    return findings
