"""What becomes of an answer, good or bad."""

import logging
from datetime import datetime

import pytest

from reznet.schemas.messages import MessageStatus
from reznet.schemas.tasks import TaskStatus
from tests.jobs.conftest import Desk, until
from tests.support.upstream import FakeUpstream


def joined(pieces: list[dict[str, object]]) -> str:
    """Return the text that a client puts together; fail at a gap."""
    text, attempt = "", 0
    for piece in pieces:
        if piece["attempt"] != attempt:
            text, attempt = "", piece["attempt"]
        assert piece["offset"] == len(text)
        text += str(piece["text"])
    return text


async def test_answer_is_streamed_without_gaps_and_stored(desk: Desk) -> None:
    task = await desk.ask_model("fake;ttft=0.05;rate=100;n=30")
    ended = await desk.ended(task)
    answer = await desk.answer(task)
    assert ended.status is TaskStatus.COMPLETED
    assert ended.finish == "stop"
    assert ended.attempt == answer.attempt == 1
    assert answer.status is MessageStatus.COMPLETE
    assert len(answer.content.split()) == 30
    assert joined(desk.deltas(task)) == answer.content
    assert 1 < len(desk.deltas(task)) < 30  # gathered, but not into one


async def test_agent_is_told_to_think_then_write_then_be_done(desk: Desk) -> None:
    task = await desk.ask_model("fake;n=3")
    await desk.ended(task)
    states = [s["data"]["state"] for s in desk.live if s["event"] == "agent_typing"]
    assert states == ["thinking", "writing", "done"]


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("fake;fail=401", "auth"),
        ("fake;fail=empty", "empty_answer"),
        ("fake;fail=filter", "filtered"),
    ],
)
async def test_bad_end_is_told_with_its_code_and_next_step(
    desk: Desk, model: str, code: str
) -> None:
    ended = await desk.ended(await desk.ask_model(model))
    answer = await desk.answer(ended)
    assert ended.status is TaskStatus.FAILED
    assert answer.status is MessageStatus.FAILED
    assert ended.error is not None
    assert answer.error == ended.error
    assert ended.error.code == code
    assert ended.error.message.endswith(".")


async def test_broken_off_answer_keeps_its_text_and_fails(desk: Desk) -> None:
    ended = await desk.ended(await desk.ask_model("fake;fail=truncate;n=20;at=5"))
    assert ended.status is TaskStatus.FAILED
    assert ended.error is not None
    assert ended.error.code == "truncated"
    assert len((await desk.answer(ended)).content.split()) == 5


async def test_answer_cut_at_its_length_is_complete_and_says_so(desk: Desk) -> None:
    ended = await desk.ended(await desk.ask_model("fake;fail=length;n=10"))
    assert ended.status is TaskStatus.COMPLETED
    assert ended.finish == "length"


async def test_text_that_cannot_be_stored_does_not_stop_the_answer(desk: Desk) -> None:
    task = await desk.ask_model("fake;text=one%20tw%00o%20three")
    ended = await desk.ended(task)
    answer = await desk.answer(task)
    assert ended.status is TaskStatus.COMPLETED
    assert answer.content == "one two three"
    assert joined(desk.deltas(task)) == answer.content


async def test_other_model_begins_the_text_anew_under_the_next_attempt(desk: Desk) -> None:
    fallbacks = ({"provider": "openai", "model": "fake;ttft=1.2;rate=40;n=40"},)
    task = await desk.ask_model("fake;rate=50;n=40;fail=reset_mid;at=10", fallbacks=fallbacks)
    ended = await desk.ended(task)
    answer = await desk.answer(task)
    assert ended.status is TaskStatus.COMPLETED
    assert ended.attempt == answer.attempt == 2
    assert len(answer.content.split()) == 40
    assert {piece["attempt"] for piece in desk.deltas(task)} == {1, 2}
    assert joined(desk.deltas(task)) == answer.content


