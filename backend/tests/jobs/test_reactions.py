"""Reactions and the answers of agents."""

import json

from reznet.schemas.messages import MessageStatus
from reznet.services import reactions
from reznet.services.ports import LOCAL_USER
from tests.jobs.conftest import Desk
from tests.support.upstream import FakeUpstream


async def test_agents_see_no_reactions(desk: Desk, upstream: FakeUpstream) -> None:
    agent = await desk.agent("fake;n=3")
    channel = await desk.channel()
    first = await desk.ended(await desk.ask(channel, f"@{agent.handle} one"))
    answer = await desk.answer(first)
    async with desk.database.write() as session:
        for message_id in (first.message_id, answer.id):
            await reactions.add(session, desk.ports, LOCAL_USER, message_id, "🦄")
    await desk.ended(await desk.ask(channel, f"@{agent.handle} two"))
    asked = json.dumps(upstream.requests()[-1]["body"], ensure_ascii=False)
    assert answer.content in asked
    assert "🦄" not in asked


async def test_a_reaction_on_an_answer_under_way_leaves_its_text_alone(desk: Desk) -> None:
    task = await desk.ask_model("fake;ttft=0.05;rate=60;n=60")
    await desk.streaming(task)
    running = await desk.task(task.id)
    assert running.answer_id is not None
    for emoji in ("👍", "👀", "🎉"):
        async with desk.database.write() as session:
            message = await reactions.add(
                session, desk.ports, LOCAL_USER, running.answer_id, emoji
            )
        assert message.status is MessageStatus.STREAMING
    await desk.ended(task)
    answer = await desk.answer(task)
    assert answer.status is MessageStatus.COMPLETE
    assert len(answer.content.split()) == 60
    assert [reaction.emoji for reaction in answer.reactions] == ["👍", "👀", "🎉"]
    assert answer.attempt == 1
