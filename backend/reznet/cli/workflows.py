"""`reznet workflow`: plans and their runs."""

import json
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from reznet.cli.client import REFUSED, AsJson, Json, Url, Workspace, channel_id, explain
from reznet.cli.console import fail, note, out
from reznet.cli.workflow_view import show_list, show_outputs, show_plan
from reznet.cli.workflow_watch import TIMED_OUT, watch

app = typer.Typer(no_args_is_help=True, help="Plans that agents carry out together.")

Which = Annotated[str, typer.Argument(help="Id of the workflow, or `last` for the newest one.")]
Channel = Annotated[str, typer.Option("--channel", "-c", help="Name or id of the channel.")]
Timeout = Annotated[float, typer.Option(help="Seconds to wait for its end.")]


@app.command("list")
def list_workflows(
    channel: Annotated[
        str | None, typer.Option("--channel", "-c", help="Only of this channel.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Only in this status, such as running.")
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="Words of title or request.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List workflows, newest first."""
    workspace = Workspace(url)
    params: dict[str, object] = {"limit": 200}
    if channel is not None:
        params["channel_id"] = channel_id(workspace, channel)
    params |= {name: one for name, one in (("status", status), ("q", query)) if one is not None}
    rows = workspace.pages("/workflows", params)
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        show_list(rows)


@app.command()
def show(
    workflow: Which,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Also what the tasks have answered.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show a workflow with its tasks."""
    found = find(Workspace(url), workflow)
    if as_json:
        typer.echo(json.dumps(found))
        return
    show_plan(found)
    if outputs:
        show_outputs(found)


@app.command()
def plan(
    request: Annotated[str, typer.Argument(help="What is to be done; - reads standard input.")],
    channel: Channel = "general",
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the plan.")] = 300,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask the orchestrator for a plan, and show it.

    Exit code 0: there is a plan; 1: there is none; 3: no workspace is running; 4: the time was over.
    """
    request = sys.stdin.read() if request == "-" else request
    workspace = Workspace(url, timeout=timeout + 30)
    body = {
        "channel_id": channel_id(workspace, channel),
        "request": request,
        "client_id": f"plan-{uuid.uuid4()}",
    }
    if not as_json:
        note("Planning…")
    made, _ = workspace.response("POST", "/workflows/plan", body=body, params={"wait": timeout})
    if as_json:
        typer.echo(json.dumps(made))
    elif made["tasks"]:
        show_plan(made)
        note(next_step(made))
    if made["status"] == "planning":
        fail(f"There is no plan after {timeout:g} seconds; planning goes on.")
        raise typer.Exit(TIMED_OUT)
    if not made["tasks"]:
        fail(made["error"]["message"] if made["error"] else "No plan came of it.")
        raise typer.Exit(REFUSED)


@app.command()
def run(
    workflow: Which, timeout: Timeout = 3600, url: Url = None, as_json: AsJson = False
) -> None:
    """Start a workflow and watch it. A paused one goes on.

    Exit code 0: completed; 1: failed, cancelled or refused; 3: no workspace is running; 4: the time was over; 5:
    it waits for somebody; 130: interrupted, and the workflow goes on.
    """
    workspace = Workspace(url)
    found = find(workspace, workflow)
    is_paused = found["waiting_for"] == "resume"
    started = _act(workspace, found, "resume" if is_paused else "start")
    follow(workspace, started, timeout, as_json=as_json)


@app.command("watch")
def watch_workflow(
    workflow: Which, timeout: Timeout = 3600, url: Url = None, as_json: AsJson = False
) -> None:
    """Watch a workflow until it is over or waits for somebody. Exit codes are those of `run`."""
    workspace = Workspace(url)
    follow(workspace, find(workspace, workflow), timeout, as_json=as_json)


@app.command()
def pause(workflow: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Let no other task of a workflow begin."""
    workspace = Workspace(url)
    _tell(_act(workspace, find(workspace, workflow), "pause"), as_json=as_json)


@app.command()
def resume(workflow: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Let a paused workflow go on."""
    workspace = Workspace(url)
    _tell(_act(workspace, find(workspace, workflow), "resume"), as_json=as_json)


@app.command()
def cancel(workflow: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Stop a workflow with all that runs of it. One that is over stays as it is."""
    workspace = Workspace(url, timeout=60)
    _tell(_act(workspace, find(workspace, workflow), "cancel"), as_json=as_json)


@app.command()
def retry(
    workflow: Which,
    key: Annotated[
        str | None, typer.Argument(help="Key of a task; default: all that failed.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Run a task again, with what depends on it."""
    workspace = Workspace(url)
    found = find(workspace, workflow)
    failed = [task for task in found["tasks"] if task["status"] == "failed"]
    tasks = failed if key is None else [_task(found, key)]
    if not tasks:
        fail("No task of it has failed; name the key of one to run it again.")
        raise typer.Exit(REFUSED)
    for task in tasks:
        found = _act(workspace, found, f"tasks/{task['id']}/retry")
    _tell(found, as_json=as_json)


@app.command()
def skip(
    workflow: Which,
    key: Annotated[str, typer.Argument(help="Key of the task.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Go on without a task that failed or has not begun."""
    workspace = Workspace(url)
    found = find(workspace, workflow)
    _tell(_act(workspace, found, f"tasks/{_task(found, key)['id']}/skip"), as_json=as_json)


@app.command("export")
def export_workflow(
    workflow: Which,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; default: standard output.")
    ] = None,
    url: Url = None,
) -> None:
    """Write a plan into a file, to be imported here or elsewhere."""
    workspace = Workspace(url)
    found = find(workspace, workflow)
    _, response = workspace.response("GET", f"/workflows/{found['id']}/export")
    if output is None:
        sys.stdout.buffer.write(response.content)
        return
    try:
        output.write_bytes(response.content)
    except OSError as error:
        fail(f"{output} can't be written: {error.strerror}")
        raise typer.Exit(REFUSED) from None
    note(f"The plan is in {output}.")


@app.command("import")
def import_workflow(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="What `export` has written; - for standard input."),
    ],
    channel: Channel = "general",
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put the plan of a file into a channel. It waits to be started."""
    workspace = Workspace(url)
    params = {"channel_id": channel_id(workspace, channel)}
    response = workspace.send("/workflows/import", file.read(), params)
    if response.is_error:
        explain(response)
        raise typer.Exit(REFUSED)
    made = response.json()
    if as_json:
        typer.echo(json.dumps(made))
        return
    show_plan(made)
    note(next_step(made))


def find(workspace: Workspace, which: str) -> Json:
    """Return the workflow; exit when there is none."""
    if which == "last":
        rows, _ = workspace.response("GET", "/workflows", params={"limit": 1})
        if not rows:
            fail("There are no workflows.")
            raise typer.Exit(REFUSED)
        which = rows[0]["id"]
    try:
        one = uuid.UUID(which)
    except ValueError:
        fail(f"{which!r} is no id of a workflow; `reznet workflow list` shows them.")
        raise typer.Exit(2) from None
    return workspace.call("GET", f"/workflows/{one}")


def _task(workflow: Json, key: str) -> Json:
    for task in workflow["tasks"]:
        if task["key"] == key:
            return task
    fail(f"The workflow has no task {key!r}; `reznet workflow show {workflow['id']}` shows them.")
    raise typer.Exit(REFUSED)


def _act(workspace: Workspace, workflow: Json, what: str) -> Json:
    return workspace.call("POST", f"/workflows/{workflow['id']}/{what}")


def _tell(workflow: Json, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(workflow))
    else:
        show_plan(workflow)


def follow(workspace: Workspace, workflow: Json, timeout: float, *, as_json: bool) -> None:
    """Watch a workflow, and exit with the code that `run` tells of."""
    code, workflow = watch(workspace, workflow, timeout, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(workflow))
    elif code == 0:
        out.print(f"`reznet workflow show {workflow['id']} --outputs` shows the answers.")
    raise typer.Exit(code)


def next_step(workflow: Json) -> str:
    """Return what can be done with a workflow that was made."""
    if workflow["status"] == "ready":
        return f"Run it with `reznet workflow run {workflow['id']}`."
    return f"It runs; `reznet workflow watch {workflow['id']}` shows how far it is."
