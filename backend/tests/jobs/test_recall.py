"""What agents are told of their memories when they are asked, by whatever way, and what their answers keep of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.cases.place import unique
from tests.jobs.conftest import until
from tests.support.app import App, Json, checked, problem, running, settings_for
from tests.support.databases import Server
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.asyncio(loop_scope="module")

CITING = "fake;text=Plum%20%5Bm1%5D."
ROME = "Ada moved to Rome in spring."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(
    server: Server, one_upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    """Return a workspace for all tests here; each makes agents and channels of its own."""
    with server.clone() as url:
        folder = tmp_path_factory.mktemp("recall")
        more = {"OPENAI_BASE_URL": f"{one_upstream.url}/v1"}
        async with running(settings_for(url, folder, **more)) as started:
            yield started


class Desk:
    """A workspace and the prompts that its model service has seen."""

    def __init__(self, app: App, upstream: FakeUpstream) -> None:
        self.app = app
        self.upstream = upstream

    async def agent(self, name: str = "", model: str = "fake;n=2", **fields: Any) -> Json:
        memory = {"remember": "off", **fields.pop("memory", {})}
        name = name or unique("Keeper")
        return await self.app.agent(name, provider="openai", model=model, memory=memory, **fields)

    async def remember(self, agent: Json, content: str, **fields: Any) -> Json:
        path = f"/api/agents/{agent['id']}/memories"
        return await self.app.post(path, {"content": content, **fields})

    async def ask(self, agent: Json, content: str, **fields: Any) -> Json:
        """Return the answer to an invocation."""
        body = {"content": content, "wait": 30, **fields}
        result = await self.app.post(f"/api/agents/{agent['id']}/invoke", body, 200)
        return result["message"]

    async def mention(self, channel: Json, agent: Json, content: str, **fields: Any) -> Json:
        """Return the answer to a mention in a channel."""
        posted = await self.app.say(channel, f"@{agent['handle']} {content}", **fields)
        (task,) = posted["tasks"]
        return await self.answer(task)

    async def answer(self, task: Json) -> Json:
        async def look() -> Json | None:
            now = await self.app.get(f"/api/tasks/{task['id']}")
            return now if now["status"] in {"completed", "failed", "cancelled"} else None

        ended = await until("the run is over", look)
        return await self.app.get(f"/api/messages/{ended['answer_id']}")

    def prompt(self) -> str:
        """Return the last turn of the last request: what is new for the model."""
        return self.upstream.requests()[-1]["body"]["messages"][-1]["content"]

    def system(self) -> str:
        return self.upstream.requests()[-1]["body"]["messages"][0]["content"]


@pytest.fixture
def desk(app: App, upstream: FakeUpstream) -> Desk:
    return Desk(app, upstream)


async def test_a_memory_reaches_the_model_with_its_source_and_the_answer_tells_which(
    desk: Desk,
) -> None:
    app = desk.app
    agent = await desk.agent(model=CITING)
    elsewhere = await app.channel(unique("travel"))
    source = await app.say(elsewhere, ROME)
    memory = await desk.remember(agent, ROME, source_message_id=source["id"])
    await desk.remember(agent, "The printer on the second floor jams with thick paper.")
    answer = await desk.mention(
        await app.channel(unique("lab")), agent, "Where does Ada live now?"
    )

    prompt = desk.prompt()
    said = source["created_at"][:16].replace("T", " ")
    assert (
        f"[m1] {said} UTC, You in #{elsewhere['name']}, message {source['id']}\n> {ROME}\n\n"
        in prompt
    )
    assert prompt.startswith("[Memories, no message]: ")
    assert prompt.endswith(f"[You]: @{agent['handle']} Where does Ada live now?")
    assert "printer" not in prompt
    assert "[Memories, no message]:" in desk.system()

    (used,) = answer["metadata"]["memories"]
    assert (used["mark"], used["id"], used["owner_id"]) == ("m1", memory["id"], agent["id"])
    assert used["cited"]
    assert used["score"] > 0
    assert used["score_parts"]["dense"] > 0.6
    assert "Rome" not in str(answer["metadata"])
    (shown,) = await app.get(f"/api/messages/{answer['id']}/memories")
    assert (shown["mark"], shown["cited"], shown["memory"]["content"]) == ("m1", True, ROME)
    assert shown["score_parts"] == used["score_parts"]

    await app.http.delete(f"/api/agents/{agent['id']}/memories/{memory['id']}")
    (gone,) = await app.get(f"/api/messages/{answer['id']}/memories")
    assert (gone["mark"], gone["memory"]) == ("m1", None)


async def test_every_way_to_ask_recalls(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent()
    await desk.remember(agent, ROME)
    question = "Where does Ada live now?"
    channel = await app.channel(unique("lab"))
    root = await app.say(channel, "A thread begins.")
    direct = await app.post("/api/channels", {"agent_id": agent["id"]})

    seen: list[str] = []
    await desk.mention(channel, agent, question)
    seen.append(desk.prompt())
    await desk.mention(channel, agent, question, thread_id=root["id"])
    seen.append(desk.prompt())
    (task,) = (await app.say(direct, question))["tasks"]
    await desk.answer(task)
    seen.append(desk.prompt())
    await desk.ask(agent, question)
    seen.append(desk.prompt())
    await desk.ask(agent, question, channel_id=channel["id"])
    seen.append(desk.prompt())
    streamed = await app.http.post(
        f"/api/agents/{agent['id']}/invoke",
        json={"content": question},
        headers={"Accept": "text/event-stream"},
    )
    assert "event: done" in streamed.text
    assert '"mark":"m1"' in streamed.text
    seen.append(desk.prompt())
    assert len(desk.upstream.requests()) == len(seen) == 6
    assert all(f"> {ROME}" in prompt for prompt in seen)


@pytest.mark.parametrize(
    "request_",
    ["hello", "Good morning!", "thanks, that's great", "write a haiku", "what is 17 * 23?"],
)
async def test_what_has_nothing_to_do_with_them_brings_no_memories(
    desk: Desk, request_: str
) -> None:
    agent = await desk.agent()
    for content in (ROME, "Grace prefers green tea.", "Releases go out on Thursdays."):
        await desk.remember(agent, content)
    answer = await desk.ask(agent, request_)
    assert desk.prompt() == f"[You]: {request_}"
    assert "memories" not in answer["metadata"]
    assert await desk.app.get(f"/api/messages/{answer['id']}/memories") == []


async def test_an_agent_without_memories_or_told_not_to_recall_gets_a_plain_prompt(
    desk: Desk,
) -> None:
    fresh = await desk.agent()
    await desk.ask(fresh, "Where does Ada live now?")
    assert "[Memories" not in desk.system()
    agent = await desk.agent(memory={"recall": False})
    await desk.remember(agent, ROME)
    await desk.ask(agent, "Where does Ada live now?")
    assert "[Memories" not in desk.system()
    assert desk.prompt() == "[You]: Where does Ada live now?"


async def test_what_matters_always_is_told_with_every_request(desk: Desk) -> None:
    agent = await desk.agent()
    standing = await desk.remember(agent, "Answer in German.", importance=0.9, pinned=True)
    await desk.remember(agent, "The mascot is a heron.", importance=0.3, pinned=True)
    answer = await desk.ask(agent, "hello")
    assert "> Answer in German." in desk.prompt()
    assert "heron" not in desk.prompt()
    (used,) = answer["metadata"]["memories"]
    assert (used["id"], used["score"], used["cited"]) == (standing["id"], None, False)


async def test_a_correction_takes_the_place_of_what_it_corrects(desk: Desk) -> None:
    agent = await desk.agent()
    old = await desk.remember(agent, "Ada lives in Rome.", said_at="2024-05-01T12:00:00Z")
    new = await desk.remember(agent, "Ada lives in Oslo.", said_at="2025-05-01T12:00:00Z")
    await desk.ask(agent, "Where does Ada live?")
    rome, oslo = (desk.prompt().index(place) for place in ("Rome", "Oslo"))
    assert rome < oslo  # the newer nearer to the request
    path = f"/api/agents/{agent['id']}/memories/{old['id']}"
    checked(await desk.app.http.put(path, json={"superseded_by": new["id"]}), 200)
    await desk.ask(agent, "Where does Ada live?")
    block = desk.prompt().partition("[You]:")[0]
    assert "Oslo" in block
    assert "Rome" not in block


async def test_nothing_is_told_twice(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent()
    here, elsewhere = await app.channel(unique("lab")), await app.channel(unique("travel"))
    source = await app.say(here, ROME)
    await desk.remember(agent, ROME, source_message_id=source["id"])
    await desk.mention(here, agent, "Where does Ada live now?")
    assert "[Memories" not in desk.prompt()
    assert ROME in desk.prompt()
    await desk.mention(elsewhere, agent, "Where does Ada live now?")
    assert f"> {ROME}" in desk.prompt()


async def test_what_no_longer_fits_the_window_is_remembered(
    desk: Desk,
) -> None:
    app = desk.app
    agent = await desk.agent(max_tokens=1)
    here = await app.channel(unique("lab"))
    source = await app.say(here, ROME)
    await desk.remember(agent, ROME, source_message_id=source["id"])
    for number in range(8):
        await app.say(here, f"{number} " + "The build is green. " * 1500)
    await desk.mention(here, agent, "Where does Ada live now?")
    assert f"> {ROME}" in desk.prompt()


async def test_a_cleared_channel_is_forgotten_there(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent()
    here, elsewhere = await app.channel(unique("lab")), await app.channel(unique("travel"))
    source = await app.say(here, ROME)
    await desk.remember(agent, ROME, source_message_id=source["id"])
    await desk.remember(agent, "Ada's flat has a balcony.", channel_id=here["id"])
    await app.post(f"/api/channels/{here['id']}/clear", None, 200)
    question = "Where does Ada live? Does Ada's flat have a balcony?"
    await desk.mention(here, agent, question)
    assert "Rome" not in desk.prompt()
    assert "> Ada's flat has a balcony." in desk.prompt()  # written down, not said there
    await desk.mention(elsewhere, agent, question)
    assert f"> {ROME}" in desk.prompt()


async def test_times_are_as_of_the_message(desk: Desk) -> None:
    agent = await desk.agent()
    now = datetime.now(UTC)
    for days, dish in ((1, "lentils"), (9, "risotto"), (30, "goulash")):
        said_at = (now - timedelta(days=days)).isoformat()
        await desk.remember(agent, f"The canteen served {dish} for lunch.", said_at=said_at)
    answer = await desk.ask(agent, "What did the canteen serve for lunch yesterday?")
    best = max(answer["metadata"]["memories"], key=lambda one: one["score"])
    assert best["score_parts"]["time"] > 0
    shown = await desk.app.get(f"/api/messages/{answer['id']}/memories")
    (told,) = [one for one in shown if one["mark"] == best["mark"]]
    assert "lentils" in told["memory"]["content"]


async def test_a_short_request_goes_on_with_what_was_said(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent()
    await desk.remember(agent, "Grace keeps two cats called Nut and Bolt.")
    here = await app.channel(unique("lab"))
    await desk.mention(here, agent, "Tell me about Grace and her cats.")
    await desk.mention(here, agent, "What are they called?")
    assert "Nut and Bolt" in desk.prompt()


async def test_marks_of_earlier_answers_are_not_taken_for_those_of_now(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent(model=CITING)
    await desk.remember(agent, "The code word is plum.")
    here = await app.channel(unique("lab"))
    await desk.mention(here, agent, "What code word do you know?")
    await desk.mention(here, agent, "And what is the code word?")
    turns = desk.upstream.requests()[-1]["body"]["messages"]
    assert [turn["content"] for turn in turns if turn["role"] == "assistant"] == ["Plum."]


@pytest.mark.parametrize(
    ("model", "status"), [("fake;n=9;fail=reset_mid;at=4", "failed"), ("fake;fail=401", "failed")]
)
async def test_answers_that_fail_tell_their_memories_too(
    desk: Desk, model: str, status: str
) -> None:
    agent = await desk.agent(model=model)
    await desk.remember(agent, ROME)
    channel = await desk.app.channel(unique("lab"))
    answer = await desk.mention(channel, agent, "Where does Ada live now?")
    assert answer["status"] == status
    assert [one["cited"] for one in answer["metadata"]["memories"]] == [False]


async def test_a_cancelled_answer_tells_its_memories_and_a_retry_gets_its_own(desk: Desk) -> None:
    app = desk.app
    agent = await desk.agent(model="fake;ttft=0.05;rate=20;n=200")
    first = await desk.remember(agent, ROME)
    channel = await app.channel(unique("lab"))
    posted = await app.say(channel, f"@{agent['handle']} Where does Ada live now?")
    (task,) = posted["tasks"]

    async def begun() -> bool:
        now = await app.get(f"/api/tasks/{task['id']}")
        message = now["answer_id"] and await app.get(f"/api/messages/{now['answer_id']}")
        return bool(message and message["content"])

    await until("the answer has text", begun)
    await app.post(f"/api/tasks/{task['id']}/cancel", None, 200)
    answer = await desk.answer(task)
    assert answer["status"] == "cancelled"
    assert [one["id"] for one in answer["metadata"]["memories"]] == [first["id"]]

    checked(await app.http.put(f"/api/agents/{agent['id']}", json={"model": "fake;n=2"}), 200)
    await app.http.delete(f"/api/agents/{agent['id']}/memories/{first['id']}")
    second = await desk.remember(agent, "Ada lives in Oslo.")
    await app.post(f"/api/tasks/{task['id']}/retry", None, 202)
    answer = await desk.answer(task)
    assert answer["status"] == "complete"
    assert [one["id"] for one in answer["metadata"]["memories"]] == [second["id"]]


async def test_the_memories_of_what_is_no_answer_are_none(desk: Desk) -> None:
    channel = await desk.app.channel(unique("lab"))
    said = await desk.app.say(channel, "Nobody is asked.")
    assert await desk.app.get(f"/api/messages/{said['id']}/memories") == []
    missing = await desk.app.http.get(f"/api/messages/{channel['id']}/memories")
    assert problem(missing, 404)["code"] == "message_not_found"


async def test_trying_an_agent_out_recalls_nothing(desk: Desk) -> None:
    agent = await desk.agent(model="fake;n=2")
    await desk.remember(agent, ROME, pinned=True, importance=1)
    body = {
        "name": unique("Keeper"), "role": "Reviews code", "provider": "openai", "model": "fake;n=2",
        "messages": [{"author": "user", "content": "Where does Ada live now?"}],
    }  # fmt: skip
    response = await desk.app.http.post("/api/agents/try", json=body)
    assert response.status_code == 200, response.text
    assert "Rome" not in str(desk.upstream.requests()[-1]["body"])
