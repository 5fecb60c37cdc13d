"""`reznet memories import`: what an agent is to remember, from an export or from lines of JSON."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NoReturn, cast

import typer
from pydantic import BaseModel, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reznet.cli.agents import find
from reznet.cli.client import REFUSED, AsJson, Url, Workspace
from reznet.cli.console import err, fail, note, plain
from reznet.core.clock import now
from reznet.core.problem_details import from_validation
from reznet.schemas.memories import Moment
from reznet.schemas.memory_files import VERSION, MemoryImport

# Whoever stops an import loses no more than one of these; its rest is taken in by starting it again.
_AT_ONCE = 100
_BATCH_SECONDS = 300.0
_MOST_BYTES, _REFERENCES_BYTES = 900_000, 250  # the workspace takes bodies of 1 MiB
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


class _Refused(Exception):
    """The file can't be taken in: one sentence for each thing that is wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


class _End(BaseModel):
    expires_at: Moment | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A memory of the file: its place there, its id there if it has one, and the ids there of what it refers to."""

    place: str
    id: str | None
    related: dict[str, str]
    body: dict[str, Any]
    expires_at: datetime | None


def import_memories(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(
            help='An export, or lines of JSON such as {"content": "…", "said_at": "…"}; - for standard input.'
        ),
    ],
    agent: Annotated[
        str, typer.Option("--agent", "-a", help="Handle (with or without @), name or id.")
    ],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let an agent remember what is in a file. What it remembers already is not stored again."""
    try:
        rows = _in_order(_read(file.read()))
    except _Refused as refused:
        for problem in refused.problems:
            fail(plain(problem))
        err.print("Nothing was imported.")
        raise typer.Exit(REFUSED) from None
    moment = now()
    kept = [row for row in rows if row.expires_at is None or row.expires_at > moment]
    workspace = Workspace(url, timeout=_BATCH_SECONDS)
    path = f"/agents/{find(workspace, agent)['id']}/memories/import"
    stored = _send(workspace, path, kept)
    report = {
        "stored": stored,
        "already_there": len(kept) - stored,
        "expired": len(rows) - len(kept),
    }
    if as_json:
        typer.echo(json.dumps(report))
    else:
        expired = f", {report['expired']} have expired" if report["expired"] else ""
        note(f"{stored} stored, {report['already_there']} were there already{expired}.")


def _in_order(rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows in their order, but what a row refers to before it."""
    by_id = {row.id: row for row in rows if row.id}
    ordered: list[_Row] = []
    begun: set[str] = (
        set()
    )  # by their places; a circle, which no export holds, is cut where it closes
    for row in rows:
        chain = [row] if row.place not in begun else []
        begun.add(row.place)
        while chain:
            others = (by_id[one] for one in chain[-1].related.values() if one in by_id)
            waiting = next((one for one in others if one.place not in begun), None)
            if waiting is None:
                ordered.append(chain.pop())
            else:
                begun.add(waiting.place)
                chain.append(waiting)
    return ordered


def _send(workspace: Workspace, path: str, rows: Sequence[_Row]) -> int:
    """Send the rows, a batch after the other; return how many were stored. Exits on a refusal."""
    here: dict[str, str] = {}
    stored = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task("Remembering", total=len(rows))
        for batch in _batches(rows):
            bodies = [_body(row, here) for row in batch]
            response = workspace.send(
                path, json.dumps({"memories": bodies}, ensure_ascii=False).encode(), {}
            )
            if response.is_error:
                progress.stop()
                _explain(response.json() if _is_problem(response.headers) else {}, batch)
                err.print(f"{stored} memories were stored before; start it again to go on.")
                raise typer.Exit(REFUSED)
            answer = response.json()
            here |= {row.id: one["id"] for row, one in zip(batch, answer, strict=True) if row.id}
            stored += sum(one["is_new"] for one in answer)
            progress.advance(bar, len(batch))
    return stored


def _batches(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows in batches in which none refers to another of the same."""
    batch: list[_Row] = []
    ids: set[str] = set()
    size = 0
    for row in rows:
        grown = size + len(json.dumps(row.body, ensure_ascii=False).encode()) + _REFERENCES_BYTES
        if batch and (
            len(batch) == _AT_ONCE or grown > _MOST_BYTES or ids & set(row.related.values())
        ):
            yield batch
            grown, batch, ids = grown - size, [], set[str]()
        size = grown
        batch.append(row)
        if row.id:
            ids.add(row.id)
    if batch:
        yield batch


def _body(row: _Row, here: dict[str, str]) -> dict[str, Any]:
    """Return what is sent of a row, with what it refers to by its ids in this workspace if the file holds it."""
    related = {field: here[other] for field, other in row.related.items() if other in here}
    end = {"expires_at": row.expires_at.isoformat()} if row.expires_at else {}
    return row.body | related | end


def _explain(problem: dict[str, Any], batch: Sequence[_Row]) -> None:
    errors = cast("list[dict[str, str]]", problem.get("errors") or [])
    for error in errors:
        _, _, rest = error["field"].partition("memories.")
        number, _, field = rest.partition(".")
        place = batch[int(number)].place if number.isdigit() and int(number) < len(batch) else ""
        fail(plain(f"{place}: {field or error['field']}: {error['message']}"))
    if not errors:
        fail(plain(str(problem.get("detail") or "The workspace did not take it.")))


def _is_problem(headers: Any) -> bool:  # noqa: ANN401 - of httpx
    return "json" in headers.get("content-type", "")


def _read(content: bytes) -> list[_Row]:
    """Return the memories of a file in either form. Raises _Refused, which names each line and field that is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Refused("The file is not UTF-8.") from None
    named = _of_export(text) if _is_export(text) else _of_lines(text)
    rows: list[_Row] = []
    problems: list[str] = []
    for place, value in named:
        try:
            rows.append(_row(place, value))
        except _Refused as refused:
            problems += refused.problems
            if len(problems) >= _MOST_ERRORS:
                break
    if problems:
        raise _Refused(*problems[:_MOST_ERRORS])
    return rows


def _is_export(text: str) -> bool:
    """Whether the text is one object that begins like an export; no line of memories does."""
    return re.match(r'\s*\{\s*"version"', text) is not None


def _of_export(text: str) -> Iterator[tuple[str, object]]:
    try:
        file: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _Refused(f"The file is not whole: it stops being JSON{where}.") from None
    export = cast("dict[str, object]", file)
    if export.get("version") != VERSION:
        raise _Refused("version: was made by a newer RezNet AI; bring this one up to date first.")
    memories = export.get("memories")
    if not isinstance(memories, list):
        raise _Refused("memories: must be a list")
    for number, memory in enumerate(cast("list[object]", memories), 1):
        yield f"memory {number}", memory


def _of_lines(text: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            yield f"line {number}", _Refused(f"line {number}: is not valid JSON")


def _row(place: str, value: object) -> _Row:
    if isinstance(value, _Refused):
        raise value
    if not isinstance(value, dict):
        raise _Refused(f'{place}: must be an object such as {{"content": "…"}}')
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
        raise _Refused(*(f"{place}: {one.field}: {one.message}" for one in wrong)) from None
    sent = memory.model_dump(mode="json", include=set(body))
    return _Row(place, str(given["id"]) if given.get("id") else None, related, sent, ends_at)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
