"""The chat, measured beside a bare floor in one run: `python benchmarks/chat.py` (or `make bench`).

Runs the product, the floor (floor.py), a fake model and a PostgreSQL on this machine, drives both servers with the same
client in turns, and prints what it found beside the targets. See README.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from report import Row, rows_of, table
from servers import (
    ROOT,
    Server,
    Watch,
    databases,
    fake_model,
    floor,
    product,
    start_times,
)

TTFT_MS = 200
MODELS = {
    "Bench Short": f"fake;ttft={TTFT_MS / 1000};rate=50;n=10",
    "Bench Steady": f"fake;ttft={TTFT_MS / 1000};rate=50;n=100",
    "Bench Rapid": "fake;rate=0;n={relay_tokens}",
    "Bench Mindful": f"fake;ttft={TTFT_MS / 1000};rate=50;n=10",
}
# Has memories, and makes new ones of each answer; the others do what the floor does.
MINDFUL = "Bench Mindful"
MEMORIES = 100
CHANNELS = 100
_JOB_SECONDS = 300


@dataclass(frozen=True)
class Plan:
    """How long and how often each thing is measured."""

    rounds: int
    post_seconds: float
    fan_out_posts: int
    mix_seconds: float
    alone: int
    streams: tuple[int, ...]
    relay_tokens: int
    idle_seconds: float


FULL = Plan(3, 3.0, 25, 8.0, 10, (1, 25, 50, 100), 400, 5.0)
QUICK = Plan(1, 0.5, 6, 2.0, 3, (1, 25, 100), 80, 1.0)


def main() -> None:
    arguments = _arguments()
    plan = QUICK if arguments.quick else FULL
    began, load = datetime.now(UTC), os.getloadavg()[0]
    with ExitStack() as stack:
        urls = stack.enter_context(databases(arguments.database_url, ["product", "floor"]))
        upstream = stack.enter_context(fake_model())
        _say("start: cold and warm")
        results: dict[str, Any] = {"start": start_times(upstream)}
        servers = [
            stack.enter_context(product(urls[0], upstream)),
            stack.enter_context(floor(urls[1], upstream, arguments.floor_window)),
        ]
        models = {name: model.format(**asdict(plan)) for name, model in MODELS.items()}
        lengths = {name: _answer_length(upstream, model) for name, model in models.items()}
        for server in servers:
            server.furnish(models, CHANNELS, {MINDFUL})
        bench = Bench(plan, servers, lengths)
        bench.run()
        results |= bench.results
    rows = rows_of(results, plan.streams)
    print(_heading(plan, began, load, arguments.floor_window))
    print(table(rows))
    missed = sum(row.met is False for row in rows)
    held = sum(row.met is True for row in rows)
    print(f"\n{held} targets and aims held, {missed} missed")
    if arguments.json is not None:
        _write_json(arguments.json, plan, (began, load), rows, results)


class Bench:
    """Takes the measurements in turns, because a shared machine has good and bad moments."""

    def __init__(self, plan: Plan, servers: Sequence[Server], lengths: dict[str, int]) -> None:
        self._plan = plan
        self._servers = servers
        self._lengths = lengths
        self.results: dict[str, Any] = {server.name: {} for server in servers}

    def run(self) -> None:
        # PostgreSQL plans a statement anew the first five times on each connection.
        for server in self._servers:
            self._load(server, "streams", **self._asked("Bench Short", server, 100), repeats=3)
        for turn in range(self._plan.rounds):
            order = self._servers if turn % 2 == 0 else self._servers[::-1]
            self._round(turn, order)
        for server in self._servers:
            server.until_rests()
            _say(f"idle: {server.name}")
            self.results[server.name]["idle"] = server.idle_cpu(self._plan.idle_seconds)
        self._mindful(self._servers[0])

    def _round(self, turn: int, order: Sequence[Server]) -> None:
        plan = self._plan
        steps: list[tuple[str, Any]] = [
            (f"posts {clients}", lambda server, clients=clients: self._posts(server, clients))
            for clients in (1, 10, 100)
        ]
        steps += [("fan_out", self._fan_out), ("mix", self._mix)]
        steps += [
            (f"streams {count}", lambda server, count=count: self._streams(server, count))
            for count in plan.streams
        ]
        steps.append(("relay", self._relay))
        for key, measure in steps:
            for server in order:
                _say(f"round {turn + 1}/{plan.rounds}: {key}: {server.name}")
                self._keep(server, key, measure(server))

    def _mindful(self, server: Server) -> None:
        """Take the times to the first token of an agent that recalls, and embeds what was said meanwhile."""
        self._load(server, "streams", **self._asked(MINDFUL, server, 50), repeats=4)
        server.until_remembered(MINDFUL, MEMORIES)
        for turn in range(self._plan.rounds):
            for count in self._plan.streams:
                _say(f"round {turn + 1}/{self._plan.rounds}: with memories {count}: {server.name}")
                repeats = self._plan.alone if count == 1 else 1
                asked = self._asked(MINDFUL, server, count)
                samples = self._load(server, "streams", **asked, repeats=repeats)
                samples["ms"] = [value - TTFT_MS for value in samples["ms"]]
                self._keep(server, f"mindful {count}", samples)

    def _posts(self, server: Server, clients: int) -> dict[str, Any]:
        return self._load(
            server,
            "posts",
            channel=server.channels[0],
            clients=clients,
            seconds=self._plan.post_seconds,
        )

    def _fan_out(self, server: Server) -> dict[str, Any]:
        return self._load(
            server,
            "fan_out",
            channel=server.channels[1],
            sockets=200,
            posts=self._plan.fan_out_posts,
            pause=0.05,
        )

    def _mix(self, server: Server) -> dict[str, Any]:
        return self._load(
            server,
            "mix",
            channels=server.channels[2:12],
            users=100,
            seconds=self._plan.mix_seconds,
        )

    def _streams(self, server: Server, count: int) -> dict[str, Any]:
        """Return the times that came on top of the model's own, the first token's lying at its own time."""
        agent = "Bench Short" if count == 1 else "Bench Steady"
        asked = self._asked(agent, server, count)
        repeats = self._plan.alone if count == 1 else 1
        with Watch(server) as watch:
            samples = self._load(server, "streams", **asked, repeats=repeats)
        samples["ms"] = [value - TTFT_MS for value in samples["ms"]]
        if count == 100:
            self._peaks(server, watch)
        if server.name == "product":
            starts = self.results[server.name].setdefault(f"run_start {count}", [])
            starts += samples["starts"]
        return samples

    def _relay(self, server: Server) -> dict[str, Any]:
        with Watch(server) as watch:
            samples = self._load(
                server, "streams", **self._asked("Bench Rapid", server, 100), repeats=1
            )
        self._peaks(server, watch)
        return samples

    def _peaks(self, server: Server, watch: Watch) -> None:
        found = self.results[server.name]
        found["memory"] = max(found.get("memory", 0), watch.memory)
        found["connections"] = max(found.get("connections", 0), watch.connections)

    def _keep(self, server: Server, key: str, samples: dict[str, Any]) -> None:
        kept = self.results[server.name].setdefault(key, {})
        for name, value in samples.items():
            kept.setdefault(name, []).append(value)
        if key == "relay":
            kept["tokens"] = len(kept["ms"]) * CHANNELS * self._plan.relay_tokens

    def _asked(self, agent: str, server: Server, count: int) -> dict[str, Any]:
        return {
            "agent": agent.lower().replace(" ", "-"),
            "length": self._lengths[agent],
            "channels": server.channels[-count:],
        }

    def _load(self, server: Server, kind: str, **job: Any) -> dict[str, Any]:
        cpu = server.cpu_seconds()
        answer = subprocess.run(
            [sys.executable, str(ROOT / "benchmarks/load.py")],
            input=json.dumps({"kind": kind, "url": server.url, **job}).encode(),
            stdout=subprocess.PIPE,
            timeout=_JOB_SECONDS,
            check=False,
        )
        if answer.returncode != 0:
            raise RuntimeError(f"the client of {kind!r} against the {server.name} failed")
        return json.loads(answer.stdout) | {"cpu": server.cpu_seconds() - cpu}


def _answer_length(upstream: str, model: str) -> int:
    """Return how many characters the fake model answers; asked without streaming, it waits for its own time."""
    body = {"model": model, "messages": [{"role": "user", "content": "Hello."}]}
    answer = httpx.post(f"{upstream}/chat/completions", json=body, timeout=30, trust_env=False)
    answer.raise_for_status()
    return len(answer.json()["choices"][0]["message"]["content"])


def _heading(plan: Plan, began: datetime, load: float, window: float) -> str:
    form = f"{window * 1000:g} ms of tokens a packet" if window else "a packet a token"
    rounds = f"{plan.rounds} round{'s' if plan.rounds > 1 else ''}"
    return (
        f"\n{began:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores shared by client, model, database and server,"
        f" Python {platform.python_version()}, {rounds}, floor: {form}\n"
        f"load of the machine before it began: {load:.1f} (other work makes every figure worse)\n"
    )


def _write_json(
    path: Path,
    plan: Plan,
    began: tuple[datetime, float],
    rows: Sequence[Row],
    results: dict[str, Any],
) -> None:
    report = {
        "began": began[0].isoformat(),
        "load_before": began[1],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "plan": asdict(plan),
        "figures": [row.as_json() for row in rows],
        "samples": results,
    }
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the product beside a bare floor.")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument(
        "--database-url",
        help="a PostgreSQL server where databases may be created; default: an embedded one",
    )
    parser.add_argument(
        "--floor-window",
        type=float,
        default=0,
        metavar="SECONDS",
        help="let the floor gather tokens this long, as the product does; default: a packet a token",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write figures and samples there"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
