"""Access to PostgreSQL: one engine a process, and sessions that read or write.

A write session is one transaction. It is committed at the edge (a router's dependency or a job),
never inside a service. Callbacks given to `after_commit` run once the data is durable.
"""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import cast

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from reznet.core.errors import Unavailable

_CALLBACKS = "after_commit"


class ReadSession(AsyncSession):
    """A session whose transaction is read-only."""


class WriteSession(AsyncSession):
    """A session that may change data; committed by whoever opened it."""


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Run the callback once when the session's transaction has committed, never when it failed."""
    session.info.setdefault(_CALLBACKS, []).append(callback)


async def lock_for_transaction(session: WriteSession, key: str) -> None:
    """Take the named advisory lock, held until the session's transaction ends."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )


async def run_on_connection(session: WriteSession, work: Callable[[Connection], None]) -> None:
    """Let a library that knows only blocking connections take part in the session's transaction."""
    connection = await session.connection()
    await connection.run_sync(work)


class Database:
    """Owns the engine and hands out sessions."""

    def __init__(
        self, url: str, *, pool_size: int, pgbouncer: bool = False, name: str = "reznet"
    ) -> None:
        """Prepare an engine; nothing connects yet. `url` is a postgresql:// address."""
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            pool_recycle=1800,
            hide_parameters=True,  # they are what people say, and errors are logged
            connect_args={
                "timeout": 10,
                "command_timeout": 60,
                "server_settings": {"application_name": name, "jit": "off"},
                **(
                    {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
                    if pgbouncer
                    else {}
                ),
            },
        )
        self._write = async_sessionmaker(self.engine, class_=WriteSession, expire_on_commit=False)
        read_engine = self.engine.execution_options(postgresql_readonly=True)
        self._read = async_sessionmaker(read_engine, class_=ReadSession, expire_on_commit=False)
        event.listen(self.engine.sync_engine, "handle_error", _drop_pool_when_server_went)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        """Open a read-only session.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        with _as_unavailable():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """Open a transaction; commit when the block ends well, roll back when it raises.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        with _as_unavailable():
            async with self._write() as session:
                yield session
                await session.commit()
        for callback in cast("list[Callable[[], None]]", session.info.pop(_CALLBACKS, [])):
            callback()

    async def ping(self) -> None:
        """Raise Unavailable when the database does not answer."""
        async with self.read() as session:
            await session.execute(text("select 1"))

    @property
    def pool_in_use(self) -> int:
        """Connections that are checked out now."""
        return int(self.engine.pool.checkedout())  # type: ignore[attr-defined]  # every sized pool has it

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def async_url(url: str) -> str:
    """Return the address in SQLAlchemy's form for asyncpg.

    libpq's `sslmode` becomes asyncpg's `ssl`, and a socket folder in `host=` is kept.
    """
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    query = dict(parsed.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return parsed.set(query=query).render_as_string(hide_password=False)


def sync_url(url: str) -> str:
    """Return the address in SQLAlchemy's form for psycopg."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def is_connection_failure(error: BaseException) -> bool:
    """Whether the error says that the database went away rather than that a statement is wrong."""
    if isinstance(
        error, PoolTimeout | OperationalError | InterfaceError | ConnectionError | OSError
    ):
        return True
    if isinstance(error, DBAPIError):
        # A deadlock (40P01) or a lost race (40001) is over as soon as it is told.
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(("08", "57P", "53", "40"))
    return False


@contextmanager
def _as_unavailable() -> Generator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        if not is_connection_failure(error):
            raise
        raise Unavailable(
            "The database can't be reached right now; try again in a moment.",
            code="database_unavailable",
            retry_after=1,
        ) from error


def _drop_pool_when_server_went(context: ExceptionContext) -> None:
    """One dead connection after a restart of the server condemns the whole pool."""
    original = context.original_exception
    state = getattr(original, "sqlstate", None) or ""
    if state.startswith(("08", "57P")):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = True
