"""`reznet memories import`: what an agent is to remember, from an export or from lines of JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from reznet.cli.agents import find
from reznet.cli.client import REFUSED, AsJson, Url, Workspace
from reznet.cli.console import err, fail, note, plain
from reznet.cli.memory_lines import Refused, Row, read
from reznet.core.clock import now

# Whoever stops an import loses no more than one of these; its rest is taken in by starting it again.
_AT_ONCE = 100
_BATCH_SECONDS = 300.0
_MOST_BYTES, _REFERENCES_BYTES = 900_000, 250  # the workspace takes bodies of 1 MiB


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
        rows = read(file.read())
    except Refused as refused:
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


def _send(workspace: Workspace, path: str, rows: Sequence[Row]) -> int:
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


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows in batches in which none refers to another of the same."""
    batch: list[Row] = []
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


def _body(row: Row, here: dict[str, str]) -> dict[str, Any]:
    """Return what is sent of a row, with what it refers to by its ids in this workspace if the file holds it."""
    related = {field: here[other] for field, other in row.related.items() if other in here}
    end = {"expires_at": row.expires_at.isoformat()} if row.expires_at else {}
    return row.body | related | end


def _explain(problem: dict[str, Any], batch: Sequence[Row]) -> None:
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
