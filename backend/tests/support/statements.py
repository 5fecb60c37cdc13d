"""What is asked of a database, statement by statement, whoever executes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from reznet.core.database import Database


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Note every statement of the sessions that are opened in the block, BEGIN and COMMIT included."""
    told: list[str] = []

    def note(query: LoggedQuery) -> None:
        told.append(query.query)

    def taken(_connection: object, record: Any, _proxy: object) -> None:
        record.driver_connection.add_query_logger(note)

    def given_back(_connection: object, record: Any) -> None:
        record.driver_connection.remove_query_logger(note)

    pool = database.engine.sync_engine
    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", given_back)
    try:
        yield told
    finally:
        event.remove(pool, "checkout", taken)
        event.remove(pool, "checkin", given_back)
