"""The contract of /api/channels/{id}/members."""

import asyncio
from uuid import uuid4

from tests.support.app import App, Json, checked, problem


def members_of(channel: Json) -> str:
    return f"/api/channels/{channel['id']}/members"


async def handles(app: App, channel: Json) -> list[str]:
    return [row["handle"] for row in await app.get(members_of(channel))]


async def test_agents_join_once_and_leave(app: App) -> None:
    channel, agent = await app.channel(), await app.agent()
    address = f"{members_of(channel)}/{agent['id']}"
    first = checked(await app.http.put(address), 200)
    assert (first["agent_id"], first["handle"]) == (agent["id"], "code-reviewer")
    again = checked(await app.http.put(address), 200)
    assert again["joined_at"] == first["joined_at"]
    assert await app.get(members_of(channel)) == [first]

    assert (await app.http.delete(address)).status_code == 204
    assert (await app.http.delete(address)).status_code == 204
    assert await app.get(members_of(channel)) == []


async def test_joining_at_the_same_moment_makes_one_member(app: App) -> None:
    channel, agent = await app.channel(), await app.agent()
    address = f"{members_of(channel)}/{agent['id']}"
    answers = await asyncio.gather(*(app.http.put(address) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert await handles(app, channel) == ["code-reviewer"]


async def test_members_leave_with_their_agent_and_are_called_as_it_is(app: App) -> None:
    channel, agent = await app.channel(), await app.agent()
    await app.http.put(f"{members_of(channel)}/{agent['id']}")
    checked(await app.http.put(f"/api/agents/{agent['id']}", json={"name": "Judge"}), 200)
    assert await handles(app, channel) == ["judge"]
    assert (await app.http.delete(f"/api/agents/{agent['id']}")).status_code == 204
    assert await handles(app, channel) == []


async def test_pages_lead_through_all_members_once(app: App) -> None:
    channel = await app.channel()
    for number in range(5):
        agent = await app.agent(f"Agent {number}")
        await app.http.put(f"{members_of(channel)}/{agent['id']}")
    seen: list[str] = []
    address = f"{members_of(channel)}?limit=2"
    while address:
        response = await app.http.get(address)
        seen += [row["handle"] for row in checked(response, 200)]
        address = response.links.get("next", {}).get("url", "")
    assert seen == [f"agent-{number}" for number in range(5)]


async def test_direct_messages_have_their_agent_and_nobody_else(app: App) -> None:
    agent, other = await app.agent(), await app.agent("Somebody Else")
    direct = await app.post("/api/channels", {"agent_id": agent["id"]})
    assert await handles(app, direct) == ["code-reviewer"]
    refused = await app.http.put(f"{members_of(direct)}/{other['id']}")
    assert problem(refused, 403)["code"] == "direct_messages"
    assert problem(await app.http.delete(f"{members_of(direct)}/{agent['id']}"), 403)


async def test_what_is_not_there_or_closed_is_refused(app: App) -> None:
    channel, agent = await app.channel(), await app.agent()
    assert problem(await app.http.get(f"/api/channels/{uuid4()}/members"), 404)
    assert problem(await app.http.put(f"/api/channels/{uuid4()}/members/{agent['id']}"), 404)
    nobody = await app.http.put(f"{members_of(channel)}/{uuid4()}")
    assert problem(nobody, 404)["code"] == "agent_not_found"
    assert (await app.http.delete(f"{members_of(channel)}/{uuid4()}")).status_code == 204
    assert problem(await app.http.get(f"{members_of(channel)}?cursor=x"), 400)

    await app.http.put(f"{members_of(channel)}/{agent['id']}")
    await app.http.delete(f"/api/channels/{channel['id']}")
    assert problem(await app.http.put(f"{members_of(channel)}/{agent['id']}"), 409)
    assert await handles(app, channel) == ["code-reviewer"]


async def test_agents_answer_where_they_are_no_members(app: App) -> None:
    channel, agent = await app.channel(), await app.agent()
    said = await app.say(channel, "@code-reviewer hello")
    assert [task["agent_id"] for task in said["tasks"]] == [agent["id"]]
    assert await handles(app, channel) == []
