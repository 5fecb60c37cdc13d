"""`reznet agents export` and `import`: agents as one file."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.text import Text

from reznet.cli.agents import find
from reznet.cli.client import REFUSED, AsJson, Json, Url, Workspace, explain
from reznet.cli.console import err, fail, note, out, plain

_ALL = {"limit": 200, "custom": True}
_MAX_IDS = 200


class OnConflict(StrEnum):
    """What is done where another agent of the name has other contents."""

    SKIP = "skip"
    RENAME = "rename"
    REPLACE = "replace"


def export_agents(
    names: Annotated[
        list[str] | None, typer.Argument(help="Handles (with or without @), names or ids.")
    ] = None,
    all_custom: Annotated[
        bool, typer.Option("--all-custom", help="All agents that don't come with the product.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; default: standard output.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Write agents into one file, to be imported elsewhere. It holds no keys and no ids."""
    if bool(names) == all_custom:
        fail("Say which agents: name some, or give --all-custom.")
        raise typer.Exit(2)
    workspace = Workspace(url)
    params: Json = {"custom": True}
    if names:
        params = {"id": [find(workspace, name)["id"] for name in names]}
    if len(params.get("id", ())) > _MAX_IDS:
        fail(f"At most {_MAX_IDS} agents can be named at once; --all-custom takes more.")
        raise typer.Exit(2)
    bundle, response = workspace.response("GET", "/agents/export", params=params)
    count = len(bundle["agents"])
    if not count:
        fail("There are no custom agents.")
        raise typer.Exit(REFUSED)
    if output is None:
        sys.stdout.buffer.write(response.content)
        return
    try:
        output.write_bytes(response.content)
    except OSError as error:
        fail(f"{output} can't be written: {error.strerror}")
        raise typer.Exit(REFUSED) from None
    if as_json:
        typer.echo(json.dumps({"file": str(output), "agents": count}))
    else:
        note(f"{_agents(count)} in {output}.")


def import_agents(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="What `export` has written; - for standard input."),
    ],
    on_conflict: Annotated[
        OnConflict,
        typer.Option(help="What to do where another agent of the name has other contents."),
    ] = OnConflict.SKIP,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make the agents of a file: all of them or, when one can't be taken, none."""
    params = {"on_conflict": on_conflict.value, "dry_run": dry_run}
    response = Workspace(url, timeout=120).send("/agents/import", file.read(), params)
    report = _report_in(response)
    if as_json and report is not None:
        typer.echo(json.dumps(report))
    elif report is not None:
        _print(report, is_done=response.is_success and not dry_run)
    else:
        explain(response)
    if report is None or report["failed"]:
        raise typer.Exit(REFUSED)


def _report_in(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get("report") if response.is_error else body


def _print(report: Json, *, is_done: bool) -> None:
    made = ("created", "replaced") if is_done else ("would be created", "would be replaced")
    is_off = bool(report["failed"])
    for key, word in zip(("created", "replaced"), made, strict=True):
        for row in () if is_off else report[key]:
            since = f", since {row['renamed_from']} is taken" if row["renamed_from"] else ""
            _line("+", "green", row["name"], f"{word} as @{row['handle']}{since}")
    for row in report["skipped"]:
        _line("-", "dim", row["name"], f"skipped: {row['detail']}")
    for row in report["failed"]:
        name = row["name"] or f"agent {row['index'] + 1}"
        for error in row["errors"]:
            field = f"{error['field']}: " if error["field"] else ""
            fail(plain(f"{name}: {field}{error['message']}"))
    if is_off:
        err.print(
            "Nothing was imported." if not report["dry_run"] else "Nothing would be imported."
        )


def _line(sign: str, style: str, name: str, what: str) -> None:
    out.print(Text(f"{sign} ", style=style), Text(plain(f"{name}: {what}")), sep="")


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"
