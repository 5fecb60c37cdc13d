"""A fake LLM service as a process of its own, and the controls that tests have over it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_PROGRAM = Path(__file__).with_name("fake_llm.py")


@dataclass(frozen=True)
class FakeUpstream:
    """A running fake. `url` has no path: OpenAI and Ollama's own API lie at /v1, Anthropic below it."""

    url: str
    pid: int

    def stats(self) -> dict[str, int]:
        """Return the counters: requests, live, peak, client_disconnects, fail:…"""
        return self._call("GET", "stats").json()

    def reset(self) -> None:
        self._call("POST", "reset")

    def defaults(self, **fields: Any) -> None:
        """Set how requests are answered whose model name says nothing else."""
        self._call("PUT", "defaults", json=fields)

    def script(self, key: str, scenarios: list[dict[str, Any]]) -> None:
        """Set what requests of a model `…;script=key` get, one after the other."""
        self._call("PUT", f"scripts/{key}", json=scenarios)

    def marked(self) -> list[dict[str, Any]]:
        """Return every request whose last turn held a mark: mark, text, and when it began and ended."""
        return self._call("GET", "marked").json()

    def requests(self) -> list[dict[str, Any]]:
        """Return the last requests: path, body, headers."""
        return self._call("GET", "requests").json()

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = httpx.request(
            method, f"{self.url}/_ctl/{path}", timeout=10, trust_env=False, **options
        )
        answer.raise_for_status()
        return answer


@contextmanager
def running_upstream(*arguments: str) -> Iterator[FakeUpstream]:
    """Run a fake on a free port for the time of the block; arguments are those of its program."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        # It takes over the socket, so that nobody has to wait for its start.
        process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), "--fd", str(listener.fileno()), *arguments],
            pass_fds=[listener.fileno()],
        )
        port = listener.getsockname()[1]
    try:
        yield FakeUpstream(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(10)
