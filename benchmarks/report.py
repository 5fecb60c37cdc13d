"""Figures beside each other, with the targets they are held to."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_BYTES = 1024 * 1024


def rows_of(results: dict[str, Any], streams: Sequence[int]) -> list["Row"]:
    """Return the figures of a run, in the order in which they are printed."""
    rows: list[Row] = []
    for clients in (1, 10, 100):
        rows += _posts(results, clients)
    rows += _fan_out(results)
    rows += _mix(results)
    for count in streams:
        rows += _first_token(results, count)
    for count in streams:
        rows += _with_memories(results, count)
    rows += _relay(results)
    rows += [_run_start(results, count) for count in streams]
    rows += _cost(results)
    rows += _start(results)
    return rows


@dataclass(frozen=True)
class Row:
    """One figure: of the product, of the floor, and what it should be."""

    name: str
    unit: str
    product: float | None
    floor: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Product over floor."""
        return self.product / self.floor if self.product is not None and self.floor else None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text."""
    head = ("", "product", "floor", "ratio", "target", "")
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        mark = {True: "pass", False: "MISS", None: ""}[row.met]
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        unit = f"{row.name} [{row.unit}]" if row.unit else row.name
        lines.append((unit, _number(row.product), _number(row.floor), ratio, row.target, mark))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in {1, 2, 3} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def percentile(samples: Sequence[float], percent: int) -> float:
    """Return a percentile, interpolated between the neighbouring samples."""
    if len(samples) < 2:
        return samples[0]
    return statistics.quantiles(samples, n=100, method="inclusive")[percent - 1]


def _posts(results: dict[str, Any], clients: int) -> list[Row]:
    key = f"posts {clients}"
    sides = {side: results[side][key] for side in ("product", "floor")}
    p50, p95 = (_both(results, key, percent) for percent in (50, 95))
    rate = _pair(sum(map(len, side["ms"])) / sum(side["seconds"]) for side in sides.values())
    cpu = _pair(1000 * sum(side["cpu"]) / sum(map(len, side["ms"])) for side in sides.values())
    name = f"post a message, {clients} client{'s' if clients > 1 else ''}"
    return [
        _at_most(f"{name}, p50", "ms", p50, ratio=2),
        Row(f"{name}, p95", "ms", *p95),
        Row(f"{name}, rate", "posts/s", *rate),
        Row(f"{name}, server's CPU for each", "ms", *cpu),
    ]


def _fan_out(results: dict[str, Any]) -> list[Row]:
    name = "seen by 200 sockets"
    p95 = _both(results, "fan_out", 95)
    return [
        Row(f"{name}, p50", "ms", *_both(results, "fan_out", 50)),
        _at_most(f"{name}, p95", "ms", p95, limit=500),
        _at_most(f"{name}, p95, aim", "ms", p95, ratio=1.5),
    ]


def _mix(results: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    names = {
        "agents": "list agents",
        "messages": "list messages",
        "post": "post a message",
        "message": "get a message",
    }
    for act, name in names.items():
        p50, p95 = (
            _pair(
                percentile(_flat(results[side]["mix"]["ms"], act), percent)
                for side in ("product", "floor")
            )
            for percent in (50, 95)
        )
        rows += [
            _at_most(f"100 users: {name}, p50", "ms", p50, limit=200),
            _at_most(f"100 users: {name}, p95", "ms", p95, limit=1000),
        ]
    return rows


def _first_token(results: dict[str, Any], count: int) -> list[Row]:
    key = f"streams {count}"
    name = f"added to the first token, {count} stream{'s' if count > 1 else ''}"
    p50, p95 = (_both(results, key, percent) for percent in (50, 95))
    if count == 1:
        return [
            _at_most(f"{name}, p50", "ms", p50, limit=40),
            # Two seconds, of which a model may take one and a half.
            _at_most(f"{name}, p95", "ms", p95, limit=500),
        ]
    return [Row(f"{name}, p50", "ms", *p50), _at_most(f"{name}, p95", "ms", p95, ratio=1.5)]


def _with_memories(results: dict[str, Any], count: int) -> list[Row]:
    """Return the same of an agent that has memories, beside the floor, which has none."""
    name = f"… with memories, {count} stream{'s' if count > 1 else ''}"
    p50, p95 = (
        (
            percentile(_joined(results["product"][f"mindful {count}"]["ms"]), percent),
            percentile(_joined(results["floor"][f"streams {count}"]["ms"]), percent),
        )
        for percent in (50, 95)
    )
    if count == 1:
        return [_at_most(f"{name}, p50", "ms", p50, limit=40), Row(f"{name}, p95", "ms", *p95)]
    return [Row(f"{name}, p50", "ms", *p50), _at_most(f"{name}, p95", "ms", p95, ratio=1.5)]


def _relay(results: dict[str, Any]) -> list[Row]:
    sides = [results[side]["relay"] for side in ("product", "floor")]
    rates = _pair(side["tokens"] / sum(_joined(side["seconds"])) for side in sides)
    cpu = _pair(1e6 * sum(side["cpu"]) / side["tokens"] for side in sides)
    met = rates[0] >= 0.8 * rates[1]
    return [
        Row("relayed at 100 streams", "tokens/s", *rates, "≥ 0.8x floor", met),
        Row("relayed at 100 streams, server's CPU for each", "µs", *cpu),
    ]


def _run_start(results: dict[str, Any], count: int) -> Row:
    p95 = percentile(results["product"][f"run_start {count}"], 95)
    name = f"run starts after its message, {count} stream{'s' if count > 1 else ''}, p95"
    return _at_most(name, "ms", (p95, None), limit=100)


def _cost(results: dict[str, Any]) -> list[Row]:
    memory = _pair(results[side]["memory"] / _BYTES for side in ("product", "floor"))
    connections = _pair(float(results[side]["connections"]) for side in ("product", "floor"))
    return [
        _at_most("memory at 100 streams, peak", "MiB", memory, limit=512),
        _at_most("memory at 100 streams, peak, aim", "MiB", memory, limit=250),
        _at_most("database connections, peak", "", connections, limit=100),
        _at_most("database connections, peak, aim", "", connections, limit=30),
        Row(
            "idle CPU",
            "% of a core",
            *_pair(results[side]["idle"] for side in ("product", "floor")),
        ),
    ]


def _start(results: dict[str, Any]) -> list[Row]:
    times = results["start"]
    return [
        _at_most("start to healthy, cold", "s", (times["cold"], None), limit=15),
        _at_most("start to healthy, warm", "s", (times["warm"], None), limit=5),
    ]


def _at_most(
    name: str,
    unit: str,
    pair: tuple[float, float | None],
    *,
    limit: float | None = None,
    ratio: float | None = None,
) -> Row:
    product, floor = pair
    if ratio is not None:
        assert floor is not None
        return Row(name, unit, product, floor, f"≤ {ratio:g}x floor", product <= ratio * floor)
    assert limit is not None
    return Row(name, unit, product, floor, f"< {limit:g}", product < limit)


def _both(results: dict[str, Any], key: str, percent: int) -> tuple[float, float]:
    return _pair(
        percentile(_joined(results[side][key]["ms"]), percent) for side in ("product", "floor")
    )


def _pair(values: Any) -> tuple[float, float]:
    product, floor = values
    return product, floor


def _joined(rounds: Sequence[Any]) -> list[float]:
    return [value for one in rounds for value in (one if isinstance(one, list) else [one])]


def _flat(rounds: Sequence[dict[str, list[float]]], act: str) -> list[float]:
    return [value for one in rounds for value in one[act]]


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
