"""From the provider's bytes to what sockets hear, REST tells and the database keeps."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.cases.conftest import variables
from tests.cases.place import QUICK, SLOW, Place, until
from tests.support.app import Json, settings_for
from tests.support.databases import Server
from tests.support.served import served
from tests.support.sockets import Client
from tests.support.upstream import FakeUpstream

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
)
TEXTS = [
    "你好 👩‍💻 مرحبا",
    "e\u0301 🏳️‍🌈 \U0001d4b3 \u200d \ufeff end",
    "line\r\nline\n\n\n  data: no event\n: no comment\r",
    "".join(chr(0x1F600 + n) for n in range(60)),
    "\u2028\u2029\x85 separators",
]


class Script:
    """What the raw service answers next, and in pieces of how many bytes."""

    def __init__(self) -> None:
        self.body = b""
        self.size = 1

    def events(self, *chunks: object, newline: bytes = b"\n", comment: bytes = b"") -> None:
        """Answer these chunks as server-sent events."""
        lines = [json.dumps(chunk, ensure_ascii=False).encode() for chunk in chunks]
        framed = [comment + b"data: " + line + newline * 2 for line in [*lines, b"[DONE]"]]
        self.body = b"".join(framed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if "content-length:" in head:
            await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        writer.write(HEAD)
        for at in range(0, len(self.body), self.size):
            piece = self.body[at : at + self.size]
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if at % 64 == 0:
                await writer.drain()
                await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()


def chunk(**choice: object) -> dict[str, object]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": [{"index": 0, **choice}]}


def no_choice(**more: object) -> dict[str, object]:
    return {**chunk(), "choices": [], **more}


@asynccontextmanager
async def raw_service() -> AsyncIterator[tuple[str, Script]]:
    script = Script()
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", script


def joined(ann: Client, answer: Json) -> str:
    """Return what a socket knows of an answer: the text it came with, then piece after piece.

    An answer that is over before its beginning is told comes whole.
    """
    text = ""
    for event, data in ann.heard:
        if event == "message_sent" and data["message"]["id"] == answer["id"]:
            text = data["message"]["content"]
        if event == "message_delta" and data["message_id"] == answer["id"]:
            assert data["attempt"] == answer["attempt"]
            assert data["offset"] == len(text)
            text += data["text"]
    return text


async def same_everywhere(place: Place, ann: Client, task: Json) -> Json:
    """Return the answer, which sockets, REST and database have to hold alike."""
    answer = await place.answer(task)
    await ann.until(
        lambda: any(
            data["message"]["id"] == answer["id"] and data["message"]["status"] != "streaming"
            for data in ann.of("message_updated")
        )
    )
    assert joined(ann, answer) == answer["content"]
    stored = place.sql("select content from messages where id = %s", answer["id"])
    assert stored == [(answer["content"],)]
    return answer


async def test_text_is_the_same_from_the_providers_bytes_to_every_reader(
    server: Server, tmp_path_factory: pytest.TempPathFactory, upstream: FakeUpstream
) -> None:
    async with raw_service() as (address, script):
        with server.clone() as url:
            more = {**variables(upstream), "OPENAI_BASE_URL": f"{address}/v1"}
            settings = settings_for(url, tmp_path_factory.mktemp("raw"), **more)
            with served(settings) as at:
                async with Place.at(at, url) as place:
                    channel = await place.channel()
                    ann = await place.listener(channel)
                    await _characters(place, ann, channel, script)
                    await _chunks_without_text(place, ann, channel, script)


async def _characters(place: Place, ann: Client, channel: Json, script: Script) -> None:
    agent = await place.agent()
    ways = [(text, 1, b"\n") for text in TEXTS]
    ways += [(TEXTS[0], 1, b"\r\n"), (TEXTS[1], 3, b"\r\n"), (TEXTS[2], 10_000, b"\n")]
    for text, size, newline in ways:
        script.size = size
        script.events(
            chunk(delta={"role": "assistant", "content": ""}),
            *(chunk(delta={"content": text[at : at + 7]}) for at in range(0, len(text), 7)),
            chunk(delta={}, finish_reason="stop"),
            newline=newline,
        )
        answer = await same_everywhere(place, ann, await place.ask(channel, agent))
        assert (answer["content"], answer["status"]) == (text, "complete"), (size, newline)


async def _chunks_without_text(place: Place, ann: Client, channel: Json, script: Script) -> None:
    agent = await place.agent()
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    script.size = 5
    script.events(
        no_choice(prompt_filter_results=[{"x": 1}]),
        chunk(delta=None),
        chunk(delta={}),
        chunk(delta={"content": None}),
        chunk(delta={"content": "Hi"}),
        chunk(delta={"role": "assistant"}),
        no_choice(),
        chunk(delta={"content": "!"}),
        chunk(delta={"content": ""}, finish_reason="stop"),
        no_choice(usage=usage),
        comment=b": keep-alive\n\n",
    )
    task = await place.ask(channel, agent)
    answer = await same_everywhere(place, ann, task)
    assert (answer["content"], answer["status"]) == ("Hi!", "complete")
    used = (await place.ended(task))["usage"]
    assert (used["input_tokens"], used["output_tokens"], used["estimated"]) == (3, 2, False)


async def by_socket(_place: Place, ann: Client, task: Json) -> Json:
    ack = await ann.call("cancel_task", {"task_id": task["id"]})
    assert ack["ok"], ack
    return ack["task"]


async def by_rest(place: Place, _ann: Client, task: Json) -> Json:
    return await place.post(f"/tasks/{task['id']}/cancel", status=200)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("stop", [by_socket, by_rest])
async def test_stop_keeps_the_text_and_silences_the_provider(
    place: Place,
    upstream: FakeUpstream,
    provider: str,
    stop: Callable[[Place, Client, Json], Awaitable[Json]],
) -> None:
    agent, channel = await place.agent(SLOW, provider=provider), await place.channel()
    ann, bob = await place.listener(channel), await place.listener(channel)
    task = await place.ask(channel, agent)
    await ann.until(lambda: len(ann.of("message_delta")) >= 4)
    stopped = await stop(place, ann, task)
    assert (stopped["status"], stopped["finish"]) == ("cancelled", "cancelled")
    heard = len(ann.of("message_delta"))

    async def closed() -> bool:
        counts = upstream.stats()
        return counts["live"] == 0 and counts.get("client_disconnects", 0) >= 1

    await until("the provider's connection is closed", closed, 3)
    answer = await same_everywhere(place, bob, task)
    assert (answer["status"], bool(answer["content"])) == ("cancelled", True)
    assert len(ann.of("message_delta")) == heard
    listed = (await place.messages(channel))[-1]
    assert (listed["content"], listed["status"]) == (answer["content"], "cancelled")
    await by_rest(place, ann, task)
    assert (await place.get(f"/messages/{answer['id']}")) == answer
    assert upstream.stats().get("completed", 0) == 0


async def test_stop_of_one_of_many_leaves_the_others_alone(
    place: Place, upstream: FakeUpstream
) -> None:
    agents = [await place.agent("fake;rate=30;n=30") for _ in range(4)]
    channel = await place.channel()
    ann = await place.listener(channel)
    everyone = " ".join(f"@{agent['handle']}" for agent in agents)
    tasks = (await place.say(channel, everyone))["tasks"]
    await ann.until(lambda: len({d["task_id"] for d in ann.of("message_delta")}) == 4)
    await by_socket(place, ann, tasks[0])
    ended = [(await same_everywhere(place, ann, task))["status"] for task in tasks]
    assert ended == ["cancelled", "complete", "complete", "complete"]
    assert upstream.stats()["completed"] == 3


async def test_stop_before_the_first_word_or_in_the_queue_ends_at_once(
    place: Place, upstream: FakeUpstream
) -> None:
    agent, channel = await place.agent("fake;ttft=30;n=5"), await place.channel()
    ann = await place.listener(channel)
    at_once = await place.ask(channel, agent)
    assert (await by_rest(place, ann, at_once))["status"] == "cancelled"
    waiting = await place.ask(channel, agent)

    async def asked() -> bool:
        return upstream.stats().get("requests", 0) >= 1

    await until("the provider is asked", asked)
    assert (await by_socket(place, ann, waiting))["status"] == "cancelled"
    again = await place.agent(QUICK)
    assert (await place.answer(await place.ask(channel, again)))["status"] == "complete"


async def test_a_burst_is_outlived_as_the_provider_asks(
    place: Place, upstream: FakeUpstream
) -> None:
    agents = [
        await place.agent(f"{QUICK};fail=429;retry_after=1;times=2;key=burst{n}") for n in range(6)
    ]
    channel = await place.channel()
    clock = asyncio.get_running_loop().time
    began = clock()
    await place.say(channel, " ".join(f"@{agent['handle']}" for agent in agents))
    tasks = await place.idle(channel, 30)
    assert {task["status"] for task in tasks} == {"completed"}
    # Settings of these tests allow one try; who is told when to come back tries again all the same.
    assert clock() - began >= 2
    assert upstream.stats()["requests"] == 18
