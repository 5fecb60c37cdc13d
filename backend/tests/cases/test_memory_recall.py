"""Memories in prompts: whose they are, and what becomes of a run when nothing can be looked up."""

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

QUIET = {"remember": "off"}
QUESTION = "What code word do you know?"


async def keeper(place: Place, word: str | None, **fields: object) -> Json:
    """Return an agent that remembers a code word."""
    agent = await place.agent("fake;n=2", unique("Keeper"), memory=QUIET, **fields)
    if word is not None:
        body = {"content": f"The code word is {word}.", "pinned": True, "importance": 1}
        await place.post(f"/agents/{agent['id']}/memories", body)
    return agent


def prompts(upstream: FakeUpstream) -> list[str]:
    return [json.dumps(request["body"]) for request in upstream.requests()]


async def test_what_one_agent_was_told_is_in_no_prompt_of_another(
    place: Place, upstream: FakeUpstream
) -> None:
    mine, theirs = await keeper(place, "plum"), await keeper(place, "cherry")
    room = await place.channel()
    root = await place.say(room, "A thread begins.")
    direct = await place.post("/channels", {"agent_id": theirs["id"]})
    upstream.reset()

    await place.answer(await place.ask(room, theirs, QUESTION))
    (task,) = (await place.say(room, f"@{theirs['handle']} {QUESTION}", thread_id=root["id"]))[
        "tasks"
    ]
    await place.answer(task)
    (task,) = (await place.say(direct, QUESTION))["tasks"]
    await place.answer(task)
    invoked = {"content": QUESTION, "wait": 20}
    await place.post(f"/agents/{theirs['id']}/invoke", invoked, 200)
    streamed = await place.http.post(
        f"/agents/{theirs['id']}/invoke", json=invoked, headers={"Accept": "text/event-stream"}
    )
    assert "event: done" in streamed.text
    copy = await place.post(f"/agents/{theirs['id']}/duplicate", {})
    await place.answer(await place.ask(room, copy, QUESTION))

    seen = prompts(upstream)
    assert len(seen) == 6
    assert not any("plum" in prompt for prompt in seen)
    assert all("cherry" in prompt for prompt in seen[:5])
    assert "cherry" not in seen[5]  # a copy begins with no memories
    rows = await place.get(f"/agents/{theirs['id']}/memories", q="code word plum")
    assert [row["content"] for row in rows] == ["The code word is cherry."]
    assert "plum" in json.dumps(await place.get(f"/agents/{mine['id']}/memories"))


async def test_an_agent_that_is_handed_on_to_has_its_own_memories_alone(
    place: Place, upstream: FakeUpstream
) -> None:
    theirs = await keeper(place, "cherry")
    handing = f"fake;text=%40{theirs['handle']}%20what%20code%20word%20do%20you%20know%3F"
    mine = await place.agent(handing, memory=QUIET)
    body = {"content": "The code word is plum.", "pinned": True, "importance": 1}
    await place.post(f"/agents/{mine['id']}/memories", body)
    room = await place.channel()
    upstream.reset()
    await place.ask(room, mine, "Who knows the code word?")
    await place.idle(room)
    first, second = prompts(upstream)
    assert "is plum." in first
    assert "is cherry." not in first
    assert "is cherry." in second
    assert "is plum." not in second


async def test_a_collection_is_told_to_whom_it_is_granted_and_where_it_belongs(
    place: Place, upstream: FakeUpstream
) -> None:
    reader, other = await keeper(place, None), await keeper(place, None)
    here, elsewhere = await place.channel(), await place.channel()
    made = {"name": unique("Team"), "channel_id": here["id"]}
    collection = await place.post("/memory-collections", made)
    path = f"/memory-collections/{collection['id']}"
    await place.post(f"{path}/memories", {"content": "The code word is plum."})
    response = await place.http.put(f"{path}/grants/{reader['id']}", json={"can_write": False})
    assert response.is_success, response.text
    upstream.reset()
    answer = await place.answer(await place.ask(here, reader, QUESTION))
    await place.answer(await place.ask(elsewhere, reader, QUESTION))
    await place.answer(await place.ask(here, other, QUESTION))
    told, not_there, not_granted = prompts(upstream)
    assert f'shared in \\"{made["name"]}\\"' in told
    assert "plum" in told
    assert "plum" not in not_there
    assert "plum" not in not_granted
    (used,) = answer["metadata"]["memories"]
    assert used["owner_id"] == collection["id"]
    await place.delete(f"{path}/grants/{reader['id']}")
    await place.answer(await place.ask(await place.channel(), reader, QUESTION))
    assert "plum" not in prompts(upstream)[-1]


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
        agent = await keeper(place, None)
        await place.post(f"/agents/{agent['id']}/memories", {"content": "The code word is plum."})
        await place.post(f"/agents/{agent['id']}/memories", {"content": "Grace likes tea."})
        service.mode = mode
        before = service.asked
        room = await place.channel()
        # The second does not even ask an embedder that still owes an answer.
        for _ in range(2):
            answer = await place.answer(await place.ask(room, agent, QUESTION))
            assert answer["status"] == "complete"
            assert (
                "> The code word is plum."
                in upstream.requests()[-1]["body"]["messages"][-1]["content"]
            )
            assert "Grace" not in prompts(upstream)[-1]
        assert not service.released.is_set()
        assert service.asked > before
        if mode == "hang":
            assert service.asked == before + 1


async def test_a_search_that_is_not_there_costs_the_memories_and_nothing_else(
    faulty: tuple[FaultyEmbedder, str, str],
    upstream: FakeUpstream,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service, address, url = faulty
    service.mode = "ok"
    async with Place.at(address, url) as place:
        agent = await keeper(place, "plum")
        place.sql("alter function memory_question_words(text) rename to gone")
        try:
            answer = await place.answer(await place.ask(await place.channel(), agent, QUESTION))
        finally:
            place.sql("alter function gone(text) rename to memory_question_words")
        assert answer["status"] == "complete"
        assert "memories" not in answer["metadata"]
        assert "plum" not in prompts(upstream)[-1]
        metrics = (await place.http.get(f"{address}/metrics")).text
    (failed,) = [line for line in metrics.splitlines() if 'result="failed"' in line]
    assert float(failed.rpartition(" ")[2]) >= 1
    caplog.clear()
