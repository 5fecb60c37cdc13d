"""The `reznet` command."""

import json
import sys
from typing import Annotated

import typer

from reznet import __version__
from reznet.cli import (
    agents,
    ask,
    bundles,
    doctor,
    memories,
    serve,
    templates,
    workflow_saved,
    workflows,
)
from reznet.cli.console import fail
from reznet.core.errors import StartRefused

app = typer.Typer(
    name="reznet",
    help="A self-hosted workspace where people and teams of AI agents work together in channels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(serve.up)
app.command("worker")(serve.worker)
app.command("migrate")(serve.migrate)
app.command("doctor")(doctor.doctor)
app.command("ask")(ask.ask)
agents.app.command("export")(bundles.export_agents)
agents.app.command("import")(bundles.import_agents)
app.add_typer(agents.app, name="agents")
app.add_typer(templates.app, name="templates")
app.add_typer(memories.app, name="memories")
workflows.app.command("save")(workflow_saved.save)
workflows.app.command("saved")(workflow_saved.saved)
workflows.app.command("use")(workflow_saved.use)
workflows.app.command("demo")(workflow_saved.demo)
workflows.app.add_typer(workflow_saved.app, name="trigger")
app.add_typer(workflows.app, name="workflow")


@app.command()
def version(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the version."""
    typer.echo(json.dumps({"version": __version__}) if as_json else f"RezNet AI {__version__}")


def main() -> None:
    """Run the command; a refusal becomes a plain message and exit code 2."""
    try:
        app()
    except StartRefused as refusal:
        fail(str(refusal))
        sys.exit(2)
