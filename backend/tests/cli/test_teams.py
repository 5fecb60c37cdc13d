"""Agents as files and teams from templates, on the command line."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import output, reznet
from tests.support.product import Product, product

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Product]:
    with tempfile.TemporaryDirectory(prefix="reznet-teams-") as name:
        Path(name).chmod(0o711)
        with product(Path(name)) as running:
            yield running


@pytest.fixture(autouse=True)
def empty(workspace: Product) -> None:
    for agent in workspace.get("/agents", custom=True):
        workspace.http.delete(f"/agents/{agent['id']}").raise_for_status()


def create(workspace: Product, name: str, **more: object) -> str:
    body = {"name": name, "role": "Tester", **more}
    return workspace.post("/agents", body)["id"]


def test_agents_move_from_file_to_file(workspace: Product, tmp_path: Path) -> None:
    create(workspace, "Alpha", goal="Première")
    create(workspace, "Beta")
    file = tmp_path / "team.json"
    done = reznet("agents", "export", "--all-custom", "-o", str(file), workspace=workspace)
    assert (done.returncode, "2 agents" in done.stderr) == (0, True), done.stderr
    assert "Première" in file.read_text(encoding="utf-8")
    named = reznet("agents", "export", "@alpha", "Beta", workspace=workspace)
    assert named.stdout.encode() == file.read_bytes()

    again = output(reznet("agents", "import", str(file), "--json", workspace=workspace))
    assert [row["reason"] for row in again["skipped"]] == ["identical", "identical"]

    for agent in workspace.get("/agents", custom=True):
        workspace.http.delete(f"/agents/{agent['id']}")
    tried = reznet("agents", "import", str(file), "--dry-run", workspace=workspace)
    assert "Alpha: would be created as @alpha" in tried.stdout
    assert workspace.get("/agents", custom=True) == []
    done = reznet("agents", "import", "-", workspace=workspace, stdin=file.read_text())
    assert "Beta: created as @beta" in done.stdout
    assert len(workspace.get("/agents", custom=True)) == 2


def test_a_taken_name_is_handled_as_told(workspace: Product, tmp_path: Path) -> None:
    create(workspace, "Alpha", goal="Theirs")
    file = tmp_path / "alpha.json"
    reznet("agents", "export", "alpha", "-o", str(file), workspace=workspace)
    changed = json.loads(file.read_text()) | {}
    changed["agents"][0]["goal"] = "Mine"
    file.write_text(json.dumps(changed))

    done = reznet("agents", "import", str(file), workspace=workspace)
    assert "Alpha: skipped: @alpha is another agent of that name" in done.stdout
    renamed = reznet("agents", "import", str(file), "--on-conflict", "rename", workspace=workspace)
    assert "Alpha 2: created as @alpha-2, since Alpha is taken" in renamed.stdout
    done = reznet("agents", "import", str(file), "--on-conflict", "replace", workspace=workspace)
    assert "Alpha: replaced as @alpha" in done.stdout


def test_what_fails_is_told_and_nothing_is_imported(workspace: Product, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    agents = [{"name": "Fine", "role": "Tester"}, {"name": "Bad One", "role": "x"}]
    file.write_text(json.dumps({"format": "reznet-agents", "version": 1, "agents": agents}))
    for option in ((), ("--dry-run",)):
        done = reznet("agents", "import", str(file), *option, workspace=workspace)
        assert done.returncode == 1
        assert "Bad One: role: must be at least 3 characters long" in done.stderr
        assert "Nothing" in done.stderr
        assert "Fine" not in done.stdout
    report = reznet("agents", "import", str(file), "--json", workspace=workspace)
    assert json.loads(report.stdout)["failed"][0]["index"] == 1
    assert workspace.get("/agents", custom=True) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": "reznet-agents", "version": 7, "agents": []}', "made by a newer RezNet AI"),
        (b"not json", "not valid JSON"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"", "required"),
    ],
    ids=str,
)
def test_other_files_are_refused_with_the_reason(
    workspace: Product, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(content)
    done = reznet("agents", "import", str(file), workspace=workspace)
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_export_asks_for_whom_and_refuses_what_it_cant_do(
    workspace: Product, tmp_path: Path
) -> None:
    assert reznet("agents", "export", workspace=workspace).returncode == 2
    assert reznet("agents", "export", "qa", "--all-custom", workspace=workspace).returncode == 2
    assert "no custom" in reznet("agents", "export", "--all-custom", workspace=workspace).stderr
    gone = reznet("agents", "export", "nobody", workspace=workspace)
    assert (gone.returncode, "nobody" in gone.stderr) == (1, True)
    nowhere = str(tmp_path / "no" / "folder.json")
    done = reznet("agents", "export", "qa", "-o", nowhere, workspace=workspace)
    assert (done.returncode, "can't be written" in done.stderr) == (1, True)


def test_a_team_is_made_from_its_template(workspace: Product) -> None:
    listed = output(reznet("templates", "list", "--json", workspace=workspace))
    assert [row["id"] for row in listed][:2] == ["software", "marketing"]
    assert "copywriter" in reznet("templates", "list", workspace=workspace).stdout
    chosen = (
        "--agent",
        "writer",
        "--agent",
        "editor",
        "--provider",
        "ollama",
        "--model",
        "llama3",
    )
    made = output(reznet("templates", "use", "content", *chosen, "--json", workspace=workspace))
    assert [agent["handle"] for agent in made["agents"]] == ["writer", "editor"]
    assert made["agents"][0]["config"]["model"] == "llama3"
    again = reznet("templates", "use", "content", "--agent", "writer", workspace=workspace)
    assert "Writer 2: mention @writer-2 (there is a Writer already)" in again.stdout
    wrong = reznet("templates", "use", "nothing", workspace=workspace)
    assert (wrong.returncode, "marketing" in wrong.stderr) == (1, True)
