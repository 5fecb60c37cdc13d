"""`reznet agents`: list, create, show, edit and delete agents of a running workspace."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from reznet.cli.client import REFUSED, AsJson, Json, Url, Workspace
from reznet.cli.console import err, fail, out, plain

app = typer.Typer(help="List, create, show, edit and delete agents.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Handle (with or without @), name or id.")]
Role = Annotated[str | None, typer.Option(help="What the agent is, such as 'Code reviewer'.")]
Goal = Annotated[str | None, typer.Option(help="What it is there for.")]
Backstory = Annotated[str | None, typer.Option(help="Where it comes from.")]
Prompt = Annotated[str | None, typer.Option(help="Instructions, 10 to 4,000 characters.")]
Capability = Annotated[list[str] | None, typer.Option("--capability", help="May be repeated.")]
Provider = Annotated[str | None, typer.Option(help="anthropic, openai, ollama or local.")]
Model = Annotated[str | None, typer.Option(help="The model's identifier.")]
Temperature = Annotated[float | None, typer.Option(help="0 to 2.")]
MaxTokens = Annotated[int | None, typer.Option(help="Most tokens of an answer.")]
Color = Annotated[str | None, typer.Option(help="Such as #00F6FF.")]


@app.command("list")
def list_agents(
    custom: Annotated[bool | None, typer.Option("--custom/--default", help="Only these.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Only these.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="In name and role.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List agents."""
    params = {"custom": custom, "active": active, "q": search, "limit": 200}
    rows = Workspace(url).pages("/agents", {k: v for k, v in params.items() if v is not None})
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("handle", "name", "role", "model", ""):
        table.add_column(heading)
    for agent in rows:
        config = agent["config"]
        model = f"{config['provider'] or '-'}:{config['model'] or '-'}"
        state = "" if agent["is_active"] else "off"
        cells = (f"@{agent['handle']}", agent["name"], agent["persona"]["role"], model, state)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    out.print(table)


@app.command()
def show(who: Who, url: Url = None, as_json: AsJson = False) -> None:
    """Show an agent."""
    _print(find(Workspace(url), who), as_json=as_json)


@app.command()
def create(  # noqa: PLR0913 - an argument is an option
    name: Annotated[str, typer.Argument(help="Letters, digits, single spaces and hyphens.")],
    role: Annotated[str, typer.Option(help="What the agent is, such as 'Code reviewer'.")],
    goal: Goal = None,
    backstory: Backstory = None,
    prompt: Prompt = None,
    capability: Capability = None,
    provider: Provider = None,
    model: Model = None,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    color: Color = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Create an agent."""
    body = _given(locals()) | {"name": name}
    _print(Workspace(url).call("POST", "/agents", body), as_json=as_json)


@app.command()
def edit(  # noqa: PLR0913 - an argument is an option
    who: Who,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    role: Role = None,
    goal: Goal = None,
    backstory: Backstory = None,
    prompt: Prompt = None,
    capability: Capability = None,
    provider: Provider = None,
    model: Model = None,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    color: Color = None,
    active: Annotated[bool | None, typer.Option("--on/--off", help="Switch on or off.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of an agent."""
    body = _given(locals())
    if name is not None:
        body["name"] = name
    if active is not None:
        body["is_active"] = active
    if not body:
        fail("Nothing to change: give at least one option; see `reznet agents edit --help`.")
        raise typer.Exit(2)
    workspace = Workspace(url)
    agent = find(workspace, who)
    _print(workspace.call("PUT", f"/agents/{agent['id']}", body), as_json=as_json)


@app.command()
def delete(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    url: Url = None,
) -> None:
    """Delete a custom agent; its messages stay under its name."""
    workspace = Workspace(url)
    agent = find(workspace, who)
    if not yes:
        typer.confirm(f"Delete @{agent['handle']} ({plain(agent['name'])})?", abort=True)
    workspace.call("DELETE", f"/agents/{agent['id']}")
    err.print(f"Deleted @{agent['handle']}.", markup=False)


_FIELDS = (
    "role",
    "goal",
    "backstory",
    "prompt",
    "provider",
    "model",
    "temperature",
    "max_tokens",
    "color",
)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    body = {field: options[field] for field in _FIELDS if options[field] is not None}
    if options["capability"]:
        body["capabilities"] = options["capability"]
    return body


def find(workspace: Workspace, who: str) -> Json:
    """Return the agent of that handle, name or id; exit when there is none."""
    try:
        return workspace.call("GET", f"/agents/{UUID(who)}")
    except ValueError:
        pass
    wanted = who.removeprefix("@").strip().casefold()
    for agent in workspace.pages("/agents", {"q": who.removeprefix("@").strip(), "limit": 200}):
        if wanted in {agent["handle"], agent["name"].casefold()}:
            return agent
    fail(f"There is no agent {who!r}; `reznet agents list` shows who there is.")
    raise typer.Exit(REFUSED)


def _print(agent: Json, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(agent))
        return
    persona, config = agent["persona"], agent["config"]
    rows = {
        "handle": f"@{agent['handle']}",
        "name": agent["name"],
        "role": persona["role"],
        "goal": persona["goal"],
        "backstory": persona["backstory"],
        "capabilities": ", ".join(persona["capabilities"]),
        "prompt": persona["prompt"] or "",
        "model": f"{config['provider'] or '-'}:{config['model'] or '-'}",
        "temperature": str(config["temperature"]),
        "max tokens": str(config["max_tokens"]),
        "state": "on" if agent["is_active"] else "off",
        "kind": agent["agent_type"],
        "id": agent["id"],
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in rows.items():
        if value:
            table.add_row(Text(key, style="dim"), Text(plain(value)))
    out.print(table)
