"""Access to PostgreSQL: one engine a process, and sessions that read or write.

A write session is one transaction. It is committed at the edge (a router's dependency or a job),
never inside a service. Callbacks given to `after_commit` run once the data is durable.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from reznet.core.errors import Unavailable


class ReadSession:
    """Executes statements, each by itself; takes a connection when the first one comes."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare a session on the engine's pool."""
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Return the statement's rows."""
        connection = await self.connection()
        return await connection.execute(statement, parameters)

    async def connection(self) -> AsyncConnection:
        """Return the session's connection."""
        if self._connection is None:
            self._connection = await self._engine.connect()
        return self._connection

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class WriteSession(ReadSession):
    """A transaction; committed by whoever opened it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare a transaction on the engine's pool."""
        super().__init__(engine)
        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        self.after_commit: list[Callable[[], None]] = []

    @asynccontextmanager
    async def begin_nested(self) -> AsyncGenerator[None]:
        """Open a savepoint: an error in the block undoes the block alone."""
        connection = await self.connection()
        async with connection.begin_nested():
            yield

    async def commit(self) -> None:
        """Do what was put off until now, and make everything durable."""
        for callback in self.before_commit:
            await callback()
        if self._connection is not None:
            await self._connection.commit()

    async def rollback(self) -> None:
        """Undo everything."""
        self.before_commit.clear()
        self.after_commit.clear()
        if self._connection is not None:
            await self._connection.rollback()


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Run the callback once when the session's transaction has committed, never when it failed."""
    session.after_commit.append(callback)


async def lock_for_transaction(session: WriteSession, key: str, *, shared: bool = False) -> None:
    """Take the named advisory lock, held until the session's transaction ends.

    Many may hold it as `shared` at once, but not beside one who holds it alone.
    """
    take = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    await session.execute(text(f"select {take}(hashtextextended(:key, 0))"), {"key": key})


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
        # No BEGIN and COMMIT around reads: that would double their round trips.
        self._read_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self.engine.sync_engine, "handle_error", _drop_pool_when_server_went)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[ReadSession]:
        """Open a session for reading, in which each statement sees what is committed by then.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        session = ReadSession(self._read_engine)
        with _as_unavailable():
            try:
                yield session
            finally:
                await session.close()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[WriteSession]:
        """Open a transaction; commit when the block ends well, roll back when it raises.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        session = WriteSession(self.engine)
        with _as_unavailable():
            try:
                yield session
                await session.commit()
            finally:
                await session.close()
        for callback in session.after_commit:
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
