"""`reznet templates`: teams of agents to start from."""

import json
from typing import Annotated
from urllib.parse import quote

import typer
from rich.table import Table
from rich.text import Text

from reznet.cli.client import AsJson, Url, Workspace
from reznet.cli.console import out, plain

app = typer.Typer(help="Start from a ready-made team of agents.", no_args_is_help=True)


@app.command("list")
def list_templates(url: Url = None, as_json: AsJson = False) -> None:
    """List the teams and who is in them."""
    rows = Workspace(url).call("GET", "/templates")
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("template", "agents", ""):
        table.add_column(heading)
    for row in rows:
        keys = ", ".join(agent["key"] for agent in row["agents"])
        table.add_row(*(Text(plain(cell)) for cell in (row["id"], keys, row["description"])))
    out.print(table)


@app.command()
def use(
    template: Annotated[str, typer.Argument(help="Such as marketing.")],
    agent: Annotated[
        list[str] | None, typer.Option(help="Only this one of the team; may be repeated.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="For all of them.")] = None,
    model: Annotated[str | None, typer.Option(help="For all of them.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make the agents of a team. One whose name is taken gets a number."""
    body = {"agents": agent or None, "provider": provider, "model": model}
    given = {field: value for field, value in body.items() if value is not None}
    made = Workspace(url).call("POST", f"/templates/{quote(template, safe='')}/instantiate", given)
    if as_json:
        typer.echo(json.dumps(made))
        return
    renamed = {row["given_name"]: row["name"] for row in made["renamed"]}
    for row in made["agents"]:
        wanted = renamed.get(row["name"])
        since = f" (there is a {wanted} already)" if wanted else ""
        line = f"{row['name']}: mention @{row['handle']}{since}"
        out.print(Text("+ ", style="green"), Text(plain(line)), sep="")
