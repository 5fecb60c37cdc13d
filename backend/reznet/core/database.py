"""Access to PostgreSQL: one engine a process, and sessions that read or write.

A write session is one transaction. It is committed at the edge (a router's dependency or a job),
never inside a service. Callbacks given to `after_commit` run once the data is durable.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from reznet.core.driver import (
    DRIVER_ERRORS,
    Driver,
    Record,
    Transaction,
    read_json,
    sqlstate_of,
)
from reznet.core.errors import Unavailable
from reznet.core.statements import Parameters, Statement, as_is

_SET = Statement(
    text(
        "select set_config(name, value, true) "
        "from unnest(cast(:names as text[]), cast(:values as text[])) as setting(name, value)"
    )
)
# Classes of errors, by the first characters of their states.
_SERVER_WENT = ("08", "57P")
# Too many connections; a deadlock (40P01) or a lost race (40001), which is over as soon as it is told.
_PASSING = (*_SERVER_WENT, "53", "40")
_NOT_FREE = ("55P03", "40P01")
_FAILURES = (DBAPIError, PoolTimeout, *DRIVER_ERRORS)


class ReadSession:
    """Executes statements, each by itself; takes a connection when the first one comes."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare a session on the engine's pool."""
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._driver: Driver | None = None

    async def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Return the statement's rows."""
        connection = await self.connection()
        return await connection.execute(statement, parameters)

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Record]:
        """Return the rows of a compiled statement.

        Raises:
            Unavailable: the database went away, or this transaction lost against another.
        """
        driver = await self._on_driver()
        try:
            return await driver.fetch(
                statement.text, *statement.arguments(parameters), record_class=Record
            )
        except BaseException as error:
            await self._failed(error)
            raise

    async def fetch_one(self, statement: Statement, parameters: Parameters) -> Record | None:
        """Return the only row of a compiled statement, or None. Raises as `fetch`."""
        rows = await self.fetch(statement, parameters)
        return rows[0] if rows else None

    @asynccontextmanager
    async def with_settings(self, settings: Mapping[str, str]) -> AsyncGenerator[None]:
        """Let settings of the server hold in the block, whose statements become one transaction.

        In a transaction that is open already, they hold until it ends. Raises as `fetch`.
        """
        driver = await self._on_driver()
        try:
            async with driver.transaction():
                await self.fetch(
                    _SET, {"names": list(settings), "values": list(settings.values())}
                )
                yield
        except BaseException as error:
            # Broken off while it begins or ends, the transaction may be open: whoever got the connection next
            # would commit into it, and lose everything with it.
            await self._failed(error)
            raise

    async def connection(self) -> AsyncConnection:
        """Return the session's connection."""
        if self._connection is None:
            connection, driver = await self._checked_out()
            while driver.is_closed():  # it was lost while nobody used it
                await connection.invalidate()
                await connection.close()
                connection, driver = await self._checked_out()
            self._connection, self._driver = connection, driver
        return self._connection

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            connection, self._connection, self._driver = self._connection, None, None
            await connection.close()

    async def _checked_out(self) -> tuple[AsyncConnection, Driver]:
        connection = await self._engine.connect()
        pooled = connection.sync_connection
        assert pooled is not None  # noqa: S101 - it has just connected
        return connection, cast("Driver", pooled.connection.driver_connection)

    async def _on_driver(self) -> Driver:
        """Return the driver's connection, as `connection` would leave it."""
        if not self._is_open:
            await self.connection()
        assert self._driver is not None  # noqa: S101 - it came with the connection
        return self._driver

    @property
    def _is_open(self) -> bool:
        return self._driver is not None

    async def _failed(self, error: BaseException) -> None:
        """See to it that a connection which can't be trusted any more is not used again."""
        if self._connection is None or self._driver is None:
            return
        connection = self._connection
        is_lost = self._driver.is_closed() or sqlstate_of(error).startswith(_SERVER_WENT)
        if is_lost and not connection.invalidated:
            with suppress(DBAPIError):  # SQLAlchemy finds out, and drops what else is in its pool
                await connection.exec_driver_sql("select 1")
        is_broken_off = not isinstance(error, Exception)  # in the middle of an answer
        if (is_lost or is_broken_off) and not connection.invalidated:
            await connection.invalidate()


