import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.websocket.connection import MAX_EVENT_CHARS
from reznet.websocket.limits import EVENTS_AT_ONCE
from tests.support.raw_socket import RawSocket, raw_socket
from tests.support.sockets import Workspace, workspace

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    async with workspace(settings, database) as running:
        yield running
    assert not failures, "nothing may fail unseen on the event loop"


async def still_works(space: Workspace, socket: RawSocket) -> None:
    channel = await space.channel()
    body = orjson.dumps({"channel_id": str(channel.id), "content": "still here"}).decode()
    ack = await socket.call("send_message", body)
    assert ack["ok"] is True, ack
    assert ack["message"]["content"] == "still here"


@pytest.mark.parametrize(
    ("event", "body", "field"),
    [
        ("send_message", "{}", "channel_id"),
        ("send_message", "null", "body"),
        ("send_message", "[]", "body"),
        ("send_message", '"text"', "body"),
        ("send_message", '{"channel_id": "not a uuid", "content": "x"}', "channel_id"),
        ("send_message", '{"channel_id": 7, "content": "x"}', "channel_id"),
        (
            "send_message",
            '{"channel_id": "00000000-0000-7000-8000-000000000001", "content": {"a": [1]}}',
            "content",
        ),
        (
            "send_message",
            '{"channel_id": "00000000-0000-7000-8000-000000000001", "content": " "}',
            "content",
        ),
        (
            "join_channel",
            '{"channel_id": "00000000-0000-7000-8000-000000000001", "last_event_id": -1}',
            "last_event_id",
        ),
        (
            "join_channel",
            '{"channel_id": "00000000-0000-7000-8000-000000000001", "last_event_id": 1e400}',
            "last_event_id",
        ),
        (
            "join_channel",
            '{"channel_id": "00000000-0000-7000-8000-000000000001", "last_event_id": '
            + "9" * 400
            + "}",
            "last_event_id",
        ),
        ("typing", '{"chanel_id": "00000000-0000-7000-8000-000000000001"}', "channel_id"),
        ("cancel_task", '{"task_id": true}', "task_id"),
        ("retry_task", '{"task_id": null}', "task_id"),
    ],
)
async def test_bad_fields_are_named_in_the_acknowledgement(
    space: Workspace, event: str, body: str, field: str
) -> None:
    async with raw_socket(space.url) as socket:
        ack = await socket.call(event, body)

        assert ack["ok"] is False
        assert (ack["error"]["status"], ack["error"]["code"]) == (400, "invalid_request")
        assert field in [error["field"] for error in ack["error"]["errors"]]
        await still_works(space, socket)


@pytest.mark.parametrize(
    "name", ["nope", "connect", "disconnect", "message", "", "\\ud800", "__class__", "*"]
)
async def test_unknown_events_are_refused(space: Workspace, name: str) -> None:
    async with raw_socket(space.url) as socket:
        ack = await socket.call(name, "{}")

        assert (ack["error"]["status"], ack["error"]["code"]) == (404, "unknown_event")
        await still_works(space, socket)


@pytest.mark.parametrize(
    "packet",
    [
        '427["send_message",{"content":NaN}]',
        '427["send_message",{"content":Infinity}]',
        '427["send_message",{',
        "427[]",
        "427{}",
        "427[1]",
        "427[null,{}]",
        '427["send_message",{},{}]',
        "427" + "[" * 100_000,
        '457-["send_message",{"_placeholder":true,"num":0}]',
        '4299-7["send_message"]',
        "42/other,7[]",
    ],
)
async def test_malformed_packets_are_refused(space: Workspace, packet: str) -> None:
    async with raw_socket(space.url) as socket:
        await socket.send(packet)
        kind, data = await socket.next_packet()

        problem = data[0]["error"] if kind.startswith("3") else data[1]["problem"]
        assert problem["status"] == 400
        await still_works(space, socket)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "x",
        "4",
        "4x",
        "4{}",
        "4[]",
        "49",
        "4²",
        "9",
        "0",
        "bAAAA",
        "[" * 50_000,
        "4" + "[" * 50_000,
        b"",
        b"\x00\xff",
    ],
)
async def test_frames_outside_the_protocol_do_not_end_the_socket(
    space: Workspace, frame: str | bytes
) -> None:
    async with raw_socket(space.url) as socket:
        await socket.send(frame)

        assert (await socket.error())["status"] == 400
        await still_works(space, socket)


