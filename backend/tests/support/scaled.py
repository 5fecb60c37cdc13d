"""A look at a running product from outside: its workers, its log, and sockets on a chosen worker."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.product import Product, wait_for

_WORKER = re.compile(rb'reznet_sockets\{worker="(\d+)"\}')
_TRIES = 200


class Listener:
    """A Socket.IO client in a thread of its own, which keeps what it hears, in order."""

    def __init__(self, product: Product) -> None:
        """Connect."""
        address = product.address.replace("http", "ws", 1)
        self._open = ExitStack()
        self.wire: ClientConnection = self._open.enter_context(
            connect(f"{address}/socket.io/?EIO=4&transport=websocket", max_size=None, proxy=None)
        )
        self.port: int = self.wire.local_address[1]
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._acks: dict[int, Any] = {}
        assert str(self.wire.recv(10)).startswith("0")
        self.wire.send("40")
        assert str(self.wire.recv(10)).startswith("40")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def call(self, event: str, **payload: Any) -> dict[str, Any]:
        """Send an event and return its acknowledgement, which has to be `ok`."""
        number = len(self._acks) + 1
        self._acks[number] = None
        self.wire.send(f"42{number}{json.dumps([event, payload])}")
        ack = wait_for(f"an answer to {event}", lambda: self._acks[number])[0]
        assert ack["ok"], ack
        return ack

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return what was heard of an event."""
        return [data for name, data in list(self.heard) if name == event]

    def events(self) -> list[tuple[str, int]]:
        """Return name and id of the durable events heard."""
        return [(name, data["event_id"]) for name, data in list(self.heard) if "event_id" in data]

    def texts(self) -> list[str]:
        """Return the texts of the people's messages heard."""
        sent = [data["message"] for data in self.of("message_sent")]
        return [message["content"] for message in sent if message["author"]["kind"] == "user"]

    def live_text(self, message_id: str) -> str:
        """Return the newest attempt's text as its deltas give it; fail when they leave a gap."""
        pieces = [data for data in self.of("message_delta") if data["message_id"] == message_id]
        text = ""
        for piece in pieces:
            if piece["attempt"] != pieces[-1]["attempt"]:
                continue
            assert piece["offset"] <= len(text), f"a gap at {len(text)}"
            text = text[: piece["offset"]] + piece["text"]
        return text

    def close(self) -> None:
        """Leave."""
        self._open.close()
        self._thread.join(10)

    def _listen(self) -> None:
        try:
            for frame in self.wire:
                self._take(str(frame))
        except ConnectionClosed:
            return

    def _take(self, frame: str) -> None:
        if frame == "2":
            self.wire.send("3")
        elif frame.startswith("42"):
            event, data = json.loads(frame[2:])
            self.heard.append((event, data))
        elif frame.startswith("43"):
            number, _, rest = frame[2:].partition("[")
            self._acks[int(number)] = json.loads("[" + rest)


def workers(product: Product) -> list[psutil.Process]:
    """Return the serving processes that the product's process has started and that live."""
    return [
        child
        for child in product.children()
        if child.status() != psutil.STATUS_ZOMBIE and "reznet.worker" in " ".join(_line(child))
    ]


def wait_for_workers(product: Product, number: int) -> list[int]:
    """Return the ids of the workers once so many answer."""
    seen: set[int] = set()

    def all_answer() -> list[int] | None:
        alive = {worker.pid for worker in workers(product)}
        with _client(product) as http:
            seen.add(_worker_of(http))
        found = sorted(alive & seen)
        return found if len(found) == number == len(alive) else None

    return wait_for(f"{number} workers answer", all_answer, seconds=60)


@contextmanager
def via(product: Product, pid: int) -> Iterator[httpx.Client]:
    """Give a client of the API that reaches a chosen worker; use it at once, before it idles."""
    for _ in range(_TRIES):
        with _client(product) as http:
            if _worker_of(http) == pid:
                yield http
                return
    raise AssertionError(f"no connection reached worker {pid}")


@contextmanager
def listening(product: Product, pid: int | None = None) -> Iterator[Listener]:
    """Give a socket client, on a chosen worker if one is named."""
    for _ in range(_TRIES):
        listener = Listener(product)
        if pid is None or listener.port in _peers(pid):
            try:
                yield listener
            finally:
                listener.close()
            return
        listener.close()
    raise AssertionError(f"no socket reached worker {pid}")


def faults(log: Path, *, expected: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Return what of a log tells of a fault: errors, and tracebacks of any level."""
    return [
        line for line in log.read_text().splitlines() if _is_fault(line) and not expected(line)
    ]


def _is_fault(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return "Traceback" in line or "Error" in line
    return entry.get("level") in {"error", "critical"} or "exception" in entry


def _client(product: Product) -> httpx.Client:
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return httpx.Client(
        base_url=f"{product.address}/api", timeout=30, trust_env=False, limits=limits
    )


def _worker_of(http: httpx.Client) -> int:
    found = _WORKER.search(http.get(http.base_url.join("/metrics")).content)
    assert found, "metrics don't name the worker"
    return int(found[1])


def _peers(pid: int) -> set[int]:
    """Return the ports of the clients that a process is connected with."""
    return {c.raddr.port for c in psutil.Process(pid).net_connections("tcp") if c.raddr}


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
