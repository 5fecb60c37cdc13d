"""The whole workspace on a real port: a request becomes an answer that streams, and it stops in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import socketio

from reznet.core.config import Settings
from tests.support.served import served
from tests.support.upstream import FakeUpstream, running_upstream


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def connected(settings: Settings, upstream: FakeUpstream) -> Settings:
    """Return settings whose model is the fake one."""
    return settings.model_copy(update={"openai_base_url": f"{upstream.url}/v1"})


@pytest.fixture
def address(connected: Settings) -> Iterator[str]:
    with served(connected) as running:
        yield running


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{address}/api", timeout=30) as client:
        yield client


class Listener:
    """A socket in a channel, and what it has heard."""

    def __init__(self) -> None:
        self.socket = socketio.AsyncClient()
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        self.socket.on("*", self._on)

    async def _on(self, event: str, data: Any) -> None:
        async with self._news:
            self.heard.append((event, data))
            self._news.notify_all()

    def all(self, event: str) -> list[Any]:
        return [data for name, data in self.heard if name == event]

    async def until(self, event: str, test: Any = lambda _data: True) -> Any:
        async with asyncio.timeout(20), self._news:
            while True:
                for data in self.all(event):
                    if test(data):
                        return data
                await self._news.wait()


@contextlib.asynccontextmanager
async def listening(address: str, channel_id: str) -> AsyncIterator[Listener]:
    listener = Listener()
    await listener.socket.connect(address, transports=["websocket"])
    ack = await listener.socket.call("join_channel", {"channel_id": channel_id})
    assert ack["ok"], ack
    try:
        yield listener
    finally:
        await listener.socket.disconnect()


async def general(http: httpx.AsyncClient) -> str:
    rows = (await http.get("/channels")).json()
    return next(row["id"] for row in rows if row["name"] == "general")


async def test_a_mention_is_answered_in_the_channel_while_it_streams(
    address: str, http: httpx.AsyncClient, upstream: FakeUpstream
) -> None:
    upstream.defaults(text="Hello 👩‍💻, this is the answer.", rate=20)
    channel = await general(http)
    async with listening(address, channel) as listener:
        posted = await http.post(f"/channels/{channel}/messages", json={"content": "@backend hi"})
        assert posted.status_code == 201
        (task,) = posted.json()["tasks"]
        first = await listener.until("message_delta")
        so_far = (await http.get(f"/messages/{first['message_id']}")).json()
        assert so_far["status"] == "streaming"
        assert so_far["content"]
        done = await listener.until("task_updated", lambda d: d["task"]["status"] == "completed")
        assert done["task"]["id"] == task["id"]
        text = ""
        for delta in listener.all("message_delta"):
            assert delta["offset"] == len(text)
            text += delta["text"]
        final = (await http.get(f"/messages/{done['task']['answer_id']}")).json()
    assert text == final["content"] == "Hello 👩‍💻, this is the answer."
    assert final["status"] == "complete"
    assert final["reply_to_id"] == posted.json()["id"]
    usage = (await http.get("/usage")).json()
    assert [(row["provider"], row["calls"]) for row in usage] == [("openai", 1)]


async def test_a_run_is_stopped_and_keeps_its_text(
    address: str, http: httpx.AsyncClient, upstream: FakeUpstream
) -> None:
    upstream.defaults(n=1000, rate=20)
    channel = await general(http)
    async with listening(address, channel) as listener:
        posted = await http.post(f"/channels/{channel}/messages", json={"content": "@qa hi"})
        (task,) = posted.json()["tasks"]
        await listener.until("message_delta")
        counted = (await http.get(f"{address}/metrics")).text
        assert 'reznet_tasks_unfinished{status="running",' in counted
        assert "reznet_projector_lag_seconds" in counted
        sockets = next(row for row in counted.splitlines() if row.startswith("reznet_sockets{"))
        assert float(sockets.split()[-1]) == 1
        stopped = await http.post(f"/tasks/{task['id']}/cancel")
        assert (stopped.status_code, stopped.json()["status"]) == (200, "cancelled")
        answer = (await http.get(f"/messages/{stopped.json()['answer_id']}")).json()
    assert answer["status"] == "cancelled"
    assert answer["content"]
    again = await http.post(f"/tasks/{task['id']}/retry")
    assert again.status_code == 202
    assert (await http.post(f"/tasks/{task['id']}/cancel")).json()["status"] == "cancelled"
    assert (await http.post(f"/tasks/{task['id']}/cancel")).status_code == 200


async def agent_id(http: httpx.AsyncClient) -> str:
    return (await http.get("/agents", params={"q": "backend"})).json()[0]["id"]


async def test_invoking_waits_for_the_answer(
    http: httpx.AsyncClient, upstream: FakeUpstream
) -> None:
    upstream.defaults(text="Forty two.")
    agent = await agent_id(http)
    response = await http.post(f"/agents/{agent}/invoke", json={"content": "why?"})
    assert response.status_code == 200
    assert response.json()["task"]["status"] == "completed"
    assert response.json()["message"]["content"] == "Forty two."
    channel = response.json()["message"]["channel_id"]
    assert (await http.get(f"/channels/{channel}")).json()["kind"] == "dm"


async def test_a_slow_answer_is_left_to_go_on(
    http: httpx.AsyncClient, upstream: FakeUpstream
) -> None:
    upstream.defaults(ttft=1.0, text="Late.")
    agent = await agent_id(http)
    response = await http.post(f"/agents/{agent}/invoke", json={"content": "x", "wait": 0.1})
    assert response.status_code == 202
    task = response.json()
    assert response.headers["location"] == f"/api/tasks/{task['id']}"
    body = {"content": "x", "client_id": "k"}
    twice = await asyncio.gather(*(http.post(f"/agents/{agent}/invoke", json=body) for _ in "ab"))
    assert {r.status_code for r in twice} == {200}
    assert len({r.json()["task"]["id"] for r in twice}) == 1
    assert (await http.get(f"/tasks/{task['id']}")).json()["status"] == "completed"


async def test_a_failed_run_says_why(http: httpx.AsyncClient, upstream: FakeUpstream) -> None:
    upstream.defaults(fail="401")
    agent = await agent_id(http)
    response = await http.post(f"/agents/{agent}/invoke", json={"content": "x"})
    assert response.status_code == 200
    assert response.json()["task"]["status"] == "failed"
    assert "key" in response.json()["task"]["error"]["message"]
    assert "sk-test" not in response.text


async def events(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, httpx.Response(200, content=value).json()


STREAM = {"Accept": "text/event-stream"}


async def test_invoking_streams_events(http: httpx.AsyncClient, upstream: FakeUpstream) -> None:
    upstream.defaults(n=20, rate=50)
    agent = await agent_id(http)
    async with http.stream(
        "POST", f"/agents/{agent}/invoke", json={"content": "x"}, headers=STREAM
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = [event async for event in events(response)]
    assert told[0][0] == "task"
    assert told[-1][0] == "done"
    pieces = [data for name, data in told if name == "delta"]
    assert len(pieces) > 2
    joined = ""
    for piece in pieces:
        assert piece["offset"] == len(joined)
        joined += piece["text"]
    assert joined == told[-1][1]["message"]["content"]
    assert told[-1][1]["task"]["status"] == "completed"


async def test_who_stops_listening_does_not_stop_the_run(
    http: httpx.AsyncClient, upstream: FakeUpstream
) -> None:
    upstream.defaults(n=30, rate=30)
    agent = await agent_id(http)
    async with http.stream(
        "POST", f"/agents/{agent}/invoke", json={"content": "x"}, headers=STREAM
    ) as response:
        async for name, data in events(response):
            if name == "task":
                task = data["id"]
            if name == "delta":
                break
    async with asyncio.timeout(10):
        while (await http.get(f"/tasks/{task}")).json()["status"] == "running":
            await asyncio.sleep(0.05)
    assert (await http.get(f"/tasks/{task}")).json()["status"] == "completed"


async def test_refusals_come_before_the_stream(http: httpx.AsyncClient) -> None:
    nobody = "00000000-0000-7000-8000-00000000ffff"
    response = await http.post(f"/agents/{nobody}/invoke", json={"content": "x"}, headers=STREAM)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_workspace_says_when_it_is_ready(http: httpx.AsyncClient) -> None:
    ready = await http.get("/ready")
    assert ready.status_code == 200
    assert [check["name"] for check in ready.json()["checks"]] == [
        "database",
        "migrations",
        "engine",
    ]
    health = await http.get("/health")
    assert health.json()["status"] == "ok"
    providers = (await http.get("/providers")).json()
    assert "openai" in [row["name"] for row in providers]


async def test_a_server_with_open_sockets_and_waiting_requests_stops_soon(
    connected: Settings, upstream: FakeUpstream
) -> None:
    upstream.defaults(ttft=30)
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(served(connected))
        async with httpx.AsyncClient(base_url=f"{address}/api", timeout=30) as http:
            agent = await agent_id(http)
            async with listening(address, await general(http)):
                waiting = asyncio.ensure_future(
                    http.post(f"/agents/{agent}/invoke", json={"content": "x", "wait": 60})
                )
                while not upstream.stats().get("live"):
                    await asyncio.sleep(0.02)
                began = loop.time()
                await asyncio.to_thread(stack.close)
                assert loop.time() - began < 8
                assert (await waiting).status_code == 202


async def test_a_server_that_stops_ends_what_is_being_tried(
    connected: Settings, upstream: FakeUpstream
) -> None:
    upstream.defaults(n=400, rate=20)
    loop = asyncio.get_running_loop()
    form = {"name": "Judge", "role": "Judges"}
    asked = {**form, "messages": [{"author": "user", "content": "x"}]}
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(served(connected))
        async with (
            httpx.AsyncClient(base_url=f"{address}/api", timeout=30) as http,
            http.stream("POST", "/agents/try", json=asked) as response,
        ):
            told = events(response)
            assert (await anext(told))[0] == "delta"
            began = loop.time()
            stopping = asyncio.ensure_future(asyncio.to_thread(stack.close))
            rest = [event async for event in told]
            await stopping
            assert loop.time() - began < 5  # the grace for what does not end by itself
    assert (rest[-1][0], rest[-1][1]["finish"]) == ("done", "cancelled")