class WriteSession(ReadSession):
    """A transaction; committed by whoever opened it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare a transaction on the engine's pool."""
        super().__init__(engine)
        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.after_failure: list[Callable[[], None]] = []
        self._transaction: Transaction | None = None

    async def connection(self) -> AsyncConnection:
        """Return the session's connection, with the transaction begun."""
        connection = await super().connection()
        if self._transaction is None:
            assert self._driver is not None  # noqa: S101 - it came with the connection
            try:
                transaction = self._driver.transaction()
                await transaction.start()
            except BaseException as error:
                await self._failed(error)
                raise
            self._transaction = transaction
        return connection

    async def before(self) -> ReadSession:
        """Return a session for what is read before the transaction begins, on the same connection; it needs no closing."""
        assert self._transaction is None  # noqa: S101 - what it reads would be part of it
        if self._driver is None:
            await super().connection()
        reading = ReadSession(self._engine)
        reading._connection, reading._driver = self._connection, self._driver
        return reading

    async def fetch_alone(self, statement: Statement, parameters: Parameters) -> list[Record]:
        """Return the rows of a statement that is a transaction by itself; it is committed at once.

        Saves the two round trips around it. The session must not have begun its transaction; what comes later
        begins it. Raises as `fetch`.
        """
        assert self._transaction is None  # noqa: S101 - its statements would be committed apart
        if self._driver is None:
            await super().connection()
        assert self._driver is not None  # noqa: S101 - it came with the connection
        try:
            return await self._driver.fetch(
                statement.text, *statement.arguments(parameters), record_class=Record
            )
        except BaseException as error:
            await self._failed(error)
            raise

    @property
    def has_begun(self) -> bool:
        """Whether its transaction is open."""
        return self._transaction is not None

    @property
    def _is_open(self) -> bool:
        # Not only the connection: after a rollback the next statement begins a transaction, by either way.
        return self._transaction is not None

    @asynccontextmanager
    async def begin_nested(self) -> AsyncGenerator[None]:
        """Open a savepoint: an error in the block undoes the block alone."""
        driver = await self._on_driver()
        async with driver.transaction():
            yield

    async def commit(self) -> None:
        """Do what was put off until now, and make everything durable."""
        for callback in self.before_commit:
            await callback()
        if self._transaction is not None:
            transaction, self._transaction = self._transaction, None
            try:
                await transaction.commit()
            except BaseException as error:
                await self._failed(error)
                raise

    async def rollback(self) -> None:
        """Undo everything."""
        self.before_commit.clear()
        self.after_commit.clear()
        self.failed()
        if self._transaction is not None:
            transaction, self._transaction = self._transaction, None
            await transaction.rollback()

    def failed(self) -> None:
        """Tell whoever waits for it that the session has not committed, or that nobody knows whether it has."""
        callbacks, self.after_failure = self.after_failure, []
        for callback in callbacks:
            callback()

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        connection, transaction = self._connection, self._transaction
        self._transaction = None
        if connection is not None and transaction is not None and not connection.invalidated:
            try:
                await transaction.rollback()
            except BaseException as error:
                await connection.invalidate()
                if not isinstance(error, DRIVER_ERRORS):
                    await super().close()
                    raise
        await super().close()


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Run the callback once when the session's transaction has committed, never when it failed."""
    session.after_commit.append(callback)


def after_failure(session: WriteSession, callback: Callable[[], None]) -> None:
    """Run the callback once when what is put off until the commit will not be done.

    The transaction failed, or its end is not known: when the connection is lost in the middle of a commit, it may
    have been one.
    """
    session.after_failure.append(callback)


