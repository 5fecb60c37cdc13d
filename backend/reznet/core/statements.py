"""Statements that are compiled once and executed by the driver itself.

SQLAlchemy spends three times as long on executing a statement as asyncpg does, and compiles every PostgreSQL
insert anew. What is executed for each message and each run is made with it, and then goes past it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler

type Parameters = Mapping[str, object]


def as_is(value: object) -> object:
    """Return the value: JSON is read and written by the driver."""
    return value


_DIALECT = asyncpg_dialect(json_serializer=as_is, json_deserializer=as_is)  # type: ignore[no-untyped-call]


class Statement:
    """A compiled statement: its text, and how its parameters become the driver's arguments."""

    __slots__ = ("_slots", "text")

    def __init__(self, statement: ClauseElement, columns: Sequence[str] = ()) -> None:
        """Compile; `columns` are those that an insert or update is given as parameters."""
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - whatever has rows or changes them
        self.text = str(compiled)
        given = compiled.params
        names = compiled.positiontup or []
        self._slots = tuple(
            (name, given.get(name), _processor(compiled, name), compiled.binds[name].required)
            for name in names
        )

    def arguments(self, parameters: Parameters) -> list[object]:
        """Return the arguments in the order of their places. Raises KeyError for one that is missing."""
        arguments: list[object] = []
        for name, default, process, is_required in self._slots:
            value = parameters[name] if is_required else parameters.get(name, default)
            arguments.append(value if process is None or value is None else process(value))
        return arguments


def _processor(compiled: SQLCompiler, name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    """Return what turns a value of the parameter's type into the driver's, or None."""
    kind = compiled.binds[name].type.dialect_impl(_DIALECT)
    return kind.bind_processor(_DIALECT)