async def test_binary_event_is_refused_with_its_attachment(space: Workspace) -> None:
    async with raw_socket(space.url) as socket:
        await socket.send('451-5["send_message",{"content":{"_placeholder":true,"num":0}}]')
        await socket.send(b"\x01\x02")

        assert (await socket.ack(5))["error"]["code"] == "binary_refused"
        assert (await socket.error())["code"] == "binary_refused"
        await still_works(space, socket)


@pytest.mark.parametrize("size", [MAX_EVENT_CHARS + 1, 1_500_000, 10_000_000])
async def test_oversized_packet_is_refused_and_the_socket_lives(
    space: Workspace, size: int
) -> None:
    channel = await space.channel("Big")
    body = orjson.dumps({"channel_id": str(channel.id), "content": "x" * size}).decode()
    async with raw_socket(space.url) as socket:
        ack = await socket.call("send_message", body)

        assert (ack["error"]["status"], ack["error"]["code"]) == (413, "packet_too_large")
        assert "32 KiB" in ack["error"]["detail"]
        await still_works(space, socket)


async def test_too_long_text_names_the_limit(space: Workspace) -> None:
    channel = await space.channel("Long")
    body = orjson.dumps({"channel_id": str(channel.id), "content": "é" * 20_000}).decode()
    async with raw_socket(space.url) as socket:
        ack = await socket.call("send_message", body)

        assert ack["error"]["status"] == 400
        assert ack["error"]["errors"][0]["field"] == "content"
        assert "32 KiB" in ack["error"]["errors"][0]["message"]


async def test_text_that_can_not_be_stored_is_mended(space: Workspace) -> None:
    channel = await space.channel("Odd")
    async with raw_socket(space.url) as socket:
        ack = await socket.call(
            "send_message", f'{{"channel_id": "{channel.id}", "content": "a\\u0000b\\ud83dc 😀"}}'
        )

        assert ack["message"]["content"] == "ab\ufffdc 😀"
        await still_works(space, socket)


async def test_event_without_acknowledgement_is_refused_by_an_error_event(
    space: Workspace,
) -> None:
    async with raw_socket(space.url) as socket:
        await socket.send('42["send_message",{}]')

        assert (await socket.error())["code"] == "invalid_request"


async def test_flood_is_refused_with_the_time_to_wait(space: Workspace) -> None:
    async with raw_socket(space.url) as socket:
        count = int(EVENTS_AT_ONCE) + 200
        for number in range(1, count + 1):
            await socket.send(f'42{number}["leave_channel",{{"channel_id":"{"0" * 32}"}}]')
        acks = [(await socket.next_packet())[1][0] for _ in range(count)]

        refused = [ack["error"] for ack in acks if not ack["ok"]]
        assert refused
        assert {(error["status"], error["code"]) for error in refused} == {
            (429, "too_many_events")
        }
        assert sum(ack["ok"] for ack in acks) >= 64


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://127.0.0.1:{port}", True),
        ("http://localhost:{port}", True),
        ("http://localhost:1", False),
        ("http://evil.example", False),
        ("http://evil.example:{port}", False),
        ("http://127.0.0.1.evil.example:{port}", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_only_pages_of_this_server_may_connect(
    space: Workspace, origin: str | None, allowed: bool
) -> None:
    port = space.url.rsplit(":", 1)[1]
    headers = {"Origin": origin.format(port=port)} if origin else {}
    if allowed:
        async with raw_socket(space.url, additional_headers=headers):
            return
    with pytest.raises(InvalidStatus):
        await connect(
            space.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
            additional_headers=headers,
        )


async def test_page_under_a_foreign_name_of_this_machine_may_not_connect(space: Workspace) -> None:
    port = space.url.rsplit(":", 1)[1]
    headers = {"Origin": f"http://rebound.example:{port}", "Host": f"rebound.example:{port}"}
    with pytest.raises(InvalidStatus):
        await connect(
            space.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
            additional_headers=headers,
        )
