"""Brings a database to this program's schema, once, whoever else is starting."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from reznet.core.database import sync_url
from reznet.core.errors import StartRefused

log = structlog.get_logger(__name__)

_LOCK_KEY = 0x72657A6E6574  # "reznet"
_LOCK_LOOK_SECONDS = 0.1
MINIMUM_POSTGRES = 16


def upgrade(url: str, *, then: Callable[[], None] | None = None) -> str:
    """Check the server and run the migrations that are missing; return the schema's revision.

    Blocking. Holds an advisory lock, so that of several programs that start together one migrates
    and the others wait. `then` runs under the same lock.

    Raises:
        StartRefused: the server can't be reached, is too old or lacks pgvector, or its schema was
            made by a newer program. The message says what to do.
    """
    engine = create_engine(sync_url(url), poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            check_server(connection)
            _take_lock(connection)
            try:
                revision = _migrate(connection)
                if then is not None:
                    then()
            finally:
                connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
                connection.commit()
            return revision
    except OperationalError as error:
        raise StartRefused(unreachable(url, error)) from None
    finally:
        engine.dispose()


def head_revision() -> str:
    """Return the newest revision this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 - the package ships migrations
    return head


def current_revision(url: str) -> str | None:
    """Return the revision of the database, None when it is empty. Blocking."""
    engine = create_engine(sync_url(url), poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise StartRefused(unreachable(url, error)) from None
    finally:
        engine.dispose()


def check_server(connection: Connection) -> None:
    """Raise StartRefused when the server is too old or lacks pgvector."""
    version = int(connection.execute(text("show server_version_num")).scalar_one())
    if version < MINIMUM_POSTGRES * 10000:
        raise StartRefused(
            f"PostgreSQL {version // 10000} is too old: RezNet needs {MINIMUM_POSTGRES} or newer. "
            "Point DATABASE_URL to a newer server, or unset it to use the embedded one."
        )
    available = connection.execute(
        text("select count(*) from pg_available_extensions where name = 'vector'")
    ).scalar_one()
    if not available:
        raise StartRefused(
            "This PostgreSQL has no pgvector: install it on the server (Debian: "
            f"postgresql-{version // 10000}-pgvector), or unset DATABASE_URL to use the embedded one."
        )
    if connection.execute(text("show server_encoding")).scalar_one() != "UTF8":
        raise StartRefused(
            "The database of DATABASE_URL is not in UTF8; create it with encoding 'UTF8'."
        )
    connection.commit()


def _take_lock(connection: Connection) -> None:
    """Wait until no other program migrates.

    It asks again and again: whoever waits inside a statement holds a snapshot, and an index that the
    holder of the lock makes concurrently would wait for its end, for ever.
    """
    while True:
        is_taken = connection.execute(
            text("select pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}
        ).scalar_one()
        connection.commit()
        if is_taken:
            return
        time.sleep(_LOCK_LOOK_SECONDS)


def _migrate(connection: Connection) -> str:
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    head = head_revision()
    if current is not None and current not in known:
        raise StartRefused(
            f"The database has schema {current}, made by a newer RezNet; this one knows up to {head}. "
            "Start the newer version again, or restore the backup made before the upgrade."
        )
    connection.commit()
    if current != head:
        log.info("migrating the database", current=current, target=head)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except DBAPIError as error:
            if "permission denied" not in str(error.orig):
                raise
            raise StartRefused(
                f"The database user may not change the schema: {error.orig}. Let it own the database, "
                "and create the extensions vector and pg_trgm as a superuser."
            ) from None
        connection.commit()
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def unreachable(url: str, error: SQLAlchemyError) -> str:
    """Return the sentence that tells why the database can't be reached, and what to do."""
    parsed = make_url(url)
    where = parsed.query.get("host") or f"{parsed.host or 'localhost'}:{parsed.port or 5432}"
    reason = str(getattr(error, "orig", error)).strip().splitlines()
    return (
        f"The database at {where} can't be reached: {reason[-1] if reason else 'no answer'}. Check DATABASE_URL "
        "and that the server runs, or unset DATABASE_URL to use the embedded one."
    )
