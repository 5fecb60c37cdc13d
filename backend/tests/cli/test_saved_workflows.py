"""`reznet workflow save|saved|use|demo` and `reznet workflow trigger`, against a real workspace."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reznet.cli.app import app
from tests.support.product import Product, product
from tests.support.steps import plan, step
from tests.support.upstream import running_upstream

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Product]:
    with (
        running_upstream() as upstream,
        tempfile.TemporaryDirectory(prefix="reznet-saved-") as name,
    ):
        settings = {
            "OPENAI_BASE_URL": f"{upstream.url}/v1",
            "OPENAI_API_KEY": "sk-test",
            "REZNET_DEFAULT_PROVIDER": "openai",
            "REZNET_DEFAULT_MODEL": "fake;n=5;rate=0",
        }
        Path(name).chmod(0o711)
        with product(Path(name), **settings) as running:
            yield running


def command(workspace: Product, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["workflow", *arguments, "--url", workspace.address])


def test_a_workflow_is_saved_used_and_fired(workspace: Product) -> None:
    general = next(row for row in workspace.get("/channels") if row["name"] == "general")
    tasks = step("a", agent="backend", description="About {{topic}}.")
    made = workspace.post("/workflows", plan(general, tasks))
    kept = command(workspace, "save", made["id"], "Daily news")
    assert kept.exit_code == 0, kept.stderr
    assert 'use "Daily news"` and -p topic=…' in " ".join(kept.stderr.split())

    listed = command(workspace, "saved")
    assert listed.exit_code == 0, listed.stderr
    names = ["Daily news", "software (demo)", "marketing (demo)", "research (demo)"]
    places = [listed.stdout.find(name) for name in names]
    assert -1 not in places
    assert places == sorted(places)

    done = command(workspace, "use", "daily NEWS", "-p", "topic=tea=good", "--json")
    assert done.exit_code == 0, done.stderr
    workflow = json.loads(done.stdout)
    assert workflow["tasks"][0]["description"] == "About tea=good."
    assert workflow["status"] == "completed"
    assert command(workspace, "use", "daily news").exit_code == 1  # a parameter is missing
    assert command(workspace, "use", "software").exit_code == 1
    assert command(workspace, "use", "daily news", "-p", "topic").exit_code == 2

    (saved,) = (row for row in workspace.get("/saved-workflows") if not row["is_demo"])
    trigger = workspace.post(
        "/workflow-triggers",
        {
            "saved_workflow_id": saved["id"],
            "channel_id": general["id"],
            "settings": {"kind": "schedule", "cron": "0 9 * * 1"},
            "parameters": {"topic": "weeks"},
            "auto_start": False,
        },
    )
    triggers = command(workspace, "trigger", "list")
    assert triggers.exit_code == 0, triggers.stderr
    assert "0 9 * * 1 UTC" in " ".join(triggers.stdout.split())
    fired = command(workspace, "trigger", "fire", trigger["id"], "--json")
    assert fired.exit_code == 0, fired.stderr
    firing = json.loads(fired.stdout)
    assert workspace.get(f"/workflows/{firing['workflow_id']}")["status"] == "ready"


def test_a_demo_is_run_and_watched(workspace: Product) -> None:
    done = command(workspace, "demo", "research", "-c", "general", "-p", "question=Why tea?")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "4 of 4 completed" in done.stdout
    ready = command(workspace, "demo", "software", "--no-start")
    assert ready.exit_code == 0, ready.stderr
    assert "0 of 5 completed" in ready.stdout
    assert command(workspace, "demo", "cooking").exit_code == 1