async def run_on_connection(session: WriteSession, work: Callable[[Connection], None]) -> None:
    """Let a library that knows only blocking connections take part in the session's transaction."""
    connection = await session.connection()
    await connection.run_sync(work)


class Opened[S: ReadSession]:
    """A session for the time of a block. No generator: those cost every request four times as much."""

    __slots__ = ("_session",)

    def __init__(self, session: S) -> None:
        """Keep the session, which connects when it has to."""
        self._session = session

    async def __aenter__(self) -> S:
        """Give the session."""
        return self._session

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End the session. Raises Unavailable in the place of failures of the connection."""
        try:
            await self._end(is_well=error is None)
        except _FAILURES as failure:
            if is_connection_failure(failure):
                raise _unavailable() from failure
            raise
        if isinstance(error, _FAILURES) and is_connection_failure(error):
            raise _unavailable() from error

    async def _end(self, *, is_well: bool) -> None:
        await self._session.close()


class _OpenedToWrite(Opened[WriteSession]):
    __slots__ = ()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(kind, error, traceback)
        except BaseException:
            self._session.failed()
            raise
        if error is not None:
            self._session.failed()
            return
        for callback in self._session.after_commit:
            callback()

    async def _end(self, *, is_well: bool) -> None:
        try:
            if is_well:
                await self._session.commit()
        finally:
            await self._session.close()


class Database:
    """Owns the engine and hands out sessions."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        pgbouncer: bool = False,
        name: str = "reznet",
        statement_seconds: float = 60,
    ) -> None:
        """Prepare an engine; nothing connects yet. `url` is a postgresql:// address.

        A statement that takes longer than `statement_seconds` is given up.
        """
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            pool_recycle=1800,
            # A write session opens its transactions itself. Around reads they would double the round trips.
            isolation_level="AUTOCOMMIT",
            json_serializer=as_is,
            json_deserializer=as_is,
            hide_parameters=True,  # they are what people say, and errors are logged
            connect_args={
                "timeout": 10,
                "command_timeout": statement_seconds,
                "server_settings": {"application_name": name, "jit": "off"},
                **(
                    {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
                    if pgbouncer
                    else {}
                ),
            },
        )
        event.listen(self.engine.sync_engine, "connect", _read_json_in_the_driver)
        event.listen(self.engine.sync_engine, "handle_error", _drop_pool_when_server_went)

    def read(self) -> "Opened[ReadSession]":
        """Open a session for reading, in which each statement sees what is committed by then.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        return Opened(ReadSession(self.engine))

    def write(self) -> "Opened[WriteSession]":
        """Open a transaction; commit when the block ends well, roll back when it raises.

        Raises:
            Unavailable: the database can't be reached or has no connection to spare.
        """
        return _OpenedToWrite(WriteSession(self.engine))

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
        return error.connection_invalidated or sqlstate_of(error.orig).startswith(_PASSING)
    if isinstance(error, DRIVER_ERRORS):
        return sqlstate_of(error).startswith(_PASSING) or "is closed" in str(error)
    return False


def is_lock_timeout(error: BaseException) -> bool:
    """Whether the error says that a lock was not free within `lock_timeout`, or was part of a deadlock."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    elif isinstance(error, Unavailable) and error.__cause__ is not None:
        return is_lock_timeout(error.__cause__)
    return sqlstate_of(error) in _NOT_FREE


def _unavailable() -> Unavailable:
    return Unavailable(
        "The database can't be reached right now; try again in a moment.",
        code="database_unavailable",
        retry_after=1,
    )


def _drop_pool_when_server_went(context: ExceptionContext) -> None:
    """One dead connection after a restart of the server condemns the whole pool."""
    if sqlstate_of(context.original_exception).startswith(_SERVER_WENT):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = True


def _read_json_in_the_driver(connection: DBAPIConnection, _record: object) -> None:
    connection.run_async(read_json)  # type: ignore[attr-defined]  # of SQLAlchemy's asyncpg
