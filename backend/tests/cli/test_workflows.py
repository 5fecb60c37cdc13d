"""`reznet workflow`: plans shown, run, watched and taken along, against a real workspace."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app import Json
from tests.support.commands import output, reznet
from tests.support.product import Product, product
from tests.support.steps import plan, step
from tests.support.upstream import FakeUpstream, running_upstream

pytestmark = pytest.mark.timeout(120)
FAST, BROKEN = "fake;n=5;rate=0", "fake;status=400"


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
    shown = reznet("workflow", "show", workflow["id"], workspace=workspace)
    assert shown.returncode == 0, shown.stderr
    assert "0 of 2 completed" in shown.stdout
    assert "  Build [31mit" in shown.stdout  # further in, and without control characters

    done = reznet("workflow", "run", "last", workspace=workspace)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any("Design (@backend): completed" in line for line in lines)
    assert any(line.startswith("✓ [100 %] Build [31mit (@backend): completed") for line in lines)
    assert "2 of 2 completed" in done.stdout

    again = reznet("workflow", "watch", workflow["id"], workspace=workspace)
    assert (again.returncode, "100 %" in again.stdout) == (0, True)
    answers = reznet("workflow", "show", workflow["id"], "--outputs", workspace=workspace)
    assert answers.stdout.count("alpha beta gamma delta epsilon") == 2
    refused = reznet("workflow", "retry", workflow["id"], workspace=workspace)
    assert (refused.returncode, "No task of it has failed" in refused.stderr) == (1, True)


def test_a_failed_task_can_be_retried_or_skipped(workspace: Product) -> None:
    workflow = made(workspace, step("a", agent="broken", on_failure="ask"), step("b", "a"))
    waits = reznet("workflow", "run", workflow["id"], workspace=workspace)
    assert waits.returncode == 5, waits.stdout + waits.stderr
    assert f"reznet workflow skip {workflow['id']} KEY" in waits.stderr
    unknown = reznet("workflow", "skip", workflow["id"], "zzz", workspace=workspace)
    assert (unknown.returncode, "no task 'zzz'" in unknown.stderr) == (1, True)
    stopped = output(reznet("workflow", "cancel", workflow["id"], "--json", workspace=workspace))
    assert stopped["status"] == "cancelled"
    over = reznet("workflow", "watch", workflow["id"], workspace=workspace)
    assert over.returncode == 1


def test_workflows_are_listed_and_found(workspace: Product) -> None:
    workflow = made(workspace, step("a"), title="Quarterly report")
    found = output(reznet("workflow", "list", "-q", "quarterly", "--json", workspace=workspace))
    assert [row["id"] for row in found] == [workflow["id"]]
    shown = reznet("workflow", "list", "--status", "ready", "-c", "general", workspace=workspace)
    assert "Quarterly report" in shown.stdout
    refused = reznet("workflow", "list", "--status", "odd", workspace=workspace)
    assert (refused.returncode, "status" in refused.stderr) == (1, True)


def test_a_plan_moves_through_a_file(workspace: Product, tmp_path: Path) -> None:
    workflow = made(workspace, step("a"), step("b", "a"), title="Taken along")
    file = tmp_path / "plan.json"
    done = reznet("workflow", "export", workflow["id"], "-o", str(file), workspace=workspace)
    assert done.returncode == 0, done.stderr
    plain = reznet("workflow", "export", workflow["id"], workspace=workspace)
    assert plain.stdout == file.read_text()
    copy = output(reznet("workflow", "import", str(file), "--json", workspace=workspace))
    assert (copy["title"], copy["status"]) == ("Taken along", "ready")
    bad = json.loads(file.read_text())
    bad["tasks"][0]["depends_on"] = ["b"]
    refused = reznet("workflow", "import", "-", workspace=workspace, stdin=json.dumps(bad))
    assert refused.returncode == 1
    assert "tasks.0.depends_on: tasks wait for each other: a → b → a" in refused.stderr


def test_what_is_no_workflow(workspace: Product) -> None:
    odd = reznet("workflow", "show", "first", workspace=workspace)
    assert (odd.returncode, "no id of a workflow" in odd.stderr) == (2, True)
    nil = "00000000-0000-0000-0000-000000000000"
    gone = reznet("workflow", "run", nil, workspace=workspace)
    assert (gone.returncode, "There is no workflow" in gone.stderr) == (1, True)
    nobody = reznet("workflow", "list")
    assert (nobody.returncode, "not running" in nobody.stderr) == (3, True)
