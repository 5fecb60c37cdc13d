"""Providers as the whole workspace meets them: addresses, keys that must not show, and bursts."""

import asyncio
import json
from pathlib import Path

import pytest

from reznet.core.config import load_settings
from reznet.core.errors import StartRefused
from tests.cases.conftest import variables
from tests.cases.place import QUICK, Place, unique
from tests.support.app import running, settings_for
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


KEY = "sk-live-ABCdef0123456789"


@pytest.mark.parametrize(
    ("provider", "fail", "calls"), [("anthropic", "401", 1), ("openai", "reset", 3)]
)
def test_a_key_shows_nowhere_and_a_hopeless_call_is_not_repeated(
    database_url: str,
    folder: Path,
    upstream: FakeUpstream,
    provider: str,
    fail: str,
    calls: int,
) -> None:
    upstream.defaults(fail=fail)
    settings = {
        **variables(upstream),
        f"{provider.upper()}_API_KEY": KEY,
        "REZNET_LOG_LEVEL": "debug",
        "REZNET_DEFAULT_PROVIDER": provider,
        "REZNET_DEFAULT_MODEL": "fake",
    }
    del settings["OLLAMA_HOST"]
    with product(folder, DATABASE_URL=database_url, **settings) as workspace:
        asked = asyncio.run(_ask(workspace.address, database_url))
        told = json.dumps(asked, ensure_ascii=False) + workspace.log.read_text()
    assert upstream.stats().get("requests", 0) == calls
    assert '"level": "debug"' in told or '"level":"debug"' in told
    assert "ABCdef" not in told


@pytest.mark.parametrize("inner", ["\t", "\n", "\u00c4", "\x7f", "\u2028", "\x1b"])
def test_a_key_that_can_not_be_sent_is_refused_without_showing_it(
    folder: Path, inner: str
) -> None:
    values = {"OPENAI_API_KEY": f"sk-live-ABC{inner}def0123456789"}
    with pytest.raises(StartRefused) as refused:
        load_settings(values, env_file=folder / "no.env")
    told = str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    assert "OPENAI_API_KEY" in told
    assert "ABC" not in told
    assert "def0123456789" not in told


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
        paths = ("/tasks", "/audit", "/usage", "/providers", "/agents", "/channels", "/ready")
        told += [await place.get(path) for path in paths]
        told.append(await place.messages(channel))
        told.append((await place.http.get(f"{address}/metrics")).text)
        told.append(place.sql("select payload::text from events"))
        told.append(place.sql("select row_to_json(u)::text from llm_usage u"))
    return json.loads(json.dumps(told, default=str))


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
            assert (task["status"], task["error"]["code"]) == ("failed", "rate_limited")
