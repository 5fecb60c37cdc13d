"""Connections that know what posts and runs ask, before anybody does."""

import pytest
from sqlalchemy import text

from reznet.core.database import Database
from reznet.core.errors import Unavailable
from reznet.services import warming

_KEPT = text(
    "select count(*), bool_and(generic_plans > 0) from pg_prepared_statements "
    "where statement ~ '(insert into|FROM) messages' and statement !~ 'pg_prepared_statements'"
)
_STORED = text(
    "select (select count(*) from messages) + (select count(*) from tasks) + (select count(*) from events)"
    " + (select count(*) from dbos.workflow_status)"
)


async def test_each_connection_keeps_its_plans_and_nothing_is_stored(database_url: str) -> None:
    database = Database(database_url, pool_size=2)
    try:
        await warming.warm(database, 2)
        async with database.read() as one, database.read() as other:
            for session in (one, other):
                assert tuple((await session.execute(_KEPT)).one()) == (3, True)
            assert (await one.execute(_STORED)).scalar_one() == 0
    finally:
        await database.aclose()


async def test_a_database_that_is_away_holds_nothing_up() -> None:
    database = Database("postgresql://127.0.0.1:1/gone", pool_size=2)
    try:
        await warming.warm(database, 2)
        with pytest.raises(Unavailable):
            await database.ping()
    finally:
        await database.aclose()
