"""`reznet workflow save|saved|use|demo` and `reznet workflow trigger`."""

import json
import uuid
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reznet.cli.client import REFUSED, AsJson, Json, Url, Workspace, channel_id
from reznet.cli.console import fail, note, out, plain
from reznet.cli.workflow_view import show_plan
from reznet.cli.workflows import Channel, Timeout, Which, find, follow, next_step

app = typer.Typer(no_args_is_help=True, help="What runs saved workflows by itself.")

Values = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; once for each."),
]


def save(
    workflow: Which,
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Save the plan of a workflow, to be run again. {{name}} in its texts becomes a parameter."""
    workspace = Workspace(url)
    found = find(workspace, workflow)
    body = {"name": name, "description": description}
    kept = workspace.call("POST", f"/workflows/{found['id']}/save", body)
    if as_json:
        typer.echo(json.dumps(kept))
    else:
        note(f"Run it with `reznet workflow use {_quoted(kept['name'])}`{_asked(kept)}.")


def saved(url: Url = None, as_json: AsJson = False) -> None:
    """List saved workflows, and those that come with RezNet AI."""
    rows = Workspace(url).pages("/saved-workflows", {"limit": 200})
    if as_json:
        typer.echo(json.dumps(rows))
        return
    _table(
        ("name", "tasks", "parameters", "description"),
        [
            (
                row["name"] + (" (demo)" if row["is_demo"] else ""),
                str(len(row["tasks"])),
                " ".join(one["name"] for one in row["parameters"]),
                row["description"],
            )
            for row in rows
        ],
    )


def use(
    name: Annotated[str, typer.Argument(help="Name or id of the saved workflow.")],
    channel: Channel = "general",
    param: Values = None,
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Run it at once, and watch it.")
    ] = True,
    timeout: Timeout = 3600,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make a workflow of a saved one and watch it. Exit codes are those of `run`."""
    workspace = Workspace(url)
    found = _find_saved(workspace, name, demos=False)
    _run(workspace, found, channel, param, start=start, timeout=timeout, as_json=as_json)


def demo(
    name: Annotated[str, typer.Argument(help="software, marketing or research.")],
    channel: Channel = "general",
    param: Values = None,
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Run it at once, and watch it.")
    ] = True,
    timeout: Timeout = 3600,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Run a workflow that comes with RezNet AI, and watch it. Exit codes are those of `run`."""
    workspace = Workspace(url)
    found = _find_saved(workspace, name, demos=True)
    _run(workspace, found, channel, param, start=start, timeout=timeout, as_json=as_json)


@app.command("list")
def list_triggers(url: Url = None, as_json: AsJson = False) -> None:
    """List triggers, newest first."""
    rows = Workspace(url).pages("/workflow-triggers", {"limit": 200})
    if as_json:
        typer.echo(json.dumps(rows))
        return
    _table(
        ("trigger", "what", "of", "next", "error"),
        [
            (
                row["id"],
                _what(row) + ("" if row["is_active"] else " (off)"),
                row["saved_workflow_name"],
                (row["next_at"] or "")[:16].replace("T", " "),
                row["last_error"] or "",
            )
            for row in rows
        ],
    )


@app.command()
def fire(
    trigger: Annotated[uuid.UUID, typer.Argument(help="Id of the trigger.")],
    param: Values = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Fire a trigger now."""
    workspace = Workspace(url)
    body = {"parameters": _values(param), "client_id": f"cli-{uuid.uuid4()}"}
    fired = workspace.call("POST", f"/workflow-triggers/{trigger}/fire", body)
    if as_json:
        typer.echo(json.dumps(fired))
        return
    note(next_step(workspace.call("GET", f"/workflows/{fired['workflow_id']}")))


def _run(
    workspace: Workspace,
    found: Json,
    channel: str,
    param: list[str] | None,
    *,
    start: bool,
    timeout: float,
    as_json: bool,
) -> None:
    body = {
        "channel_id": channel_id(workspace, channel),
        "parameters": _values(param),
        "auto_start": start,
        "client_id": f"cli-{uuid.uuid4()}",
    }
    made = workspace.call("POST", f"/saved-workflows/{found['id']}/run", body)
    if start:
        follow(workspace, made, timeout, as_json=as_json)
    elif as_json:
        typer.echo(json.dumps(made))
    else:
        show_plan(made)
        note(next_step(made))


def _find_saved(workspace: Workspace, name: str, *, demos: bool) -> Json:
    """Return the saved workflow, or the demo, of that name; exit when there is none."""
    rows = workspace.pages("/saved-workflows", {"limit": 200})
    wanted = name.casefold()
    for row in rows:
        if row["is_demo"] is demos and wanted in {row["name"].casefold(), row["id"]}:
            return row
    kind = "demo" if demos else "saved workflow"
    fail(f"There is no {kind} {name!r}; `reznet workflow saved` shows them.")
    raise typer.Exit(REFUSED)


def _values(given: list[str] | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in given or ():
        name, sign, value = one.partition("=")
        if not sign:
            fail(f"{one!r} is no NAME=VALUE.")
            raise typer.Exit(2)
        values[name.strip()] = value
    return values


def _what(row: Json) -> str:
    settings = row["settings"]
    match row["kind"]:
        case "schedule":
            return f"{settings['cron']} {settings['time_zone']}"
        case "message":
            return f"message {settings['pattern']}"
        case _:
            return f"POST {row['url']}"


def _asked(kept: Json) -> str:
    names = [one["name"] for one in kept["parameters"] if one["required"] and not one["default"]]
    return f" and {' '.join(f'-p {name}=…' for name in names)}" if names else ""


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(" ".join(plain(cell).split())) for cell in row))
    out.print(table)
