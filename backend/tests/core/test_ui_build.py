"""When the web UI of a checkout is built, and what is left when that goes wrong.

The checkouts here have a builder of their own in the place of Vite, which takes no packages to run.
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reznet.core import ui_build
from reznet.core.ui_build import UiNotBuilt, build_ui, is_fresh

ROOT = Path(__file__).resolve().parents[3]
BUILDER = """
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
const out = process.argv[process.argv.indexOf("--outDir") + 1];
appendFileSync("../builds", "x");
mkdirSync(out, { recursive: true });
if (process.env.NODE_ENV) throw new Error("NODE_ENV");
if (existsSync("../fail")) writeFileSync(`${out}/half.html`, "half");
if (existsSync("../fail")) { console.error("the reason"); process.exit(3); }
writeFileSync(`${out}/index.html`, readFileSync("src/page.html", "utf8"));
"""

pytestmark = pytest.mark.skipif(
    ui_build.find_node(os.environ) is None, reason="needs a Node.js that is new enough"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small checkout whose packages are installed."""
    for folder in ("frontend/src", "frontend/node_modules/vite/bin", "scripts", "backend/reznet"):
        (tmp_path / folder).mkdir(parents=True)
    frontend = tmp_path / "frontend"
    (frontend / "package.json").write_text('{"type": "module"}')
    (frontend / "package-lock.json").write_text("{}")
    (frontend / "node_modules/.package-lock.json").write_text("{}")
    (frontend / "node_modules/vite/package.json").write_text('{"type": "module"}')
    (frontend / "node_modules/vite/bin/vite.js").write_text(BUILDER)
    (frontend / "src/page.html").write_text("<p>first</p>" * 100)
    shutil.copy(ROOT / "scripts/compress_ui.mjs", tmp_path / "scripts")
    return tmp_path


def quiet(_line: str) -> None:
    """Say nothing."""


def builds(root: Path) -> int:
    return len((root / "builds").read_text()) if (root / "builds").exists() else 0


def page(root: Path) -> str:
    return (root / ui_build.BUILT / "index.html").read_text()


def test_it_is_built_once_and_again_when_its_sources_change(root: Path) -> None:
    said: list[str] = []
    assert build_ui(root, said.append)
    assert "only the first time" in said[0]
    assert not build_ui(root, said.append)
    assert len(said) == 2
    (root / "frontend/src/page.html").write_text("<p>second</p>")
    assert build_ui(root, quiet)
    assert page(root) == "<p>second</p>"
    (root / "frontend/src/extra.ts").write_text("")
    assert build_ui(root, quiet)
    (root / "frontend/src/extra.ts").unlink()
    assert build_ui(root, quiet)
    assert builds(root) == 4


def test_tests_and_what_tools_leave_are_no_sources(root: Path) -> None:
    build_ui(root, quiet)
    for name in ("src/page.test.ts", "tsconfig.tsbuildinfo", "dist/index.html", "node_modules/x"):
        (root / "frontend" / name).parent.mkdir(exist_ok=True)
        (root / "frontend" / name).write_text("")
    assert is_fresh(root)


def test_large_texts_are_compressed(root: Path) -> None:
    build_ui(root, quiet)
    built = root / ui_build.BUILT
    size = (built / "index.html").stat().st_size
    assert 0 < (built / "index.html.br").stat().st_size < (built / "index.html.gz").stat().st_size
    assert (built / "index.html.gz").stat().st_size < size


def test_a_build_that_fails_says_why_and_leaves_the_last_one(root: Path) -> None:
    build_ui(root, quiet)
    (root / "frontend/src/page.html").write_text("<p>second</p>")
    (root / "fail").touch()
    with pytest.raises(UiNotBuilt, match=r"(?s)vite build.*\(3\).*the reason"):
        build_ui(root, quiet)
    assert page(root).startswith("<p>first</p>")
    assert not (root / ui_build.BUILT / "half.html").exists()
    (root / "fail").unlink()
    assert build_ui(root, quiet)


def test_what_a_killed_build_left_is_not_served(root: Path) -> None:
    new = root / ".tools/ui-new"
    new.mkdir(parents=True)
    (new / "index.html").write_text("half")
    (new / "stale.js").write_text("half")
    assert build_ui(root, quiet)
    assert page(root).startswith("<p>first</p>")
    assert not (root / ui_build.BUILT / "stale.js").exists()
    (root / ui_build.BUILT / "index.html").unlink()
    assert not is_fresh(root)


def test_two_starts_at_once_build_once(root: Path) -> None:
    built: list[bool] = []
    threads = [
        threading.Thread(target=lambda: built.append(build_ui(root, quiet))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(built) == [False, False, False, True]
    assert builds(root) == 1


def test_a_debugging_environment_makes_no_debugging_build(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_ENV", "development")
    assert build_ui(root, quiet)


def test_without_node_it_says_what_is_needed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    monkeypatch.setattr(ui_build.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UiNotBuilt, match=r"Node\.js 20\.19"):
        build_ui(root, quiet)


@pytest.mark.parametrize(
    ("version", "right"),
    [("v18.20.0", False), ("v20.18.9", False), ("v20.19.0", True), ("v21.7.0", False),
     ("v22.11.0", False), ("v22.12.0", True), ("v24.1.0", True), ("nonsense", False)],
)  # fmt: skip
def test_an_old_node_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch, version: str, right: bool
) -> None:
    for name in ("node", "npm"):
        (root / name).write_text(f"#!/bin/sh\necho {version}\n")
        (root / name).chmod(0o755)
    monkeypatch.setattr(ui_build.importlib.util, "find_spec", lambda _name: None)
    assert (ui_build.find_node({"PATH": str(root)}) is not None) == right


def test_the_folder_is_one_that_git_ignores(root: Path) -> None:
    shutil.copy(ROOT / ".gitignore", root)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    build_ui(root, quiet)
    answer = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=root, capture_output=True, text=True
    )
    assert "static" not in answer.stdout
    assert ".tools" not in answer.stdout


def test_the_hook_of_the_packages_can_load_it_alone() -> None:
    code = "import runpy, sys; runpy.run_path(sys.argv[1])"
    subprocess.run([sys.executable, "-ISc", code, str(ui_build.__file__)], check=True)
