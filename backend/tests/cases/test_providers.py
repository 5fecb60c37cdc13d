"""Providers as the whole workspace meets them: addresses, keys that must not show, and bursts."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.cases.conftest import variables
from tests.cases.place import QUICK, Place, unique
from tests.support.app import running, settings_for
from tests.support.databases import Server
from tests.support.product import product
from tests.support.upstream import FakeUpstream

FORMS = ["{}/", "{}/v1/", " {}/v1 ", "{}/v1//", "HTTP://{1}/v1"]


async def test_every_form_of_an_address_checks_and_answers_alike(
    database_url: str, folder: Path, upstream: FakeUpstream
) -> None:
    upstream.defaults(text="Hi!")
    host = upstream.url.removeprefix("http://")
    for form in FORMS:
        address = form.format(upstream.url, host)
        settings = settings_for(database_url, folder, OPENAI_BASE_URL=address)
        async with running(settings) as app:
            rows = {row["name"]: row for row in await app.get("/api/providers")}
            agent = await app.agent(unique(), provider="openai", model="fake")
            response = await app.http.post(
                f"/api/agents/{agent['id']}/invoke", json={"content": "x"}
            )
            task = response.json()["task"]
            assert (rows["openai"]["state"] == "ready") == (task["status"] == "completed"), form
            if "/v1" in address:
                assert response.json()["message"]["content"] == "Hi!", (form, task)


KEYS = {
    "a wrong key": ("sk-live-ABCdef0123456789", "401", 1),
    "a forbidden key": ("sk-live-ABCdef0123456789", "403", 1),
    "a key with a tab within": ("sk-live-ABC\tdef0123456789", "", 0),
    "a key with a line break within": ("sk-live-ABC\ndef0123456789", "", 0),
    "a key beyond ASCII": ("sk-live-ÄBCdef0123456789", "", 0),
    "a key while the provider breaks": ("sk-live-ABCdef0123456789", "reset", 3),
}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_key_shows_nowhere_and_hopeless_calls_are_not_repeated(
    server: Server, folder: Path, upstream: FakeUpstream, provider: str
) -> None:
    for what, (key, fail, calls) in KEYS.items():
        upstream.reset()
        upstream.defaults(fail=fail)
        home = folder / what.replace(" ", "-")
        home.mkdir()
        settings = variables(upstream) | {
            f"{provider.upper()}_API_KEY": key,
            "REZNET_LOG_LEVEL": "debug",
            "REZNET_DEFAULT_PROVIDER": provider,
            "REZNET_DEFAULT_MODEL": "fake",
        }
        with server.clone() as url, product(home, DATABASE_URL=url, **settings) as running:
            told = json.dumps(asyncio.run(_ask(running.address, url)), ensure_ascii=False)
            told += running.log.read_text()
        assert upstream.stats().get("requests", 0) == calls, what
        shown = [key, *key.replace("\t", "\n").split("\n")]
        parts = [part for part in shown if len(part) > 12] or [key]
        assert not [part for part in parts if part in told], what
        assert "def0123456789" not in told, what


async def _ask(address: str, url: str) -> list[object]:
    """Let an agent run and return everything that the workspace tells of it."""
    told: list[object] = []
    async with Place.at(address, url) as place:
        channel = await place.channel()
        ann = await place.listener(channel)
        task = (await place.say(channel, "@backend hi"))["tasks"][0]
        ended = await place.ended(task, 30)
        assert ended["status"] == "failed"
        assert ended["error"]["code"]
        await ann.until(
            lambda: any(d["task"]["status"] == "failed" for d in ann.of("task_updated"))
        )
        told.append(ann.heard)
        for path in ("/tasks", "/audit", "/usage", "/providers", "/agents", "/channels", "/ready"):
            told.append(await place.get(path))
        told.append(await place.messages(channel))
        told.append((await place.http.get(f"{address}/metrics")).text)
        told.append(place.sql("select payload::text from events"))
        told.append(place.sql("select row_to_json(u)::text from llm_usage u"))
    return json.loads(json.dumps(told, default=str))


async def test_a_burst_is_outlived_as_the_provider_asks(
    place: Place, upstream: FakeUpstream
) -> None:
    agents = [
        await place.agent(f"{QUICK};fail=429;retry_after=1;times=2;key=burst{n}") for n in range(6)
    ]
    channel = await place.channel()
    clock = asyncio.get_running_loop().time
    began = clock()
    everyone = " ".join(f"@{agent['handle']}" for agent in agents)
    await place.say(channel, everyone)
    tasks = await place.idle(channel, 30)
    assert {task["status"] for task in tasks} == {"completed"}
    assert clock() - began >= 2
    assert upstream.stats()["requests"] == 18
    assert sum(row["calls"] for row in await place.get("/usage")) >= 18


async def test_an_endless_burst_fails_by_name_and_leaves_the_others_alone(
    database_url: str, folder: Path, upstream: FakeUpstream
) -> None:
    more = variables(upstream) | {"REZNET_RETRY_AFTER_CAP_SECONDS": "1"}
    settings = settings_for(database_url, folder, **more, REZNET_MODEL_ATTEMPTS="2")
    waits = ["1", "abc", "99999", "-5", "Fri, 31 Dec 2099 23:59:59 GMT", ""]
    async with running(settings) as app:
        fine = await app.agent("Fine One", model=QUICK, provider="openai")
        agents = [fine]
        for number, wait in enumerate(waits):
            script = f"endless{number}"
            upstream.script(script, [{"fail": "429", "retry_after": wait}])
            model = f"fake;script={script}"
            agents.append(await app.agent(f"Endless {number}", model=model, provider="openai"))
        channel = await app.channel()
        await app.say(channel, " ".join(f"@{agent['handle']}" for agent in agents))
        async with asyncio.timeout(20):
            while True:
                tasks = await app.get("/api/tasks", channel_id=channel["id"])
                if all(task["finished_at"] for task in tasks):
                    break
                await asyncio.sleep(0.05)
    for task in tasks:
        if task["agent_name"] == "Fine One":
            assert task["status"] == "completed"
        else:
            assert (task["status"], task["error"]["code"]) == ("failed", "rate_limit")
