"""Run the checks and tests, all of them even after one failed, and end with one summary line.

A part that can't run counts as failed: what has not been checked is not green.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from web_ui import FRONTEND, build, client_is_fresh, web_ui_commands

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv/bin"
RESULTS = ROOT / ".tools/results"
PART_SECONDS = 45 * 60  # a part that hangs must not hang a build for hours

STATIC = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["pyright"],
    "layers": ["lint-imports"],
}


@dataclass(frozen=True)
class Outcome:
    """What became of one part; `seconds` is wall-clock time."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float


def main() -> int:
    """Run the parts that the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check the checkout.")
    parser.add_argument("parts", choices=["all", "static", "tests", "frontend"])
    parts, pytest_arguments = parser.parse_known_args()
    signal.signal(signal.SIGTERM, _stop)
    os.chdir(ROOT)
    started = time.monotonic()
    outcomes: list[Outcome] = []
    if parts.parts in {"all", "static"}:
        outcomes += _static()
    if parts.parts == "frontend" or (parts.parts == "all" and FRONTEND.exists()):
        outcomes += _web_ui()
    if parts.parts in {"all", "tests"}:
        outcomes += _tests(pytest_arguments)
    return _summary(outcomes, time.monotonic() - started)


def _stop(*_: object) -> NoReturn:
    # Ends through `finally`, which ends what was started.
    raise SystemExit(128 + signal.SIGTERM)


def _static() -> list[Outcome]:
    """Two at a time: the long one, types, beside the short ones."""
    names = sorted(STATIC, key=lambda name: name != "types")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(_static_check, names))


def _static_check(name: str) -> Outcome:
    tool, *arguments = STATIC[name]
    started = time.monotonic()
    answer = subprocess.run(
        [str(BIN / tool), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PART_SECONDS,
    )
    if answer.returncode:
        print(f"--- {name}: {tool} {' '.join(arguments)}\n{answer.stdout}", flush=True)
    return _judged(name, answer.returncode == 0, started)


def _web_ui() -> list[Outcome]:
    started = time.monotonic()
    commands, environment = web_ui_commands(dict(os.environ))
    good = bool(commands)
    for command in commands:
        good = good and _live(command, cwd=FRONTEND.parent, environment=environment) == 0
    good = good and client_is_fresh(str(BIN / "python"), environment) and build()
    return [_judged("web UI", good, started)]


def _tests(arguments: Sequence[str]) -> list[Outcome]:
    """The tests in parallel; then those that kill processes, two at a time: they mostly wait."""
    parallel = ["-n", str(_workers()), "--dist", "worksteal"]
    if arguments:
        return [_pytest("tests", [*parallel, *arguments])]
    return [
        _pytest("tests", [*parallel, "-m", "not chaos"]),
        _pytest("chaos tests", ["-n", "2", "--dist", "worksteal", "-m", "chaos"]),
    ]


def _workers() -> int:
    return max(2, min(8, len(os.sched_getaffinity(0)) if sys.platform == "linux" else 4))


def _pytest(name: str, arguments: Sequence[str]) -> Outcome:
    RESULTS.mkdir(parents=True, exist_ok=True)
    report = RESULTS / f"{name.replace(' ', '-')}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    print(f"--- {name}", flush=True)
    pytest = [str(BIN / "python"), "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    code = _live(pytest, cwd=ROOT, environment=dict(os.environ))
    counts = _counts(report)
    failed = counts["failures"] + counts["errors"]
    if code and not failed:
        print(f"{name}: pytest ended with code {code} and names no failed test", flush=True)
        failed = 1  # it could not run, crashed, or found no test
    passed = counts["tests"] - counts["failures"] - counts["errors"] - counts["skipped"]
    return Outcome(name, max(passed, 0), failed, counts["skipped"], time.monotonic() - started)


def _counts(report: Path) -> dict[str, int]:
    """The totals of a JUnit report; zeros when pytest did not live to write it."""
    suites = ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else []
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for name in totals:
            totals[name] += int(suite.get(name, 0))
    return totals


def _live(command: Sequence[str], cwd: Path, environment: dict[str, str]) -> int:
    """Run with the output shown as it comes; returns the exit code, and leaves nothing running."""
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL)
    try:
        return process.wait(timeout=PART_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"Stopped after {PART_SECONDS // 60} minutes: {' '.join(command)}", flush=True)
        return -1
    except KeyboardInterrupt:  # the terminal has told the child too: let it tell its story
        process.wait(timeout=30)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def _judged(name: str, good: bool, started: float) -> Outcome:
    return Outcome(name, int(good), int(not good), 0, time.monotonic() - started)


def _summary(outcomes: Sequence[Outcome], seconds: float) -> int:
    print()
    for part in outcomes:
        verdict = "FAILED" if part.failed else "passed"
        counts = f"{part.passed:5} passed {part.failed:4} failed {part.skipped:4} skipped"
        print(f"{part.name:12} {verdict}  {counts} {part.seconds:8.1f}s")
    passed, failed, skipped = (
        sum(getattr(part, field) for part in outcomes) for field in ("passed", "failed", "skipped")
    )
    words = f" {passed} passed, {failed} failed, {skipped} skipped in {seconds:.2f}s "
    print(f"{words:=^80}", flush=True)
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
