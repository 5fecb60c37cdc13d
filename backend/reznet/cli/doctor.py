"""`reznet doctor`: is everything there, and what to do where it is not."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from reznet.cli.client import AsJson
from reznet.cli.console import out, plain

if TYPE_CHECKING:
    from reznet.cli.checkup import Finding


def doctor(as_json: AsJson = False) -> None:
    """Check Python, settings, disk, database, port and providers; exit code 1 if one fails."""
    from reznet.cli import checkup  # noqa: PLC0415 - half a second, which no other command needs

    findings = checkup.findings()
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        _print(findings)
    raise typer.Exit(any(finding.level == "fail" for finding in findings))


def _print(findings: "list[Finding]") -> None:
    marks = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        mark, style = marks[finding.level]
        out.print(
            Text(f"{mark} ", style=style),
            Text(f"{finding.check:<{width}}  {plain(finding.detail)}"),
            sep="",
        )
