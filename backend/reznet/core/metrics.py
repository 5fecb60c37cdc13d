"""Counts and timings of this process, for Prometheus.

Each process counts for itself and says so in the label `worker`: with several workers behind one
port a scrape reaches one of them, so sum over `worker`.
"""

import os
from collections.abc import Callable, Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

_registry = CollectorRegistry(auto_describe=False)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_requests = Counter(
    "reznet_http_requests",
    "HTTP requests answered.",
    ["method", "route", "status"],
    registry=_registry,
)
_latency = Histogram(
    "reznet_http_request_seconds",
    "Time from a request to the end of its answer.",
    ["method", "route"],
    buckets=_SECONDS,
    registry=_registry,
)
_tasks = Counter(
    "reznet_tasks", "Tasks that entered a status in this process.", ["status"], registry=_registry
)
_unfinished = Gauge(
    "reznet_tasks_unfinished",
    "Tasks of the whole workspace that are not over, by status.",
    ["status"],
    registry=_registry,
)
_first_token = Histogram(
    "reznet_first_token_seconds",
    "Time from the start of a run to the first token of its answer.",
    ["provider"],
    buckets=_SECONDS,
    registry=_registry,
)
_tokens = Counter(
    "reznet_tokens",
    "Tokens of model calls; direction is input or output.",
    ["provider", "model", "direction"],
    registry=_registry,
)
_remembered = Counter(
    "reznet_remembered",
    "What came of completed answers: memories stored, by kind, left out, by reason, and turns that failed.",
    ["outcome", "kind"],
    registry=_registry,
)
_recalls = Counter(
    "reznet_recalls",
    "Runs for which memories were looked up; result is full, words (without meaning) or failed.",
    ["result"],
    registry=_registry,
)
_sockets = Gauge("reznet_sockets", "Connected Socket.IO clients.", registry=_registry)
_pool = Gauge("reznet_database_pool_in_use", "Database connections in use.", registry=_registry)
_lag = Gauge(
    "reznet_projector_lag_seconds",
    "Age of the newest event when it was told to this process's sockets.",
    registry=_registry,
)
_memories = Gauge(
    "reznet_memories",
    "Memories of the whole workspace: with a vector of the embedder, waiting for one, or refused one. "
    "Set by the process that sees to them.",
    ["state"],
    registry=_registry,
)


class _WithWorker(Collector):
    """Adds the label `worker` to every sample."""

    def __init__(self) -> None:
        self.worker = str(os.getpid())

    def collect(self) -> Iterable[Metric]:
        for metric in _registry.collect():
            metric.samples = [
                sample._replace(labels={**sample.labels, "worker": self.worker})
                for sample in metric.samples
            ]
            yield metric


_exposed = _WithWorker()


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(_exposed)  # type: ignore[arg-type]  # it only calls collect()


def name_worker(name: str) -> None:
    """Set the value of the label `worker`; the process id until then."""
    _exposed.worker = name


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Record an answered request. `route` is the template, so that ids make no new series."""
    number, time = _of_request(method, route, status)
    number.inc()
    time.observe(seconds)


@cache
def _of_request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return where such requests are recorded; there are no more of these than series."""
    return _requests.labels(method, route, str(status)), _latency.labels(method, route)


def count_task(status: str) -> None:
    """Record that a task entered a status."""
    _tasks.labels(status).inc()


def set_unfinished_tasks(status: str, number: int) -> None:
    """Set how many tasks of the workspace are in a status that is not final."""
    _unfinished.labels(status).set(number)


def observe_first_token(provider: str, seconds: float) -> None:
    """Record how long a run took to its first token."""
    _first_token.labels(provider).observe(seconds)


def count_tokens(provider: str, model: str, *, sent: int, received: int) -> None:
    """Record the tokens of a model call."""
    _tokens.labels(provider, model, "input").inc(sent)
    _tokens.labels(provider, model, "output").inc(received)


def count_remembered(outcome: str, kind: str, number: int = 1) -> None:
    """Record memories that were stored or left out, or turns that could not be remembered."""
    _remembered.labels(outcome, kind).inc(number)


def count_recall(result: str) -> None:
    """Record that memories were looked up for a run: in full, by their words alone, or in vain."""
    _recalls.labels(result).inc()


def watch_sockets(connected: Callable[[], int]) -> None:
    """Ask the function for the connected clients whenever metrics are read."""
    _sockets.set_function(connected)


def watch_pool(in_use: Callable[[], int]) -> None:
    """Ask the function for the connections in use whenever metrics are read."""
    _pool.set_function(in_use)


def set_projector_lag(seconds: float) -> None:
    """Set how old the newest event was when it was told."""
    _lag.set(seconds)


def set_memories(embedded: int, pending: int, failed: int) -> None:
    """Set how many memories of the workspace have a vector, wait for one, or can't get one."""
    for state, number in (("embedded", embedded), ("pending", pending), ("failed", failed)):
        _memories.labels(state).set(number)
