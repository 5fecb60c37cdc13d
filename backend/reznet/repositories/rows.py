"""Statements whose rows are read by column name, without SQLAlchemy's positional row types."""

from typing import Any, cast

from sqlalchemy import Row, Select, UpdateBase, select

from reznet.core.driver import Record

type AnyRow = Row[*tuple[Any, ...]] | Record
type AnySelect = Select[*tuple[Any, ...]]
type Columns = tuple[Any, ...]


def selecting(columns: Columns) -> AnySelect:
    """Return a SELECT of the columns."""
    return cast("AnySelect", select(*columns))


def returning(statement: UpdateBase, columns: Columns) -> UpdateBase:
    """Return the statement with a RETURNING of the columns."""
    return UpdateBase.returning(statement, *columns)
