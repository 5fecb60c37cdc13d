"""Starting, stopping and repeating runs over a socket."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from reznet.core.bus import Topic
from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.repositories import agents
from reznet.services import endings, runs
from tests.support.sockets import Workspace, workspace


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


async def agent_id(space: Workspace, handle: str = "backend") -> UUID:
    async with space.database.read() as session:
        return (await agents.by_handles(session, [handle]))[handle].id


async def test_mention_starts_a_task_and_the_acknowledgement_names_it(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)

    ack = await ann.call("send_message", {"channel_id": str(channel.id), "content": "@backend hi"})

    (task_id,) = ack["task_ids"]
    assert space.ports.queue.runs == [(UUID(task_id), 1)]  # type: ignore[attr-defined]
    await ann.until(lambda: ann.of("task_updated"))
    assert ann.of("task_updated")[0]["task"]["status"] == "queued"
    names = [name for name, _ in ann.heard]
    assert names.index("message_sent") < names.index("task_updated")


async def test_repeated_client_id_is_one_message_and_one_run(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    body = {"channel_id": str(channel.id), "content": "@backend hi", "client_id": "c-1"}

    first, second = await asyncio.gather(
        ann.call("send_message", body), ann.call("send_message", body)
    )

    assert first["message"]["id"] == second["message"]["id"]
    assert first["task_ids"] == second["task_ids"]
    assert len(space.ports.queue.runs) == 1  # type: ignore[attr-defined]


async def test_messages_of_one_socket_keep_their_order(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)

    await asyncio.gather(
        *(
            ann.call("send_message", {"channel_id": str(channel.id), "content": str(number)})
            for number in range(30)
        )
    )

    await ann.until(lambda: len(ann.texts()) == 30)
    assert ann.texts() == [str(number) for number in range(30)]


async def test_agent_is_asked_in_its_direct_messages(space: Workspace) -> None:
    ann = await space.connect()

    ack = await ann.call("invoke_agent", {"agent_id": str(await agent_id(space)), "content": "hi"})

    assert ack["ok"], ack
    assert len(ack["task_ids"]) == 1
    await ann.until(lambda: ann.of("channel_updated"))
    (update,) = [d for d in ann.of("channel_updated") if d["channel"]["kind"] == "dm"]
    assert update["channel"]["id"] == ack["message"]["channel_id"]


async def test_agent_is_asked_in_a_channel_without_a_mention(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()

    ack = await ann.call(
        "invoke_agent",
        {
            "agent_id": str(await agent_id(space)),
            "channel_id": str(channel.id),
            "input": "no mention",
        },
    )

    assert ack["message"]["channel_id"] == str(channel.id)
    assert len(ack["task_ids"]) == 1


@pytest.mark.parametrize("event", ["cancel_task", "retry_task"])
async def test_unknown_task_is_refused(space: Workspace, event: str) -> None:
    ann = await space.connect()

    ack = await ann.call(event, {"task_id": str(uuid4())})

    assert (ack["error"]["status"], ack["error"]["code"]) == (404, "task_not_found")


async def test_unknown_or_blank_requests_to_agents_are_refused(space: Workspace) -> None:
    ann = await space.connect()

    unknown = await ann.call("invoke_agent", {"agent_id": str(uuid4()), "content": "hi"})
    blank = await ann.call(
        "invoke_agent", {"agent_id": str(await agent_id(space)), "content": " "}
    )

    assert unknown["error"]["status"] == 404
    assert blank["error"]["errors"] == [{"field": "content", "message": "must not be blank"}]


async def test_queued_task_is_cancelled_and_can_be_retried(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    sent = await ann.call(
        "send_message", {"channel_id": str(channel.id), "content": "@backend hi"}
    )
    (task_id,) = sent["task_ids"]

    cancelled = await ann.call("cancel_task", {"task_id": task_id})
    retried = await ann.call("retry_task", {"task_id": task_id})

    assert cancelled["task"]["status"] == "cancelled"
    assert (retried["task"]["status"], retried["task"]["run"]) == ("queued", 2)
    assert [run for _, run in space.ports.queue.runs] == [1, 2]  # type: ignore[attr-defined]


async def test_run_that_hangs_is_stopped_by_force_and_keeps_its_text(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet.websocket.handlers.STOP_SECONDS", 0.2)
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    sent = await ann.call(
        "send_message", {"channel_id": str(channel.id), "content": "@backend hi"}
    )
    task_id = UUID(sent["task_ids"][0])
    async with space.database.write() as session:
        run = await runs.claim(session, space.ports, task_id, 1, "a-worker-that-is-gone")
    assert run is not None
    claim = run.claim
    await ann.until(lambda: len(ann.texts()) == 2)
    data = {
        "channel_id": str(channel.id),
        "message_id": str(claim.answer_id),
        "task_id": str(task_id),
        "attempt": claim.attempt,
        "offset": 0,
        "text": "half an ans",
    }
    space.ports.bus.publish(
        Topic.LIVE, {"room": f"channel:{channel.id}", "event": "message_delta", "data": data}
    )

    ack = await ann.call("cancel_task", {"task_id": str(task_id)})

    assert ack["task"]["status"] == "cancelled"
    await ann.until(
        lambda: any(d["message"]["status"] == "cancelled" for d in ann.of("message_updated"))
    )
    assert ann.of("message_updated")[-1]["message"]["content"] == "half an ans"


async def test_stop_is_acknowledged_once_the_run_has_stopped(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    sent = await ann.call(
        "send_message", {"channel_id": str(channel.id), "content": "@backend hi"}
    )
    task_id = UUID(sent["task_ids"][0])
    async with space.database.write() as session:
        assert await runs.claim(session, space.ports, task_id, 1, "worker")
    asked = asyncio.Event()
    space.ports.bus.subscribe(Topic.CANCEL, lambda _: asked.set())

    stopping = asyncio.create_task(ann.call("cancel_task", {"task_id": str(task_id)}))
    await asyncio.wait_for(asked.wait(), 5)
    assert not stopping.done()
    async with space.database.write() as session:
        request = UUID(sent["message"]["id"])
        await endings.cancel_where(session, space.ports, message_id=request, reason="stopped")
    ack = await stopping

    assert ack["task"]["status"] == "cancelled"
    names = [(name, data.get("task", {}).get("status")) for name, data in ann.heard]
    assert ("task_updated", "cancelled") in names
