"""The load client, a process of its own: reads one job as JSON from stdin, prints one JSON object of samples.

All times are in milliseconds, except `seconds` (of a whole measurement).
"""

import asyncio
import os
import random
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import uvloop
from wire import Http, Socket

type Job = dict[str, Any]
type Samples = dict[str, Any]

_ANSWER_SECONDS = 120.0


async def posts(job: Job) -> Samples:
    """Clients that each post one message after the other, while one socket listens."""
    socket = await Socket.connect(job["url"], job["channel"], _deaf)
    path = f"/api/channels/{job['channel']}/messages"
    clients = [await Http.connect(job["url"]) for _ in range(job["clients"])]
    for client in clients[:2]:
        await client.post(path, {"content": "Warming up."})
    started = time.perf_counter()
    samples: list[float] = []

    async def run(client: Http) -> None:
        while time.perf_counter() - started < job["seconds"]:
            answer = await client.post(
                path, {"content": f"Good morning, everyone. {uuid.uuid4()}"}
            )
            samples.append(answer.seconds * 1000)

    await asyncio.gather(*map(run, clients))
    seconds = time.perf_counter() - started
    _close(socket, *clients)
    return {"ms": samples, "seconds": seconds}


async def fan_out(job: Job) -> Samples:
    """One client posts; the time until each of many sockets has the message."""
    room = _Room(job["sockets"])
    sockets = [
        await Socket.connect(job["url"], job["channel"], room.hear) for _ in range(job["sockets"])
    ]
    client = await Http.connect(job["url"])
    samples: list[float] = []
    for number in range(-1, job["posts"]):
        room.expect(f"Look at this, number {uuid.uuid4()}")
        path = f"/api/channels/{job['channel']}/messages"
        answer = await client.post(path, {"content": room.content})
        async with asyncio.timeout(30):
            await room.all_heard.wait()
        if number >= 0:  # the one before warms up
            samples += [(at - answer.sent_at) * 1000 for at in room.times]
        await asyncio.sleep(job["pause"])
    _close(client, *sockets)
    return {"ms": samples}


async def mix(job: Job) -> Samples:
    """Users at their own pace, one act a second each, ten to a channel and each with a socket."""
    channels = job["channels"]
    samples: dict[str, list[float]] = {"agents": [], "messages": [], "post": [], "message": []}
    users = [await Http.connect(job["url"]) for _ in range(job["users"])]
    sockets = [
        await Socket.connect(job["url"], channels[index % len(channels)], _deaf)
        for index in range(job["users"])
    ]
    started = time.perf_counter()

    async def run(index: int, user: Http) -> None:
        dice = random.Random(index)
        path = f"/api/channels/{channels[index % len(channels)]}/messages"
        newest = (await user.post(path, {"content": "Hello."})).json()["id"]
        acts = list(samples)
        at = started + 1 + dice.random()
        while at - started < job["seconds"] + 1:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            act = dice.choice(acts)
            if act == "post":
                answer = await user.post(path, {"content": f"What next? {dice.random()}"})
                newest = answer.json()["id"]
            else:
                paths = {
                    "agents": "/api/agents",
                    "messages": path,
                    "message": f"/api/messages/{newest}",
                }
                answer = await user.get(paths[act])
            # From when the act was due: a server that falls behind must not slow its users down unseen.
            samples[act].append((answer.received_at - at) * 1000)
            at += 1

    await asyncio.gather(*(run(index, user) for index, user in enumerate(users)))
    _close(*users, *sockets)
    return {"ms": samples}


async def streams(job: Job) -> Samples:
    """Many people ask an agent at the same moment, each in an own channel; their answers stream."""
    channels = job["channels"]
    watches = [_Watch(job["length"]) for _ in channels]
    sockets = [
        await Socket.connect(job["url"], channel, watch.hear)
        for channel, watch in zip(channels, watches, strict=True)
    ]
    clients = [await Http.connect(job["url"]) for _ in channels]
    first: list[float] = []
    starts: list[float] = []
    seconds: list[float] = []

    async def ask(client: Http, channel: str, watch: "_Watch") -> None:
        number = random.randrange(1_000_000)
        content = f"@{job['agent']} please tell me how to deploy release {number}"
        answer = await client.post(f"/api/channels/{channel}/messages", {"content": content})
        async with asyncio.timeout(_ANSWER_SECONDS):
            await watch.done.wait()
        if watch.failure:
            raise RuntimeError(f"the answer failed: {watch.failure}")
        first.append((watch.first_at - answer.sent_at) * 1000)
        if watch.begun_at:
            stored = datetime.fromisoformat(answer.json()["created_at"]).timestamp()
            starts.append((watch.begun_at - stored) * 1000)

    for _ in range(job["repeats"]):
        for watch in watches:
            watch.reset()
        started = time.perf_counter()
        await asyncio.gather(*map(ask, clients, channels, watches))
        seconds.append(max(watch.whole_at for watch in watches) - started)
        await asyncio.sleep(0.05)
    _close(*clients, *sockets)
    return {"ms": first, "seconds": seconds, "starts": starts}


@dataclass
class _Room:
    """Counts the sockets that have the message."""

    size: int
    content: str = ""
    mark: bytes = b""
    times: list[float] = field(default_factory=list)
    all_heard: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, content: str) -> None:
        self.content, self.mark = content, content.encode()
        self.times, self.all_heard = [], asyncio.Event()

    def hear(self, packet: bytes, now: float) -> None:
        if packet.startswith(b'["message_sent"') and self.mark in packet:
            self.times.append(now)
            if len(self.times) == self.size:
                self.all_heard.set()


class _Watch:
    """Follows the one answer that streams in a channel."""

    def __init__(self, length: int) -> None:
        self._length = length
        self.reset()

    def reset(self) -> None:
        self.begun_at = 0.0  # by the clock on the wall, as the server's times are
        self.first_at = 0.0
        self.whole_at = 0.0
        self.failure = ""
        self.done = asyncio.Event()

    def hear(self, packet: bytes, now: float) -> None:
        if packet.startswith(b'["message_delta"'):
            delta = orjson.loads(packet)[1]
            self._reached(delta["offset"] + len(delta["text"]), now)
        elif packet.startswith(b'["agent_typing"'):
            self.begun_at = self.begun_at or time.time()
        elif packet.startswith((b'["message_sent"', b'["message_updated"')):
            message = orjson.loads(packet)[1]["message"]
            if message["author"]["kind"] != "agent":
                return
            self._reached(len(message["content"]), now)
            if message["status"] != "streaming":
                if message["status"] != "complete" or len(message["content"]) != self._length:
                    self.failure = str(message)[:600]
                self.done.set()

    def _reached(self, length: int, now: float) -> None:
        if length > 0 and not self.first_at:
            self.first_at = now
        if length >= self._length and not self.whole_at:
            self.whole_at = now


def _deaf(_packet: bytes, _now: float) -> None:
    """Take what comes, as a client must, and do nothing with it."""


def _close(*connections: Http | Socket) -> None:
    for connection in connections:
        connection.close()


JOBS: dict[str, Callable[[Job], Awaitable[Samples]]] = {
    "posts": posts,
    "fan_out": fan_out,
    "mix": mix,
    "streams": streams,
}


async def _run(job: Job) -> Samples:
    # A socket that is lost says so in a callback; no figure may come from the ones that are left.
    asyncio.get_running_loop().set_exception_handler(_give_up)
    return await JOBS[job["kind"]](job)


def _give_up(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    sys.stderr.write(f"{context['message']}: {context.get('exception')!r}\n")
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    job = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(uvloop.run(_run(job))))
