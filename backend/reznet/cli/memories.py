"""`reznet memories`: list, search, export and import what an agent of a running workspace remembers."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reznet.cli.agents import find
from reznet.cli.client import REFUSED, AsJson, Json, Url, Workspace
from reznet.cli.console import fail, note, out, plain
from reznet.cli.memory_import import import_memories

app = typer.Typer(
    help="List, search, export and import what an agent remembers.", no_args_is_help=True
)
app.command("import")(import_memories)

Whose = Annotated[
    str, typer.Option("--agent", "-a", help="Handle (with or without @), name or id.")
]
Kind = Annotated[str | None, typer.Option(help="Only fact, highlight, episode, note or summary.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="Most rows.")]
_TAIL = b"]}"  # a whole export ends with it
_ROW_CHARS = 160


@app.command("list")
def list_memories(
    agent: Whose, kind: Kind = None, limit: Limit = 20, url: Url = None, as_json: AsJson = False
) -> None:
    """List what an agent remembers, the last said first."""
    _show(agent, {"kind": kind, "limit": limit}, url, as_json=as_json)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    agent: Whose,
    kind: Kind = None,
    limit: Limit = 10,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Find what an agent remembers, best first."""
    _show(agent, {"q": question, "kind": kind, "limit": limit}, url, as_json=as_json)


@app.command()
def export(
    agent: Whose,
    file: Annotated[
        Path | None, typer.Argument(help="The file; default: standard output.")
    ] = None,
    url: Url = None,
) -> None:
    """Write all that an agent remembers into a file, to be kept or imported elsewhere."""
    workspace = Workspace(url, timeout=120)
    path = f"/agents/{find(workspace, agent)['id']}/memories/export"
    if file is None:
        workspace.download(path, sys.stdout.buffer)
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as sink:
            workspace.download(path, sink)
        if not _is_whole(part):
            fail("The export broke off; nothing was written.")
            raise typer.Exit(REFUSED)
        part.replace(file)
    except OSError as error:
        fail(f"{file} can't be written: {error.strerror}")
        raise typer.Exit(REFUSED) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    note(f"Everything that @{agent.removeprefix('@')} remembers is in {file}.")


def _is_whole(part: Path) -> bool:
    with part.open("rb") as written:
        written.seek(max(0, part.stat().st_size - 8))
        return written.read().rstrip().endswith(_TAIL)


def _show(agent: str, params: Json, url: str | None, *, as_json: bool) -> None:
    workspace = Workspace(url)
    given = {key: value for key, value in params.items() if value is not None}
    path = f"/agents/{find(workspace, agent)['id']}/memories"
    rows, _ = workspace.response("GET", path, params=given)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("said", "kind", "content", ""):
        table.add_column(heading)
    for memory in rows:
        content = " ".join(plain(memory["content"]).split())
        cut = content if len(content) <= _ROW_CHARS else f"{content[:_ROW_CHARS]}…"
        cells = (memory["said_at"][:16].replace("T", " "), memory["kind"], cut, _state(memory))
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)


def _state(memory: Json) -> str:
    states = {
        "pinned": memory["pinned"],
        "corrected": memory["superseded_by"],
        "summed up": memory["summarized_by"],
    }
    return ", ".join(word for word, is_so in states.items() if is_so)
