"""What is used of asyncpg itself, with types: it has none of its own."""

import json
import re
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - there are none
import orjson

# What it raises when a statement or its connection fails.
DRIVER_ERRORS = (
    cast("type[Exception]", asyncpg.PostgresError),
    cast("type[Exception]", asyncpg.InterfaceError),
    OSError,
)


class Record(asyncpg.Record):
    """A row whose columns are attributes."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the table has it
        """Return a column's value."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Transaction(Protocol):
    """A transaction, or a savepoint in one."""

    async def start(self) -> None:
        """Begin."""

    async def commit(self) -> None:
        """Make it durable."""

    async def rollback(self) -> None:
        """Undo it."""

    async def __aenter__(self) -> None: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Driver(Protocol):
    """A connection."""

    async def fetch(
        self, query: str, *arguments: object, record_class: type[Record]
    ) -> list[Record]:
        """Return the rows of a query."""
        ...

    def transaction(self) -> Transaction:
        """Return a transaction to begin; within one, a savepoint."""
        ...

    def is_closed(self) -> bool:
        """Whether the connection is lost."""
        ...

    async def set_type_codec(
        self,
        name: str,
        *,
        schema: str,
        encoder: Callable[[object], bytes],
        decoder: Callable[[bytes], object],
        format: str,  # noqa: A002 - asyncpg's name
    ) -> None:
        """Read and write a type of the database by functions."""


async def read_json(driver: Driver) -> None:
    """Let JSON come and go as what it means."""
    await driver.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
    )


def sqlstate_of(error: BaseException | None) -> str:
    """Return the five characters by which PostgreSQL names an error, or none."""
    return getattr(error, "sqlstate", None) or ""


_LONG_NUMBER = re.compile(rb"\d{19}")  # the server writes all digits
_JSONB_VERSION = b"\x01"


def _to_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + json.dumps(value).encode()


def _from_jsonb(data: bytes) -> object:
    # The fast reader makes floats of whole numbers beyond 64 bits.
    read = json.loads if _LONG_NUMBER.search(data) else orjson.loads
    return read(data[1:])
