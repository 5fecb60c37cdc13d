"""What becomes of a run when its memories can't be looked up in full, or not at all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cases.place import Place, unique
from tests.support.app import Json, settings_for
from tests.support.databases import Server
from tests.support.served import served
from tests.support.upstream import FakeUpstream

QUESTION = "What code word do you know?"


async def keeper(place: Place, *contents: str) -> Json:
    """Return an agent that remembers this."""
    agent = await place.agent("fake;n=2", unique("Keeper"), memory={"remember": "off"})
    for content in contents:
        await place.post(f"/agents/{agent['id']}/memories", {"content": content})
    return agent


def prompt(upstream: FakeUpstream) -> str:
    return upstream.requests()[-1]["body"]["messages"][-1]["content"]


class FaultyEmbedder:
    """An embedding service that does what it is told."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.asked = 0
        self.released = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        self.asked += 1
        if self.mode == "hang":
            self.released.wait(60)
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        vectors = [[1.0, float(len(text) % 7), 0.5] for text in inputs]
        told: Json = {"embeddings": vectors, "data": [], "model": body["model"]}
        text = json.dumps(told if self.mode != "junk" else {"embeddings": "x"}).encode()
        handler.send_response(500 if self.mode == "fail" else 200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)


@contextmanager
def embedding(service: FaultyEmbedder) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="embedder")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            service.released.set()
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def faulty(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FaultyEmbedder, str, str]]:
    """Return a workspace whose embedder is another service than its models."""
    service = FaultyEmbedder()
    with server.clone() as url, embedding(service) as ollama:
        variables = {
            "OPENAI_BASE_URL": f"{one_upstream.url}/v1",
            "OLLAMA_HOST": ollama,
            "REZNET_EMBEDDER": "ollama:embed",
        }
        with served(settings_for(url, tmp_path_factory.mktemp("faulty"), **variables)) as address:
            yield service, address, url


@pytest.mark.parametrize("mode", ["ok", "fail", "junk", "hang"])
async def test_an_embedder_that_fails_or_hangs_costs_meaning_and_nothing_else(
    faulty: tuple[FaultyEmbedder, str, str], upstream: FakeUpstream, mode: str
) -> None:
    service, address, url = faulty
    service.mode = "ok"
    async with Place.at(address, url) as place:
        agent = await keeper(place, "The code word is plum.", "Grace likes tea.")
        service.mode = mode
        before = service.asked
        room = await place.channel()
        # The second does not wait for an embedder that still owes an answer.
        for _ in range(2):
            answer = await place.answer(await place.ask(room, agent, QUESTION))
            assert answer["status"] == "complete"
            assert "> The code word is plum." in prompt(upstream)
            assert "Grace" not in prompt(upstream)
        assert not service.released.is_set()
        assert service.asked > before


async def test_a_search_that_is_not_there_costs_the_memories_and_nothing_else(
    faulty: tuple[FaultyEmbedder, str, str],
    upstream: FakeUpstream,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service, address, url = faulty
    service.mode = "ok"
    async with Place.at(address, url) as place:
        agent = await keeper(place, "The code word is plum.")
        place.sql("alter function memory_question_words(text) rename to gone")
        try:
            answer = await place.answer(await place.ask(await place.channel(), agent, QUESTION))
        finally:
            place.sql("alter function gone(text) rename to memory_question_words")
        assert answer["status"] == "complete"
        assert "memories" not in answer["metadata"]
        assert "plum" not in prompt(upstream)
        metrics = (await place.http.get(f"{address}/metrics")).text
    (failed,) = [
        line
        for line in metrics.splitlines()
        if line.startswith("reznet_recalls_total") and '"failed"' in line
    ]
    assert float(failed.rpartition(" ")[2]) >= 1
    caplog.clear()
