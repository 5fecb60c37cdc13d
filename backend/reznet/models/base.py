"""The declarative base and the column kinds that every table shares."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, MetaData, Table, Text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Base of every table; text is `text`, times carry their zone, open data is JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own form
        str: Text(),
        datetime: DateTime(timezone=True),
        UUID: UuidType(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def table_of(model: type[Base]) -> Table:
    """Return the table of a declared class."""
    return cast("Table", model.__table__)


def one_of(column: str, *values: str) -> str:
    """Return the CHECK expression of an enum-like text column."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} in ({listed})"
