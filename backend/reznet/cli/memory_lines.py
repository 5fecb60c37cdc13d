"""Files of memories, as they are imported: an export, or lines of JSON."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, cast

from pydantic import BaseModel, ValidationError

from reznet.core.problem_details import from_validation
from reznet.schemas.memories import Moment
from reznet.schemas.memory_files import VERSION, MemoryImport

_MOST_ERRORS = 20
# What an export tells beside what a memory is made of.
_TOLD = frozenset(
    {
        "id",
        "agent_id",
        "collection_id",
        "author_id",
        "origin",
        "embedder",
        "created_at",
        "updated_at",
        "score",
        "score_parts",
    }
)
_RELATED = ("superseded_by", "summarized_by")


class Refused(Exception):
    """The file can't be taken in: one sentence for each thing that is wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Row:
    """A memory of the file: its place there, its id there if it has one, and the ids there of what it refers to."""

    place: str
    id: str | None
    related: dict[str, str]
    body: dict[str, Any]
    expires_at: datetime | None


def read(content: bytes) -> list[Row]:
    """Return the memories of a file in either form. Raises Refused, which names each line and field that is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("The file is not UTF-8.") from None
    named = _of_export(text) if _is_export(text) else _of_lines(text)
    rows: list[Row] = []
    problems: list[str] = []
    for place, value in named:
        try:
            rows.append(_row(place, value))
        except Refused as refused:
            problems += refused.problems
            if len(problems) >= _MOST_ERRORS:
                break
    if problems:
        raise Refused(*problems[:_MOST_ERRORS])
    return _in_order(rows)


class _End(BaseModel):
    expires_at: Moment | None


def _is_export(text: str) -> bool:
    """Whether the text is one object that begins like an export; no line of memories does."""
    return re.match(r'\s*\{\s*"version"', text) is not None


def _of_export(text: str) -> Iterator[tuple[str, object]]:
    try:
        file: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(f"The file is not whole: it stops being JSON{where}.") from None
    export = cast("dict[str, object]", file)
    if export.get("version") != VERSION:
        raise Refused("version: was made by a newer RezNet AI; bring this one up to date first.")
    memories = export.get("memories")
    if not isinstance(memories, list):
        raise Refused("memories: must be a list")
    for number, memory in enumerate(cast("list[object]", memories), 1):
        yield f"memory {number}", memory


def _of_lines(text: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            yield f"line {number}", Refused(f"line {number}: is not valid JSON")


def _row(place: str, value: object) -> Row:
    if isinstance(value, Refused):
        raise value
    if not isinstance(value, dict):
        raise Refused(f'{place}: must be an object such as {{"content": "…"}}')
    given = cast("dict[str, Any]", value)
    body = {key: item for key, item in given.items() if key not in _TOLD}
    related = {field: str(body.pop(field)) for field in _RELATED if body.get(field)}
    for field in _RELATED:
        body.pop(field, None)
    try:
        ends_at = _End.model_validate({"expires_at": body.pop("expires_at", None)}).expires_at
        memory = MemoryImport.model_validate(body)
    except ValidationError as error:
        wrong = from_validation(error.errors(include_url=False)).errors
        raise Refused(*(f"{place}: {one.field}: {one.message}" for one in wrong)) from None
    sent = memory.model_dump(mode="json", include=set(body))
    return Row(place, str(given["id"]) if given.get("id") else None, related, sent, ends_at)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in their order, but first those that refer to no other, then those that refer to these, and so on."""
    by_id = {row.id: row for row in rows if row.id}
    depths: dict[str, int] = {}
    # A row's depth is known once those of all that it refers to are. A circle, which no export holds, is cut where it closes.
    begun: set[str] = set()
    for row in rows:
        chain = [] if row.place in begun else [row]
        begun.add(row.place)
        while chain:
            others = [by_id[one] for one in chain[-1].related.values() if one in by_id]
            waiting = next((one for one in others if one.place not in begun), None)
            if waiting is None:
                below = [depths.get(one.place, 0) for one in others]
                depths[chain.pop().place] = 1 + max(below, default=-1)
            else:
                begun.add(waiting.place)
                chain.append(waiting)
    return sorted(rows, key=lambda row: depths[row.place])
