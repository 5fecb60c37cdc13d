"""The setup of a checkout: which Python is taken, which package settings, and what is repaired."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pip_settings(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("pip_settings")


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The setup, with its environment and its tools in a folder of the test."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    module = importlib.import_module("bootstrap")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv/reznet-setup.json")
    monkeypatch.setattr(module, "TOOLS", tmp_path / ".tools")
    return module


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def find_python(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Search from a folder without .venv, with nothing on PATH but what the test put there."""
    script = str(ROOT / "scripts/find_python.sh")
    return subprocess.run(
        ["/bin/sh", script], cwd=folder, env=environment, capture_output=True, text=True
    )


def pip_that_says(folder: Path, *lines: str) -> list[str]:
    listing = "\n".join(lines)
    return [str(executable(folder / "pip", f"cat <<'END'\n{listing}\nEND"))]


def test_an_index_and_its_extras_reach_uv_as_pip_would_use_them(
    pip_settings: ModuleType, tmp_path: Path
) -> None:
    pip = pip_that_says(
        tmp_path,
        "global.index-url='https://mirror.example/a'",
        "global.extra-index-url='\\nhttps://one.example/b\\nhttps://two.example/c'",
        "global.find-links='wheels more-wheels'",
        "install.trusted-host='one.example two.example'",
    )
    assert pip_settings.uv_settings(pip, {}) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/a",
        "UV_INDEX": "https://one.example/b https://two.example/c",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "wheels,more-wheels",
        "UV_INSECURE_HOST": "one.example two.example",
    }


def test_a_variable_beats_the_install_section_and_that_beats_the_global_one(
    pip_settings: ModuleType, tmp_path: Path
) -> None:
    lines = ["install.index-url='https://install.example'", "global.index-url='https://g.example'"]
    pip = pip_that_says(tmp_path, *lines)
    variable = {"PIP_INDEX_URL": "https://variable.example"}
    assert pip_settings.uv_settings(pip, {})["UV_DEFAULT_INDEX"] == "https://install.example"
    assert pip_settings.uv_settings(pip, variable)["UV_DEFAULT_INDEX"] == variable["PIP_INDEX_URL"]


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_what_is_set_for_uv_is_left_alone(pip_settings: ModuleType, variable: str) -> None:
    environment = {"PIP_INDEX_URL": "https://pip.example", variable: "https://uv.example"}
    assert pip_settings.uv_settings(None, environment) == {}


@pytest.mark.parametrize(("value", "forbidden"), [("1", True), ("true", True), ("0", False)])
def test_an_install_without_any_index_stays_one(
    pip_settings: ModuleType, value: str, forbidden: bool
) -> None:
    settings = pip_settings.uv_settings(None, {"PIP_NO_INDEX": value})
    assert ("UV_NO_INDEX" in settings) is forbidden


@pytest.mark.parametrize("home", ["", "/nonexistent", "/proc"])
def test_without_a_home_to_write_to_the_cache_lies_in_the_checkout(
    pip_settings: ModuleType, tmp_path: Path, home: str
) -> None:
    fallback = tmp_path / "cache"
    assert pip_settings.usable_cache({"HOME": home}, fallback) == {"UV_CACHE_DIR": str(fallback)}


def test_a_home_that_can_be_written_keeps_the_cache(
    pip_settings: ModuleType, tmp_path: Path
) -> None:
    assert pip_settings.usable_cache({"HOME": str(tmp_path)}, tmp_path / "cache") == {}


def test_a_python_that_is_too_old_is_passed_over_for_one_of_pyenv(tmp_path: Path) -> None:
    executable(tmp_path / "bin/python3", "exit 1")
    executable(tmp_path / "pyenv/versions/3.12.9/bin/python", f'exec "{sys.executable}" "$@"')
    answer = find_python(tmp_path, PATH=str(tmp_path / "bin"), PYENV_ROOT=str(tmp_path / "pyenv"))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == sys.executable


def test_a_python_that_is_named_is_taken_or_refused_by_its_name(tmp_path: Path) -> None:
    old = executable(tmp_path / "old", "exit 1")
    refused = find_python(tmp_path, PATH=os.environ["PATH"], PYTHON=str(old))
    assert refused.returncode == 1
    assert str(old) in refused.stderr
    taken = find_python(tmp_path, PATH=os.environ["PATH"], PYTHON=sys.executable)
    assert taken.stdout.strip() == sys.executable


def test_an_environment_without_its_stamp_or_its_python_is_not_in_step(
    bootstrap: ModuleType,
) -> None:
    python = executable(bootstrap.VENV / "bin/python", "exit 0")
    executable(bootstrap.VENV / "bin/reznet", "exit 0")
    assert bootstrap._stamp() == {}
    bootstrap._write_stamp({"python": "a"})
    assert bootstrap._stamp() == {"python": "a"}
    bootstrap.STAMP.write_text('{"python": ')
    assert bootstrap._stamp() == {}
    bootstrap._write_stamp({"python": "a"})
    python.unlink()
    python.symlink_to("gone")
    assert bootstrap._stamp() == {}


def test_the_lock_is_split_without_losing_a_line(bootstrap: ModuleType) -> None:
    bootstrap.TOOLS.mkdir()
    required, optional = bootstrap._split_lock()
    whole = bootstrap.LOCK.read_text().splitlines()
    parts = [required, *optional.values()]
    assert sorted(whole) == sorted(
        line for part in parts for line in part.read_text().splitlines()
    )
    for name, part in optional.items():
        assert part.read_text().startswith(f"{name}==")
        assert f"\n{name}==" not in required.read_text()


def test_an_environment_made_anew_gets_its_packages_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A checkout that was moved: its locks are the same, but nothing is installed any more."""
    calls = tmp_path / "calls"
    uv = f"""[ "$1" = --version ] && echo "uv 9.9.9" && exit
echo "$@" >> "{calls}"
[ "$1" = venv ] && mkdir -p "{bootstrap.VENV}/bin"
exit 0"""
    executable(tmp_path / "path/uv", uv)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}")
    executable(bootstrap.VENV / "bin/python", "exit 0")
    executable(bootstrap.VENV / "bin/reznet", "exit 0")
    bootstrap._write_stamp({**bootstrap._wanted(), "python": "that of another place"})
    bootstrap.set_up()
    steps = [" ".join(line.split()[:2]) for line in calls.read_text().splitlines()]
    assert steps[:2] == ["venv --quiet", "pip sync"]
    assert steps[2:] == ["pip install"] * 5
