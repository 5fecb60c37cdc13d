"""`reznet workflow`: plans shown, run, watched and taken along, against a real workspace."""

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from reznet.cli.app import app
from reznet.cli.workflow_view import live
from tests.support import plans
from tests.support.app import Json
from tests.support.product import Product, product
from tests.support.steps import plan, step
from tests.support.upstream import FakeUpstream, running_upstream

pytestmark = pytest.mark.timeout(120)
FAST, BROKEN = "fake;n=5;rate=0", "fake;fail=401"


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as fake:
        yield fake


@pytest.fixture(scope="module")
def workspace(upstream: FakeUpstream) -> Iterator[Product]:
    settings = {
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": FAST,
    }
    with tempfile.TemporaryDirectory(prefix="reznet-workflows-") as name:
        Path(name).chmod(0o711)
        with product(Path(name), **settings) as running:
            running.post(
                "/agents",
                {"name": "Broken", "role": "Fails", "provider": "openai", "model": BROKEN},
            )
            yield running


def workflow_command(
    *arguments: str, workspace: Product | None = None, stdin: str | None = None
) -> Result:
    """Give the command in this process, which spares most of its time."""
    address = workspace.address if workspace else "http://127.0.0.1:9"
    return CliRunner().invoke(app, ["workflow", *arguments, "--url", address], input=stdin)


def output(done: Result) -> Any:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def general(workspace: Product) -> Json:
    return next(row for row in workspace.get("/channels") if row["name"] == "general")


def made(workspace: Product, *tasks: Json, **fields: object) -> Json:
    return workspace.post("/workflows", plan(general(workspace), *tasks) | fields)


def test_a_workflow_is_shown_run_and_told_of_line_by_line(workspace: Product) -> None:
    workflow = made(
        workspace,
        step("design", agent="backend"),
        step("build", "design", agent="backend", title="Build \x1b[31mit"),
    )
    shown = workflow_command("show", workflow["id"], workspace=workspace)
    assert shown.exit_code == 0, shown.stderr
    assert "0 of 2 completed" in shown.stdout
    assert "  Build [31mit" in shown.stdout  # further in, and without control characters

    done = workflow_command("run", "last", workspace=workspace)
    assert done.exit_code == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any("Design (@backend): completed" in line for line in lines)
    assert any(line.startswith("✓ [100 %] Build [31mit (@backend): completed") for line in lines)
    assert "2 of 2 completed" in done.stdout

    again = workflow_command("watch", workflow["id"], workspace=workspace)
    assert (again.exit_code, "100 %" in again.stdout) == (0, True)
    answers = workflow_command("show", workflow["id"], "--outputs", workspace=workspace)
    assert answers.stdout.count("alpha beta gamma delta epsilon") == 2
    refused = workflow_command("retry", workflow["id"], workspace=workspace)
    assert (refused.exit_code, "No task of it has failed" in refused.stderr) == (1, True)


def test_a_failed_task_can_be_retried_or_skipped(workspace: Product) -> None:
    workflow = made(workspace, step("a", agent="broken", on_failure="ask"), step("b", "a"))
    waits = workflow_command("run", workflow["id"], workspace=workspace)
    assert waits.exit_code == 5, waits.stdout + waits.stderr
    assert f"reznet workflow skip {workflow['id']} KEY" in waits.stderr
    unknown = workflow_command("skip", workflow["id"], "zzz", workspace=workspace)
    assert (unknown.exit_code, "no task 'zzz'" in unknown.stderr) == (1, True)
    stopped = output(workflow_command("cancel", workflow["id"], "--json", workspace=workspace))
    assert stopped["status"] == "cancelled"
    over = workflow_command("watch", workflow["id"], workspace=workspace)
    assert over.exit_code == 1


def test_in_a_terminal_the_whole_is_drawn_anew(workspace: Product) -> None:
    workflow = made(workspace, step("design", agent="backend", title="Draw [bold]me[/]"))
    workflow["tasks"][0] |= {"status": "running", "resuming": True}
    screen = io.StringIO()
    Console(file=screen, force_terminal=True, width=100).print(live(workflow))
    drawn = screen.getvalue()
    for text in ("▶", "Draw [bold]me[/]", "@backend", "resuming", "0 of 1 completed"):
        assert text in drawn


def test_a_plan_is_asked_for_and_shown(workspace: Product, upstream: FakeUpstream) -> None:
    upstream.script("plan", [{"text": plans.GOOD}])
    model = {"provider": "openai", "model": "fake;script=plan"}
    response = workspace.http.put(f"/agents/{plans.ORCHESTRATOR}", json=model)
    response.raise_for_status()
    done = workflow_command("plan", "-", workspace=workspace, stdin="launch it")
    assert done.exit_code == 0, done.output
    assert "Do research" in done.stdout
    (newest, *_) = workspace.get("/workflows", limit=1)
    assert f"Run it with `reznet workflow run {newest['id']}`." in done.stderr


def test_workflows_are_listed_and_found(workspace: Product) -> None:
    workflow = made(workspace, step("a"), title="Quarterly report")
    found = output(workflow_command("list", "-q", "quarterly", "--json", workspace=workspace))
    assert [row["id"] for row in found] == [workflow["id"]]
    shown = workflow_command("list", "--status", "ready", "-c", "general", workspace=workspace)
    assert "Quarterly report" in shown.stdout
    refused = workflow_command("list", "--status", "odd", workspace=workspace)
    assert (refused.exit_code, "status" in refused.stderr) == (1, True)


def test_a_plan_moves_through_a_file(workspace: Product, tmp_path: Path) -> None:
    workflow = made(workspace, step("a"), step("b", "a"), title="Taken along")
    file = tmp_path / "plan.json"
    done = workflow_command("export", workflow["id"], "-o", str(file), workspace=workspace)
    assert done.exit_code == 0, done.stderr
    plain = workflow_command("export", workflow["id"], workspace=workspace)
    assert plain.stdout_bytes == file.read_bytes()
    copy = output(workflow_command("import", str(file), "--json", workspace=workspace))
    assert (copy["title"], copy["status"]) == ("Taken along", "ready")
    bad = json.loads(file.read_text())
    bad["tasks"][0]["depends_on"] = ["b"]
    refused = workflow_command("import", "-", workspace=workspace, stdin=json.dumps(bad))
    assert refused.exit_code == 1
    assert "tasks.0.depends_on: tasks wait for each other: a → b → a" in refused.stderr


def test_what_is_no_workflow(workspace: Product) -> None:
    odd = workflow_command("show", "first", workspace=workspace)
    assert (odd.exit_code, "no id of a workflow" in odd.stderr) == (2, True)
    nil = "00000000-0000-0000-0000-000000000000"
    gone = workflow_command("run", nil, workspace=workspace)
    assert (gone.exit_code, "There is no workflow" in gone.stderr) == (1, True)
    nobody = workflow_command("list")
    assert (nobody.exit_code, "not running" in nobody.stderr) == (3, True)
