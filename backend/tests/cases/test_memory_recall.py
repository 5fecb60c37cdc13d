"""Memories in prompts: whose they are."""

import json

from tests.cases.place import Place, unique, until
from tests.support.app import Json
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

    await place.ended(await place.ask(room, theirs, QUESTION), 60)  # much is loaded for the first
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


async def test_the_tasks_of_a_workflow_have_the_memories_of_those_who_do_them(
    place: Place, upstream: FakeUpstream
) -> None:
    mine, theirs = await keeper(place, "plum"), await keeper(place, "cherry")
    for agent in (mine, theirs):
        body = {"content": f"The budget of the launch is kept by {agent['handle']}."}
        await place.post(f"/agents/{agent['id']}/memories", body)
    room = await place.channel()
    upstream.reset()
    tasks = [
        {"key": agent["handle"], "title": "Budget of the launch", "agent": agent["handle"]}
        for agent in (mine, theirs)
    ]
    body = {"channel_id": room["id"], "title": "Launch", "tasks": tasks}
    workflow = await place.post("/workflows", body)
    await place.post(f"/workflows/{workflow['id']}/start", {}, 200)

    async def over() -> Json | None:
        now = await place.get(f"/workflows/{workflow['id']}")
        return now if now["status"] in {"completed", "failed", "cancelled"} else None

    ended = await until("the workflow is over", over, 30)
    assert ended is not None
    by_agent = {one["agent"]: one for one in ended["tasks"]}
    for agent, word, foreign in ((mine, "plum", "cherry"), (theirs, "cherry", "plum")):
        (prompt,) = [one for one in prompts(upstream) if f"code word is {word}" in one]
        assert foreign not in prompt
        assert f"kept by {agent['handle']}" in prompt
        run = await place.get(f"/tasks/{by_agent[agent['handle']]['task_id']}")
        answer = await place.get(f"/messages/{run['answer_id']}")
        assert len(answer["metadata"]["memories"]) == 2


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
