"""Databases for tests: one server a session, a migrated template, a clone for each test."""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from reznet.core.embedded_postgres import EmbeddedPostgres
from reznet.jobs.engine import migrate_engine
from reznet.migrations import runner


@dataclass(frozen=True)
class Server:
    """A PostgreSQL with a migrated template database."""

    admin_url: str
    template: str

    @contextmanager
    def clone(self) -> Iterator[str]:
        """Give the address of a copy of the template, dropped afterwards."""
        name = f"t_{uuid.uuid4().hex[:16]}"
        self.run("create database {} template {} strategy file_copy", name, self.template)
        try:
            yield with_database(self.admin_url, name)
        finally:
            self.run("drop database if exists {} with (force)", name)

    def run(self, statement: str, *names: str) -> None:
        """Execute a statement outside any transaction; `{}` are identifiers."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def start_server() -> Iterator[Server]:
    """Start the embedded server, shared by all workers of a test run, or use a given one."""
    given = os.environ.get("REZNET_TEST_DATABASE")
    if given:
        with _with_template(given) as server:
            yield server
        return
    with (
        _shared_folder() as folder,
        EmbeddedPostgres.attach(folder / "data", settings=UNSAFE) as embedded,
        _with_template(embedded.url) as server,
    ):
        yield server


@contextmanager
def _shared_folder() -> Iterator[Path]:
    """Give a folder that all workers of this run share; the last to leave removes it.

    It lies directly in the system's temporary folder, because a server that runs as another user must
    be able to reach it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"reznet-tests-{run[:12]}"
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield folder
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another worker still uses it
            else:
                shutil.rmtree(folder, ignore_errors=True)


# Tests don't survive a power cut, and need not.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _with_template(url: str) -> Iterator[Server]:
    admin_url = with_database(url, "postgres")
    template = f"template_{uuid.uuid4().hex[:16]}"
    server = Server(admin_url, template)
    server.run("create database {}", template)
    try:
        migrate(with_database(url, template))
        yield server
    finally:
        server.run("drop database if exists {} with (force)", template)


def migrate(url: str) -> None:
    """Bring a database to the newest schema, the engine's included."""
    runner.upgrade(url, then=lambda: migrate_engine(url))
