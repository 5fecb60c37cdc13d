"""Many at once: names that are taken at the same moment, what is removed during a run, and the pool."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.cases.place import QUICK, SLOW, Place, unique, until
from tests.support.app import Json
from tests.support.upstream import FakeUpstream

FORMS = [str.lower, str.upper, str.title, lambda name: f"{name} ", lambda name: f" {name}"]


def statuses(responses: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(response.status_code for response in responses))


@pytest.mark.parametrize("path", ["/agents", "/channels"])
async def test_of_names_taken_at_once_one_is_made(place: Place, path: str) -> None:
    name = unique("alpha").replace(" ", "")
    extra = {"role": "Helps"} if path == "/agents" else {}
    responses = await asyncio.gather(
        *(place.http.post(path, json={"name": form(name), **extra}) for form in FORMS * 4)
    )
    assert statuses(list(responses)) == {201: 1, 409: 19}
    (made,) = [r.json() for r in responses if r.status_code == 201]
    assert (await place.get(f"{path}/{made['id']}"))["name"].strip() == made["name"]
    if path == "/agents":
        posted = await place.say(await place.channel(), f"@{made['handle']} hi")
        assert [task["agent_id"] for task in posted["tasks"]] == [made["id"]]


@pytest.mark.parametrize("path", ["/agents", "/channels"])
async def test_of_renames_at_once_one_is_done(place: Place, path: str) -> None:
    make = place.agent if path == "/agents" else place.channel
    made = [await make() for _ in range(6)]
    name = unique("beta").replace(" ", "")
    responses = await asyncio.gather(
        *(
            place.http.put(f"{path}/{row['id']}", json={"name": FORMS[n % 3](name)})
            for n, row in enumerate(made)
        )
    )
    assert statuses(list(responses)) == {200: 1, 409: 5}
    now = [(await place.get(f"{path}/{row['id']}"))["name"] for row in made]
    assert sum(kept.lower() == name for kept in now) == 1
    assert sum(kept == row["name"] for kept, row in zip(now, made, strict=True)) == 5


async def test_names_change_hands_without_a_fault(place: Place) -> None:
    one, two = await place.agent(), await place.agent()
    for _ in range(5):
        responses = await asyncio.gather(
            place.http.put(f"/agents/{one['id']}", json={"name": two["name"]}),
            place.http.put(f"/agents/{two['id']}", json={"name": one["name"]}),
            place.http.post(f"/agents/{one['id']}/duplicate", json={}),
            place.http.post(f"/agents/{one['id']}/duplicate", json={}),
        )
        assert {response.status_code for response in responses} <= {200, 201, 409}


async def test_an_agent_is_renamed_while_people_write_to_it(place: Place) -> None:
    agent = await place.agent()
    direct = await place.post("/channels", {"agent_id": agent["id"]})
    for _ in range(6):
        responses = await asyncio.gather(
            *(
                place.http.post(f"/channels/{direct['id']}/messages", json={"content": "hi"})
                for _ in range(4)
            ),
            place.http.put(f"/agents/{agent['id']}", json={"name": unique("Renamed")}),
            place.http.put(f"/channels/{direct['id']}", json={"topic": unique("topic")}),
        )
        assert {response.status_code for response in responses} <= {200, 201}
    name = (await place.get(f"/agents/{agent['id']}"))["name"]
    assert (await place.get(f"/channels/{direct['id']}"))["name"] == name
    await place.idle(direct)


async def test_a_name_is_free_again_or_refused_when_its_channel_comes_back(place: Place) -> None:
    first = await place.channel()
    await place.delete(f"/channels/{first['id']}")
    response = await place.http.post("/channels", json={"name": first["name"].upper()})
    assert response.status_code in {201, 409}
    back = await place.http.put(f"/channels/{first['id']}", json={"archived": False})
    assert back.status_code == (409 if response.status_code == 201 else 200)


async def test_direct_messages_opened_at_once_are_one(place: Place) -> None:
    agent = await place.agent()
    responses = await asyncio.gather(
        *(place.http.post("/channels", json={"agent_id": agent["id"]}) for _ in range(8)),
        *(place.http.post(f"/agents/{agent['id']}/invoke", json={"content": "x"}) for _ in "abcd"),
    )
    assert {response.status_code for response in responses} <= {200, 201}
    assert len({r.json()["id"] for r in responses[:8]}) == 1


async def test_an_agent_deleted_while_it_is_asked_makes_no_fault(place: Place) -> None:
    for _ in range(6):
        agent, channel = await place.agent(), await place.channel()
        body = {"content": f"@{agent['handle']} hi"}
        path = f"/channels/{channel['id']}/messages"
        responses = await asyncio.gather(
            *(place.http.post(path, json=body) for _ in range(4)),
            place.http.delete(f"/agents/{agent['id']}"),
            *(place.http.post(path, json=body) for _ in range(2)),
            place.http.post(f"/agents/{agent['id']}/invoke", json={"content": "x", "wait": 5}),
            place.http.post("/channels", json={"agent_id": agent["id"]}),
        )
        codes = [response.status_code for response in responses]
        assert set(codes) <= {200, 201, 204, 404, 409}, [r.text for r in responses]
        assert all(code == 201 for code in codes[:4] + codes[5:7])
        await place.idle(channel)


async def test_nothing_runs_or_is_said_in_a_channel_once_it_is_archived(place: Place) -> None:
    agent = await place.agent(SLOW)
    for _ in range(4):
        channel = await place.channel()
        path = f"/channels/{channel['id']}/messages"
        body = {"content": f"@{agent['handle']} hi"}

        async def archive(channel: Json = channel) -> int:
            await place.delete(f"/channels/{channel['id']}")
            return len(await place.messages(channel))

        said, *responses = await asyncio.gather(
            archive(), *(place.http.post(path, json=body) for _ in range(10))
        )
        assert {response.status_code for response in responses} <= {201, 409}
        tasks = await place.idle(channel, 3)
        assert {task["status"] for task in tasks} <= {"cancelled"}
        people = [r for r in await place.messages(channel) if r["author"]["kind"] == "user"]
        assert len(people) == sum(response.status_code == 201 for response in responses)
        assert len(people) <= said


async def test_answers_deleted_as_they_end_make_no_fault(place: Place) -> None:
    agent = await place.agent(QUICK)
    channel = await place.channel()

    async def ask_and_delete(pause: float) -> None:
        task = await place.ask(channel, agent)

        async def begun() -> str | None:
            return (await place.get(f"/tasks/{task['id']}"))["answer_id"]

        answer = await until("the answer has begun", begun)
        await asyncio.sleep(pause)
        await place.delete(f"/messages/{answer}")
        await place.get(f"/messages/{answer}", 404)

    await asyncio.gather(*(ask_and_delete(n / 500) for n in range(15)))
    await place.idle(channel)
    rows = await place.messages(channel)
    assert not [row for row in rows if row["author"]["kind"] == "agent"]


type Remove = Callable[[Place, Json, Json, Json], Awaitable[object]]

REMOVALS: dict[str, Remove] = {
    "channel": lambda p, c, _a, _t: p.delete(f"/channels/{c['id']}"),
    "channel by put": lambda p, c, _a, _t: p.put(f"/channels/{c['id']}", {"archived": True}),
    "request": lambda p, _c, _a, t: p.delete(f"/messages/{t['message_id']}"),
    "answer": lambda p, _c, _a, t: p.delete(f"/messages/{t['answer_id']}"),
    "agent": lambda p, _c, a, _t: p.delete(f"/agents/{a['id']}"),
    "root of the thread": lambda p, _c, _a, t: p.delete(f"/messages/{t['thread']}"),
}


@pytest.mark.parametrize("what", REMOVALS)
async def test_what_is_removed_during_the_stream_ends_the_run(
    place: Place, upstream: FakeUpstream, what: str
) -> None:
    agent, channel = await place.agent(SLOW), await place.channel()
    ann = await place.listener(channel)
    root = await place.say(channel, "thread")
    posted = await place.say(channel, f"@{agent['handle']} hi", thread_id=root["id"])
    await ann.until(lambda: ann.of("message_delta"))
    task = await place.get(f"/tasks/{posted['tasks'][0]['id']}")
    await REMOVALS[what](place, channel, agent, {**task, "thread": root["id"]})
    assert (await place.ended(task, 3))["status"] == "cancelled"

    async def closed() -> bool:
        return upstream.stats()["live"] == 0

    await until("the provider's connection is closed", closed, 3)
    if what == "answer":
        await place.get(f"/messages/{task['answer_id']}", 404)
        return

    async def partial() -> str | None:
        answer = await place.get(f"/messages/{task['answer_id']}")
        assert answer["status"] == "cancelled"
        return answer["content"]

    assert (await until("the partial text is kept", partial, 3)).startswith("alpha")
