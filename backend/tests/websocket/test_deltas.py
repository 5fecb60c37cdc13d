import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from reznet.core.clock import now
from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.schemas.messages import Author, AuthorKind, MessageOut, MessageStatus
from reznet.websocket.deltas import DeltaGate
from tests.support.sockets import Workspace, eventually, workspace

ID = uuid4()


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


def make(hold_seconds: float = 60) -> tuple[DeltaGate, list[tuple[int, int, str]]]:
    told: list[tuple[int, int, str]] = []
    gate = DeltaGate(
        lambda delta: told.append((delta["attempt"], delta["offset"], delta["text"])),
        hold_seconds=hold_seconds,
    )
    return gate, told


def delta(offset: int, text: str, attempt: int = 1) -> dict[str, Any]:
    return {"message_id": str(ID), "attempt": attempt, "offset": offset, "text": text}


def message(
    attempt: int = 1, content: str = "", status: MessageStatus = MessageStatus.STREAMING
) -> MessageOut:
    return MessageOut(
        id=ID,
        channel_id=UUID(int=1),
        thread_id=None,
        reply_to_id=None,
        author=Author(kind=AuthorKind.AGENT, id=None, name="Backend"),
        content=content,
        status=status,
        attempt=attempt,
        task_id=None,
        error=None,
        client_id=None,
        mentions=(),
        metadata={},
        created_at=now(),
        updated_at=now(),
        edited_at=None,
        deleted_at=None,
    )


async def test_deltas_wait_until_clients_know_the_message() -> None:
    gate, told = make()
    gate.delta(delta(0, "ab"))
    gate.delta(delta(2, "cd"))
    assert told == []

    gate.told(message())
    gate.delta(delta(4, "e"))

    assert told == [(1, 0, "ab"), (1, 2, "cd"), (1, 4, "e")]
    gate.close()


async def test_text_that_came_with_the_message_is_not_told_again() -> None:
    gate, told = make()
    gate.delta(delta(0, "ab"))
    gate.delta(delta(2, "cd"))

    gate.told(message(content="abc"))

    assert told == [(1, 3, "d")]
    gate.close()


async def test_nothing_is_told_of_an_ended_or_an_older_attempt() -> None:
    gate, told = make()
    gate.told(message(attempt=2))
    gate.delta(delta(0, "old", attempt=1))
    gate.delta(delta(0, "new", attempt=2))
    gate.told(message(attempt=2, content="new", status=MessageStatus.COMPLETE))
    gate.delta(delta(3, "late", attempt=2))

    assert told == [(2, 0, "new")]
    gate.close()


async def test_new_attempt_waits_for_its_event() -> None:
    gate, told = make()
    gate.told(message(attempt=1))
    gate.delta(delta(0, "again", attempt=2))
    assert told == []

    gate.told(message(attempt=2))

    assert told == [(2, 0, "again")]
    gate.close()


async def test_message_from_before_this_process_is_told_after_the_wait() -> None:
    gate, told = make(hold_seconds=0.05)
    gate.delta(delta(10, "x"))
    await eventually(lambda: told)
    gate.delta(delta(11, "y"))

    assert told == [(1, 10, "x"), (1, 11, "y")]
    gate.close()


async def test_deltas_reach_the_room_after_their_message_and_stop_with_its_end(
    space: Workspace,
) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)

    answer = await space.answer(channel)
    space.stream(answer, 0, "Hel")
    space.stream(answer, 3, "lo")
    await ann.until(lambda: sum(len(d["text"]) for d in ann.of("message_delta")) == 5)
    await space.change(answer, content="Hello", status="complete")
    await ann.until(lambda: ann.of("message_updated"))
    space.stream(answer, 5, " too late")
    await space.post(channel, "end")
    await ann.until(lambda: "end" in ann.texts())

    names = [name for name, _ in ann.heard if name != "channel_updated"]
    assert names[0] == "message_sent"
    assert "".join(d["text"] for d in ann.of("message_delta")) == "Hello"
    assert names.index("message_updated") > max(
        i for i, n in enumerate(names) if n == "message_delta"
    )


async def test_joining_in_the_middle_of_an_answer_gives_the_text_so_far(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    joined = await ann.join(channel)
    answer = await space.answer(channel)
    space.stream(answer, 0, "The first half")
    await ann.until(lambda: ann.of("message_delta"))

    late = await space.connect()
    await late.join(channel, joined["event_id"])
    space.stream(answer, 14, ", the second")
    await late.until(lambda: late.of("message_delta"))

    assert late.of("message_sent")[0]["message"]["content"] == "The first half"
    (piece,) = late.of("message_delta")
    assert (piece["offset"], piece["text"]) == (14, ", the second")
    assert space.live.text(answer.id, 1, "") == "The first half, the second"


async def test_new_attempt_starts_the_text_over(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    answer = await space.answer(channel)
    space.stream(answer, 0, "lost")
    await ann.until(lambda: ann.of("message_delta"))

    await space.change(answer, attempt=2, content="")
    space.stream(answer, 0, "kept", attempt=2)
    space.stream(answer, 4, "stale", attempt=1)
    await ann.until(lambda: len(ann.of("message_delta")) == 2)
    await space.change(answer, attempt=2, content="kept", status="complete")
    await ann.until(lambda: len(ann.of("message_updated")) == 2)

    first, last = ann.of("message_updated")
    assert (first["message"]["attempt"], first["message"]["content"]) in {(2, ""), (2, "kept")}
    assert last["message"]["content"] == "kept"
    assert all(d["attempt"] == 1 or d["text"] == "kept" for d in ann.of("message_delta"))
    await eventually(lambda: len(space.live) == 0)


async def test_answers_in_parallel_stay_apart(space: Workspace) -> None:
    channel = await space.channel()
    ann = await space.connect()
    await ann.join(channel)
    answers = [await space.answer(channel) for _ in range(5)]

    for number in range(20):
        for index, answer in enumerate(answers):
            space.stream(answer, number, str(index))
        await asyncio.sleep(0)
    await ann.until(lambda: len(ann.of("message_delta")) == 100)

    for index, answer in enumerate(answers):
        pieces = [d for d in ann.of("message_delta") if d["message_id"] == str(answer.id)]
        assert "".join(p["text"] for p in pieces) == str(index) * 20
        assert [p["offset"] for p in pieces] == list(range(20))
