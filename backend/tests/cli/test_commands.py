"""The command line as people and scripts use it, against a real workspace."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reznet import __version__
from tests.support.commands import output, reznet
from tests.support.product import Product, clean_environment, postmasters, product, wait_for
from tests.support.upstream import FakeUpstream, running_upstream

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as fake:
        yield fake


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that a PostgreSQL under another user can reach, as pytest's own can't be."""
    with tempfile.TemporaryDirectory(prefix="reznet-cli-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def workspace(folder: Path, upstream: FakeUpstream) -> Iterator[Product]:
    settings = {
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-secret-of-the-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": "fake;n=5",
    }
    with product(folder, **settings) as running:
        yield running


def test_question_is_answered_in_the_terminal(workspace: Product) -> None:
    done = reznet("ask", "@backend hello", workspace=workspace)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Backend\nalpha beta gamma delta epsilon\n"
    assert "openai:fake;n=5 · 5 tokens" in done.stderr


def test_answers_come_as_json_for_scripts(workspace: Product) -> None:
    found = output(
        reznet("ask", "-", "--json", workspace=workspace, stdin="@qa and @devops, hello")
    )
    assert {task["task"]["agent_name"] for task in found["tasks"]} == {"QA", "DevOps"}
    assert {task["text"] for task in found["tasks"]} == {"alpha beta gamma delta epsilon"}


def test_failed_answer_is_told_with_the_next_step(workspace: Product) -> None:
    output(
        reznet(
            "agents",
            "create",
            "Broken",
            "--role",
            "Always fails",
            "--provider",
            "openai",
            "--model",
            "fake;fail=401",
            "--json",
            workspace=workspace,
        )
    )
    done = reznet("ask", "@broken hello", workspace=workspace)
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr
    assert "sk-secret-of-the-test" not in done.stdout + done.stderr + workspace.log.read_text()


@pytest.mark.parametrize("text", ["hello", "@nobody hello", "`@backend`"])
def test_question_to_nobody_says_how_to_ask(workspace: Product, text: str) -> None:
    done = reznet("ask", text, workspace=workspace)
    assert done.returncode == 1
    assert "mention an agent" in done.stderr


def test_unknown_channel_is_named(workspace: Product) -> None:
    done = reznet("ask", "@backend hi", "--channel", "nowhere", workspace=workspace)
    assert done.returncode == 1
    assert "nowhere" in done.stderr


def test_too_long_a_question_names_the_limit(workspace: Product) -> None:
    done = reznet("ask", "-", workspace=workspace, stdin="@backend " + "x" * 33_000)
    assert done.returncode == 1
    assert "32 KiB" in done.stderr


def test_files_go_with_a_question(
    workspace: Product, upstream: FakeUpstream, tmp_path: Path
) -> None:
    notes, empty = tmp_path / "Größe.txt", tmp_path / "empty.txt"
    notes.write_text("the secret is 42")
    empty.touch()
    done = reznet("ask", "@backend read", "--file", str(notes), workspace=workspace)
    assert done.returncode == 0, done.stderr
    told = upstream.requests()[-1]["body"]["messages"][-1]["content"]
    assert '[You, file "Größe.txt"]:\n```\nthe secret is 42\n```' in told
    refused = reznet("ask", "@backend read", "-f", str(empty), workspace=workspace)
    assert refused.returncode == 1
    assert "empty.txt was not attached" in refused.stderr
    missing = reznet("ask", "@backend read", "-f", str(tmp_path / "no"), workspace=workspace)
    assert missing.returncode == 2


@pytest.mark.parametrize("command", [("ask", "@backend hi"), ("agents", "list")])
def test_without_a_workspace_it_says_how_to_start_one(command: tuple[str, ...]) -> None:
    done = reznet(*command)
    assert done.returncode == 3
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


def test_interrupted_question_cancels_its_runs(workspace: Product, upstream: FakeUpstream) -> None:
    output(
        reznet(
            "agents", "create", "Slow", "--role", "Takes long", "--provider", "openai",
            "--model", "fake;rate=5;n=500", "--json", workspace=workspace,
        )
    )  # fmt: skip
    asking = subprocess.Popen(
        [sys.executable, "-m", "reznet.cli", "ask", "@slow hello"],
        env=clean_environment(REZNET_PORT=str(workspace.port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for("the answer streams", lambda: upstream.stats().get("live", 0) > 0)
    asking.send_signal(signal.SIGINT)
    _, told = asking.communicate(timeout=20)
    assert asking.returncode == 130, told
    wait_for("the model's connection is closed", lambda: upstream.stats().get("live") == 0)
    (task,) = [task for task in workspace.get("/tasks") if task["agent_name"] == "Slow"]
    assert task["status"] == "cancelled"


def test_agents_are_created_shown_edited_and_deleted(workspace: Product) -> None:
    made = output(
        reznet(
            "agents", "create", "Code Reviewer", "--role", "Reviewer", "--capability", "Python",
            "--capability", "SQL", "--json", workspace=workspace,
        )
    )  # fmt: skip
    assert made["handle"] == "code-reviewer"
    shown = output(reznet("agents", "show", "@code-reviewer", "--json", workspace=workspace))
    assert shown["persona"]["capabilities"] == ["Python", "SQL"]
    edited = output(
        reznet(
            "agents",
            "edit",
            "Code Reviewer",
            "--temperature",
            "0.2",
            "--off",
            "--json",
            workspace=workspace,
        )
    )
    assert (edited["config"]["temperature"], edited["is_active"]) == (0.2, False)
    assert "Code Reviewer" in reznet("agents", "list", workspace=workspace).stdout
    assert (
        reznet("agents", "delete", "code-reviewer", "--yes", workspace=workspace).returncode == 0
    )
    gone = reznet("agents", "show", "code-reviewer", workspace=workspace)
    assert (gone.returncode, "code-reviewer" in gone.stderr) == (1, True)


def test_refused_agent_names_the_field(workspace: Product) -> None:
    done = reznet("agents", "create", "x", "--role", "Reviewer", workspace=workspace)
    assert done.returncode == 1
    assert "name:" in done.stderr
    default = reznet("agents", "delete", "qa", "--yes", workspace=workspace)
    assert (default.returncode, "default agent" in default.stderr) == (1, True)


def test_doctor_looks_at_each_part(workspace: Product, folder: Path) -> None:
    found = output(
        reznet(
            "doctor",
            "--json",
            workspace=workspace,
            REZNET_DATA_DIR=str(folder / "data"),
            OLLAMA_HOST="",
        )
    )
    levels = {finding["check"]: finding["level"] for finding in found}
    assert levels.items() >= {
        "python": "ok", "settings": "ok", "data folder": "ok", "database": "ok", "pgvector": "ok", "schema": "ok", "port": "ok",
    }.items()  # fmt: skip


def test_doctor_says_what_to_do_about_a_database_that_is_away() -> None:
    done = reznet("doctor", "--json", DATABASE_URL="postgresql://nobody:secret@127.0.0.1:9/x")
    (finding,) = [item for item in json.loads(done.stdout) if item["check"] == "database"]
    assert done.returncode == 1
    assert finding["level"] == "fail"
    assert "DATABASE_URL" in finding["detail"]
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"REZNET_PROT": "1"}, "REZNET_PROT"),
        ({"REZNET_PORT": "many"}, "REZNET_PORT"),
        ({"OPENAI_API_KEY": "sk-live-ABC\tDEF"}, "OPENAI_API_KEY"),
        ({"REZNET_HOST": "0.0.0.0"}, "REZNET_HOST"),
        ({"REZNET_WORKERS": "2"}, "REDIS_URL"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ],
)
def test_bad_settings_refuse_the_start_by_name(settings: dict[str, str], named: str) -> None:
    done = reznet("up", **settings)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "ABC" not in done.stderr


def test_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = reznet("up", "--port", str(port), REZNET_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert not (tmp_path / "data").exists()


def test_version_is_printed() -> None:
    assert reznet("version").stdout == f"RezNet AI {__version__}\n"
    assert output(reznet("version", "--json")) == {"version": __version__}


def test_migrate_brings_a_database_to_the_newest_schema(database_url: str) -> None:
    found = output(reznet("migrate", "--json", DATABASE_URL=database_url))
    assert found["revision"].isdigit()


def test_stopping_leaves_nothing_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="reznet-cli-") as name:
        Path(name).chmod(0o711)
        with product(Path(name)) as running:
            assert postmasters(Path(name) / "data")
            assert running.stop() == 0
        wait_for("the database has stopped", lambda: not postmasters(Path(name) / "data"))
