"""What agents remember, on the command line."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reznet.cli.memory_lines import Refused, read
from tests.support.commands import output, reznet
from tests.support.product import Product, product

pytestmark = pytest.mark.timeout(300)  # commands start slowly where much else runs


@pytest.fixture(scope="module")
def workspace() -> Iterator[Product]:
    with tempfile.TemporaryDirectory(prefix="reznet-memories-") as name:
        Path(name).chmod(0o711)
        with product(Path(name)) as running:
            yield running


@pytest.fixture
def agent(workspace: Product) -> Iterator[str]:
    made = workspace.post("/agents", {"name": "Alpha", "role": "Tester"})
    yield made["id"]
    workspace.http.delete(f"/agents/{made['id']}").raise_for_status()


def lines(*memories: object) -> str:
    return "".join(json.dumps(memory, ensure_ascii=False) + "\n" for memory in memories)


def test_lines_are_imported_listed_searched_and_never_twice(
    workspace: Product, agent: str, tmp_path: Path
) -> None:
    file = tmp_path / "history.jsonl"
    said = [
        {"content": "Ada: I moved to Rome.", "said_at": "2024-05-01T12:00:00Z", "kind": "episode"},
        {"content": "Café au lait", "metadata": {"from": "diary"}},
        # More than a request takes, in two ways.
        *({"content": f"Number {n}", "metadata": {"pad": "é" * 3900}} for n in range(115)),
    ]
    file.write_text("\ufeff" + lines(*said) + "\n\n", encoding="utf-8")
    done = reznet("memories", "import", str(file), "--agent", "@alpha", workspace=workspace)
    assert (done.returncode, "117 stored, 0 were there" in done.stderr) == (0, True), done.stderr
    again = reznet(
        "memories",
        "import",
        "-",
        "-a",
        "Alpha",
        "--json",
        workspace=workspace,
        stdin=file.read_text("utf-8"),
    )
    assert output(again) == {"stored": 0, "already_there": 117, "expired": 0}
    listed = output(
        reznet(
            "memories",
            "list",
            "--agent",
            agent,
            "--kind",
            "episode",
            "--json",
            workspace=workspace,
        )
    )
    assert [memory["content"] for memory in listed] == ["Ada: I moved to Rome."]
    found = reznet(
        "memories",
        "search",
        "Where does Ada live?",
        "--agent",
        "alpha",
        "--limit",
        "1",
        workspace=workspace,
    )
    assert "2024-05-01 12:00" in found.stdout
    assert "Ada: I moved to Rome." in found.stdout


def test_an_export_brings_everything_to_another_agent(
    workspace: Product, agent: str, tmp_path: Path
) -> None:
    base = f"/agents/{agent}/memories"
    old = workspace.post(base, {"content": "Ada lives in Paris."})
    middle = workspace.post(base, {"content": "Ada lives in Oslo."})
    new = workspace.post(base, {"content": "Ada lives in Rome.", "pinned": True})
    for one, by in ((old, middle), (middle, new)):
        workspace.http.put(
            f"{base}/{one['id']}", json={"superseded_by": by["id"]}
        ).raise_for_status()
    file = tmp_path / "alpha.json"
    done = reznet("memories", "export", "--agent", "alpha", str(file), workspace=workspace)
    assert done.returncode == 0, done.stderr
    assert (
        reznet("memories", "export", "-a", "alpha", workspace=workspace).stdout[:9]
        == file.read_text()[:9]
    )
    assert list(tmp_path.iterdir()) == [file]
    exported = json.loads(file.read_text())["memories"]
    exported[0]["expires_at"] = "2020-01-01T00:00:00Z"
    exported[0]["content"] = "Over"
    both = json.loads(file.read_text())
    both["memories"].append({**exported[0], "id": "x"})
    file.write_text(json.dumps(both))
    beta = workspace.post("/agents", {"name": "Beta", "role": "Tester"})
    done = reznet(
        "memories", "import", str(file), "--agent", "beta", "--json", workspace=workspace
    )
    assert output(done) == {"stored": 3, "already_there": 0, "expired": 1}
    found = workspace.get(f"/agents/{beta['id']}/memories", q="Where does Ada live?")
    assert [memory["content"] for memory in found] == ["Ada lives in Rome."]
    listed = {m["content"]: m for m in workspace.get(f"/agents/{beta['id']}/memories")}
    middle_there = listed["Ada lives in Oslo."]
    assert listed["Ada lives in Paris."]["superseded_by"] == middle_there["id"]
    assert found[0]["pinned"]
    workspace.http.delete(f"/agents/{beta['id']}").raise_for_status()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lines({"content": "x"}, {"content": " "}), "line 2: content: must not be blank"),
        (lines({"content": "x"}) + "{\n", "line 2: is not valid JSON"),
        (lines({"content": "x"}, {"text": "x"}), "line 2: text: is not a known field"),
        (lines({"content": "x", "said_at": "noon"}), "line 1: said_at:"),
        (lines({"content": "x", "expires_at": "noon"}), "line 1: expires_at:"),
        (lines(["x"]), "line 1: must be an object"),
        ('{"content": "x", "importance": NaN}', "line 1: is not valid JSON"),
        ('{"version": 7, "memories": []}', "made by a newer RezNet AI"),
        ('{"version": 1, "memories": [{"content": 7}]}', "memory 1: content: must be text"),
        ('{"version": 1, "memories": [{"content": "x"}', "not whole"),
        ('{"version": 1}', "memories: must be a list"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_field(content: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        read(content.encode())
    assert any(words in problem for problem in caught.value.problems)


def test_files_in_other_codes_are_refused() -> None:
    with pytest.raises(Refused, match="UTF-8"):
        read("{}".encode("utf-16"))


def test_what_others_refer_to_comes_first_whatever_the_file_holds() -> None:
    told = [
        {"id": "old", "content": "1", "superseded_by": "mid"},
        {"id": "mid", "content": "2", "superseded_by": "new", "summarized_by": "sum"},
        {"id": "new", "content": "3"},
        {"id": "ring", "content": "4", "superseded_by": "gnir"},
        {"id": "gnir", "content": "5", "superseded_by": "ring"},
        {"id": "self", "content": "6", "superseded_by": "self"},
        {"id": "sum", "content": "7"},
        {"id": "lost", "content": "8", "summarized_by": "nowhere"},
    ]
    order = [row.id for row in read(lines(*told).encode())]
    assert sorted(order) == sorted(one["id"] for one in told)
    assert max(order.index("new"), order.index("sum")) < order.index("mid") < order.index("old")
    chain = [{"id": str(n), "content": "x", "superseded_by": str(n + 1)} for n in range(5000)]
    assert [row.id for row in read(lines(*chain).encode())] == [
        str(n) for n in range(4999, -1, -1)
    ]


def test_what_cant_be_done_is_told(workspace: Product, agent: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no" / "folder.json")
    done = reznet("memories", "export", "-a", "alpha", nowhere, workspace=workspace)
    assert (done.returncode, "can't be written" in done.stderr) == (1, True), done.stderr
    wrong = lines({"content": "x"}, {"content": " "})
    done = reznet("memories", "import", "-", "--agent", "alpha", workspace=workspace, stdin=wrong)
    assert (done.returncode, "line 2: content: must not be blank" in done.stderr) == (1, True)
    assert "Nothing was imported" in done.stderr
    assert workspace.get(f"/agents/{agent}/memories") == []
    gone = reznet("memories", "list", "--agent", "nobody", workspace=workspace)
    assert (gone.returncode, "nobody" in gone.stderr) == (1, True)
