"""What earlier answers leave behind for the next request: nothing that a provider refuses."""

import asyncio
import itertools
from typing import Any

import pytest

from tests.cases.place import QUICK, Place
from tests.support.app import Json
from tests.support.upstream import FakeUpstream

PROVIDERS = ["openai", "anthropic"]


def complaints(body: Json) -> list[str]:
    """Return what a strict provider would refuse in a request."""
    turns = [turn for turn in body["messages"] if turn["role"] != "system"]
    found: list[str] = []
    if not turns or turns[0]["role"] != "user":
        found.append("does not begin with the user")
    if turns and turns[-1]["role"] != "user":
        found.append("does not end with the user")
    found += [
        "two turns of one role"
        for one, other in itertools.pairwise(turns)
        if one["role"] == other["role"]
    ]
    for turn in body["messages"]:
        blocks: Any = turn["content"]
        if isinstance(blocks, str):
            blocks = [{"type": "text", "text": blocks}]
        if not blocks:
            found.append("a turn without content")
        found += ["blank text" for b in blocks if b["type"] == "text" and not b["text"].strip()]
        found += ["a tool's part" for b in blocks if b["type"] != "text"]
    system = body.get("system", "x")
    parts = [system] if isinstance(system, str) else [block["text"] for block in system]
    found += ["blank system text" for part in parts if not part.strip()]
    return found


def strict(upstream: FakeUpstream) -> list[Json]:
    """Return the bodies of the last requests, none of which a strict provider would refuse."""
    bodies = [request["body"] for request in upstream.requests()]
    assert bodies
    for body in bodies:
        assert complaints(body) == [], body["messages"]
    return bodies


EMPTY = [
    {"fail": "empty"},
    {"text": " "},
    {"text": "\n\n\t "},
    {"text": "\x00\x00"},
    {"text": "\u00a0\u3000"},
    {"fail": "401"},
    {"fail": "hang_first"},
    {"fail": "filter", "text": " "},
    {"fail": "empty", "think": 5},
    {"fail": "close_mid", "at": 0},
]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_answer_of_nothing_says_so_and_leaves_the_next_request_whole(
    place: Place, upstream: FakeUpstream, provider: str
) -> None:
    upstream.script("turns", [*EMPTY, {"text": "Here I am"}])
    agent = await place.agent("fake;rate=0;script=turns", provider=provider)
    channel = await place.channel()
    for scenario in EMPTY:
        task = await place.ask(channel, agent, "hello")
        if scenario.get("fail") == "hang_first":

            async def asked() -> int:
                return upstream.stats()["live"]

            await wait_for(asked)
            await place.post(f"/tasks/{task['id']}/cancel", status=200)
        answer = await place.answer(task)
        assert answer["status"] in {"failed", "cancelled"}, scenario
        if answer["status"] == "failed":
            assert answer["error"]["code"], scenario
        if scenario in EMPTY[:5]:
            assert answer["error"]["code"] == "empty_answer", scenario
    answer = await place.answer(await place.ask(channel, agent, "hello again"))
    assert (answer["content"], answer["status"]) == ("Here I am", "complete")
    strict(upstream)


async def wait_for(look: Any) -> None:
    async with asyncio.timeout(10):
        while not await look():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_people_and_agents_in_any_order_make_turns_that_alternate(
    place: Place, upstream: FakeUpstream, provider: str
) -> None:
    one = await place.agent(QUICK, provider=provider)
    two = await place.agent(QUICK, provider=provider)
    channel = await place.channel()
    await place.say(channel, "nobody is asked")
    await place.say(channel, "and once more")
    for _ in range(2):
        await place.answer(await place.ask(channel, one))
        await place.answer(await place.ask(channel, two))
    await place.say(channel, f"@{one['handle']} @{two['handle']} fjord")
    await place.idle(channel)
    rows = await place.messages(channel)
    await place.delete(f"/messages/{rows[2]['id']}")
    await place.delete(f"/messages/{rows[5]['id']}")
    await place.post(f"/channels/{channel['id']}/clear", status=200)
    await place.answer(await place.ask(channel, one, "after clearing"))
    bodies = strict(upstream)
    assert "nobody is asked" in str(bodies[0])
    assert "fjord" not in str(bodies[-1])
    assert "after clearing" in str(bodies[-1])


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_long_histories_are_cut_between_turns(
    place: Place, upstream: FakeUpstream, provider: str
) -> None:
    agent = await place.agent(QUICK, provider=provider)
    channel = await place.channel()
    for size in range(0, 30_000, 2_500):
        task = await place.ask(channel, agent, "word " * (size // 5) + f"turn {size}")
        assert (await place.answer(task))["status"] == "complete"
    place.sql(
        "insert into messages (id, channel_id, author_kind, author_name, agent_id, content, status,"
        " attempt, mentions, metadata, created_at, updated_at)"
        " select gen_random_uuid(), %s, case n %% 3 when 0 then 'agent' else 'user' end, 'X',"
        " case n %% 3 when 0 then %s::uuid end, repeat('long text ', n * 17), 'complete', 0, '[]',"
        " '{}', now(), now() from generate_series(1, 180) n",
        channel["id"],
        agent["id"],
    )
    answer = await place.answer(await place.ask(channel, agent, "the newest"))
    assert answer["status"] == "complete"
    bodies = strict(upstream)
    assert "the newest" in str(bodies[-1]["messages"][-1])
    assert "turn 27500" in str(bodies[-2]["messages"][-1])


async def test_a_thread_knows_its_root_and_nothing_of_the_channel(
    place: Place, upstream: FakeUpstream
) -> None:
    agent, channel = await place.agent(), await place.channel()
    root = await place.say(channel, "the root")
    await place.say(channel, "elsewhere")
    for text in ("first", "second"):
        said = await place.say(channel, f"@{agent['handle']} {text}", thread_id=root["id"])
        await place.ended(said["tasks"][0])
    bodies = strict(upstream)
    assert "the root" in str(bodies[-1])
    assert "elsewhere" not in str(bodies[-1])
