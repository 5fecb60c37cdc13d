"""A service that embeds as OpenAI's does, with vectors of any size, and with the faults that such services have."""

import hashlib
import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Texts that hold these words get what they say.
REJECTED, ZERO, NOT_A_NUMBER, SHORT = "rejected-text", "zero-text", "nan-text", "short-text"


@dataclass
class FakeEmbedder:
    """What the service does; `sizes` are those of its models' vectors."""

    sizes: dict[str, int]
    url: str = ""
    is_away: bool = False
    texts: list[str] = field(default_factory=list)

    def answer(self, model: str, texts: list[str]) -> tuple[int, object]:
        """Return status and body."""
        if self.is_away:
            return 503, {"error": {"message": "away"}}
        self.texts += texts
        if any(REJECTED in text for text in texts):
            return 400, {"error": {"message": "this text can't be embedded"}}
        data = [
            {"object": "embedding", "index": place, "embedding": self._vector(model, text)}
            for place, text in enumerate(texts)
        ]
        return 200, {"object": "list", "model": model, "data": data, "usage": _USAGE}

    def _vector(self, model: str, text: str) -> list[float]:
        size = self.sizes[model]
        if SHORT in text:
            return [1.0] * (size // 2)
        if ZERO in text:
            return [0.0] * size
        if NOT_A_NUMBER in text:
            return [math.nan] * size
        vector = [0.001] * size
        for word in text.lower().split():
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % size] += 1.0
        return vector


_USAGE = {"prompt_tokens": 1, "total_tokens": 1}


@contextmanager
def fake_embedder(**sizes: int) -> Iterator[FakeEmbedder]:
    """Run the service on a free port for the time of the block."""
    fake = FakeEmbedder(sizes)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
            status, answer = fake.answer(body["model"], texts)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