async def test_usage_of_every_call_is_recorded_the_failed_one_too(desk: Desk) -> None:
    task = await desk.ask_model("fake;n=8;fail=500;times=1;key=usage")
    await desk.ended(task)
    rows = await desk.execute(
        "select error_code, output_tokens from llm_usage where task_id = :id order by attempt",
        id=task.id,
    )
    assert [row.error_code for row in rows] == ["server", None]
    assert rows[1].output_tokens > 0


async def test_first_token_is_seen_while_the_run_goes_on(desk: Desk) -> None:
    task = await desk.ask_model("fake;ttft=0.05;rate=20;n=60")

    async def look() -> bool:
        return (await desk.task(task.id)).first_token_at is not None

    await until("the first token is stored", look)
    assert (await desk.task(task.id)).status is TaskStatus.RUNNING


async def test_answer_that_mentions_an_agent_starts_its_run(desk: Desk) -> None:
    await desk.agent("fake;n=3", name="Second")
    task = await desk.ask_model("fake;text=ask%20@second")
    await desk.ended(task)
    (row,) = await desk.execute("select id from tasks where parent_id = :id", id=task.id)
    assert (await desk.ended(await desk.task(row.id))).hop == 1


async def test_run_that_cannot_be_begun_fails_and_does_not_wait_for_ever(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    agent = await desk.agent("fake;n=3")
    channel = await desk.channel()
    await desk.execute(
        """update agents set config = jsonb_set(config, '{temperature}', '"x"') where id = :id""",
        id=agent.id,
    )
    await desk.execute(
        "insert into messages (id, channel_id, author_kind, author_name, content, status, attempt,"
        " mentions, metadata, created_at, updated_at) values (:id, :channel, 'user', 'You', 'hi',"
        " 'complete', 0, '[]', '{}', now(), now())",
        id=agent.id,
        channel=channel.id,
    )
    await desk.execute(
        "insert into tasks (id, channel_id, message_id, agent_id, agent_name, hop, status, run,"
        " attempt, estimated, created_by, created_at, updated_at) values (:id, :channel, :id, :id,"
        " 'Helper', 0, 'queued', 1, 0, false, 'x', now(), now())",
        id=agent.id,
        channel=channel.id,
    )
    async with desk.database.write() as session:
        await desk.queue.enqueue_run(session, agent.id, 1)
    ended = await desk.ended(await desk.task(agent.id))
    assert ended.status is TaskStatus.FAILED
    assert ended.error is not None
    assert ended.error.code == "internal_error"


async def test_failed_run_answers_in_the_same_message_when_it_is_retried(
    desk: Desk, upstream: FakeUpstream
) -> None:
    task = await desk.ask_model("fake;n=4;fail=401;times=1;key=again")
    failed = await desk.ended(task)
    again = await desk.retry(task)
    assert (again.status, again.run) == (TaskStatus.QUEUED, 2)
    ended = await desk.ended(task)
    assert ended.status is TaskStatus.COMPLETED
    assert ended.error is None
    assert ended.answer_id == failed.answer_id
    assert (await desk.answer(task)).status is MessageStatus.COMPLETE


async def test_answer_tells_what_its_run_took(desk: Desk) -> None:
    ended = await desk.ended(await desk.ask_model("fake;n=12"))
    run = (await desk.answer(ended)).metadata["run"]
    assert (run["provider"], run["model"], run["finish"]) == ("openai", "fake;n=12", "stop")
    assert run["output_tokens"] == ended.usage.output_tokens
    assert run["estimated"] is False
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert datetime.fromisoformat(run["started_at"]) == ended.started_at
    assert datetime.fromisoformat(run["finished_at"]) == ended.finished_at


async def test_retry_tells_of_the_last_run_alone(desk: Desk) -> None:
    failed = await desk.ended(await desk.ask_model("fake;n=12;fail=401;times=1;key=once"))
    before = (await desk.answer(failed)).metadata["run"]
    assert (before["output_tokens"], before["model"]) == (0, "fake;n=12;fail=401;times=1;key=once")
    retried = await desk.ended(await desk.retry(failed))
    after = (await desk.answer(retried)).metadata["run"]
    assert after["output_tokens"] == retried.usage.output_tokens == 12
    assert after["started_at"] >= before["finished_at"]
