"""Who is asked: from a posted or edited text to the runs that it starts, and where chains end."""

import asyncio
from typing import Any

import pytest

from tests.cases.place import QUICK, Place, unique
from tests.support.app import Json
from tests.support.upstream import FakeUpstream


async def asked(place: Place, text: str) -> list[str]:
    """Return the names of the agents that a message in a new channel starts."""
    posted = await place.say(await place.channel(), text)
    assert posted["content"] == text
    return [task["agent_name"] for task in posted["tasks"]]


def says(text: str) -> str:
    """Return the model whose every answer is this text."""
    return "fake;rate=0;text=" + text.replace(" ", "%20")


CODE = [
    "    @{} deploy()",
    "\t@{} deploy()",
    "```\n@{} deploy()\n```",
    "~~~py\n@{} deploy()\n~~~",
    "```\n@{} is in a fence that nobody closed",
    "run `@{} deploy`",
    "run ``@{} ` deploy`` now",
    "> ```\n> @{}\n> ```",
    "1. one\n\n       @{} in a list's code",
]
ADDRESSES = [
    "mail bob@{} or x@{}.com",
    "https://host/@{}",
    "git@{}:repo.git",
    "see <https://host/@{}>",
    "[text](https://host/@{})",
    "npm i @{}/core",
    "\\@{} is not meant",
    "@{}_2 and @{}2",
    "user+@{}",
    "<a title='@{}'>",
]
AROUND = [
    "(@{}:)",
    '"@{}"',
    "[@{}]",
    "**@{}**",
    "¿@{}?",
    "@{}…",
    "「@{}」",
    "@{}\u2019s",
    "@{}-",
    "_@{}_",
    "> @{} quoted",
    "- @{}\n- x",
    "| @{} | b |",
    "🙂@{}🙂",
    "请@{}看一下",
    "hi\r\n@{}\r\n",
    "# @{}",
    "—@{}—",
    "{{@{}}}",
    "`code` @{} `code`",
]


async def test_only_prose_asks_an_agent(place: Place) -> None:
    handle = (await place.agent())["handle"]
    for text in CODE + ADDRESSES:
        assert await asked(place, text.replace("{}", handle)) == [], text
    for text in CODE:
        if "nobody closed" not in text:
            both = f"{text}\n\n@{{}} please\n".replace("{}", handle)
            assert len(await asked(place, both)) == 1, both
    for text in AROUND:
        assert len(await asked(place, text.replace("{}", handle))) == 1, text


async def test_a_mention_repeated_and_in_any_case_is_one_run(place: Place) -> None:
    agent = await place.agent()
    text = f"@{agent['handle']} @{agent['handle'].upper()} (@{agent['handle']})"
    assert await asked(place, text) == [agent["name"]]


NAMES = [
    "th-",
    "-th",
    "test.",
    "a--b",
    "a  b",
    "a_b",
    "½ share",
    "⑴ first",
    "⒈ first",
    "l·l bot",
    "Ŀl bot",
    "İstanbul",
    "Straße",
    "ß" * 50,
    "ﷺ one",
    "ﷺ" * 3,
    "\u037aota",
    "ŉame",
    "ﬁle bot",
    "日本 语助",
    "Ünï Cödé",
    "e\u0301tude",
    "٣٤ ok",
    "\uff41\uff42\uff43",
    "all stars",
    "allan",
    "here-ford",
    "channel-bot",
    "everyone else",
]


async def test_every_name_is_refused_or_can_be_mentioned(place: Place) -> None:
    for name in NAMES:
        response = await place.http.post("/agents", json={"name": name, "role": "Helps"})
        if response.status_code == 400:
            assert response.json()["errors"][0]["field"] == "name"
            continue
        assert response.status_code == 201, (name, response.text)
        agent = response.json()
        for typed in (agent["handle"], agent["name"].replace(" ", "-")):
            posted = await place.say(await place.channel(), f"@{typed} hi")
            assert [task["agent_name"] for task in posted["tasks"]] == [agent["name"]], name
            (mention,) = posted["mentions"]
            assert posted["content"][mention["start"] : mention["end"]] == f"@{typed}"
        await place.delete(f"/agents/{agent['id']}")


@pytest.mark.parametrize(
    "name", ["all", "HERE", "channel", "Everyone", "system", "\uff41\uff4c\uff4c", " all "]
)
async def test_nobody_is_called_like_everybody(place: Place, name: str) -> None:
    await place.post("/agents", {"name": name, "role": "Helps"}, 400)
    agent = await place.agent()
    await place.put(f"/agents/{agent['id']}", {"name": name}, 400)
    await place.post(f"/agents/{agent['id']}/duplicate", {"name": name}, 400)


async def test_a_renamed_agent_is_found_by_its_new_name_alone(place: Place) -> None:
    agent, name = await place.agent(), unique("Renamed")
    after = await place.put(f"/agents/{agent['id']}", {"name": name})
    assert await asked(place, f"@{agent['handle']} hi") == []
    assert await asked(place, f"@{after['handle']} hi") == [name]


async def test_an_edit_asks_once_whom_it_newly_names(place: Place) -> None:
    one, two = await place.agent(), await place.agent()
    channel = await place.channel()
    posted = await place.say(channel, "please look")
    for text, runs in (
        (f"@{one['handle']} please look", 1),
        (f"@{one['handle']} please look!", 1),
        ("please look", 1),
        (f"@{one['handle']} again", 1),
        (f"`@{two['handle']}` is only code", 1),
        (f"@{two['handle']} @{one['handle']}", 2),
    ):
        await place.put(f"/messages/{posted['id']}", {"content": text})
        tasks = await place.get("/tasks", channel_id=channel["id"])
        assert len(tasks) == runs, text
    answers = [row for row in await place.messages(channel) if row["author"]["kind"] == "agent"]
    assert len(answers) <= 2
    await place.idle(channel)


async def test_edits_at_the_same_moment_ask_once(place: Place) -> None:
    agent, channel = await place.agent(), await place.channel()
    posted = await place.say(channel, "please look")
    text = f"@{agent['handle']} look"
    await asyncio.gather(
        *(place.put(f"/messages/{posted['id']}", {"content": f"{text} {n}"}) for n in range(8))
    )
    assert len(await place.idle(channel)) == 1


async def chain(place: Place, *texts: str) -> list[Json]:
    """Create agents whose answers are the texts; `{0}` is the handle of the first one."""
    agents = [await place.agent() for _ in texts]
    handles = [agent["handle"] for agent in agents]
    for agent, text in zip(agents, texts, strict=True):
        await place.put(f"/agents/{agent['id']}", {"model": says(text.format(*handles))})
    return agents


async def settled(place: Place, channel: Json, seconds: float = 40) -> list[Json]:
    """Return the tasks of a channel when none runs; an answer starts others as it ends."""
    tasks = await place.idle(channel, seconds)
    assert all(task["status"] == "completed" for task in tasks), tasks
    return tasks


def notices(rows: list[Json]) -> list[Any]:
    return [row["metadata"]["notice"] for row in rows if row["author"]["kind"] == "system"]


async def test_agents_that_thank_each_other_stop_and_say_so(place: Place) -> None:
    one, two = await chain(place, "@{1} thanks", "@{0} thanks")
    other, away = await place.agent(), await place.channel()
    channel = await place.channel()
    ann = await place.listener(channel)
    await place.ask(channel, one, "start")
    assert (await place.ended(await place.ask(away, other)))["status"] == "completed"
    tasks = await settled(place, channel)
    assert 2 < len(tasks) <= 15
    rows = await place.messages(channel)
    assert notices(rows) == ["hop_limit"]
    notice = next(row for row in rows if row["author"]["kind"] == "system")
    assert f"@{one['handle']}" in notice["content"] or f"@{two['handle']}" in notice["content"]
    await ann.until(lambda: notice["content"] in ann.texts())
    again = await place.ask(channel, one, "once more")
    assert (await place.ended(again))["hop"] == 0
    assert len(await settled(place, channel)) == 2 * len(tasks)
    assert len(await place.idle(away)) == 1


async def test_an_agent_that_names_itself_runs_once(place: Place) -> None:
    (agent,) = await chain(place, "I am @{0} and @{0} it is")
    channel = await place.channel()
    await place.ask(channel, agent)
    assert len(await settled(place, channel)) == 1
    assert notices(await place.messages(channel)) == []


async def test_branches_share_one_budget(place: Place) -> None:
    text = "@{0} @{1} @{2} @{3} go on"
    agents = await chain(place, text, text, text, text)
    channel = await place.channel()
    everyone = " ".join(f"@{agent['handle']}" for agent in agents)
    await place.say(channel, everyone)
    tasks = await settled(place, channel, 60)
    by_agents = [task for task in tasks if task["parent_id"]]
    assert 0 < len(by_agents) <= 30
    assert {"turn_budget", "hop_limit"} & set(notices(await place.messages(channel)))
    before = len(tasks)
    again = await place.ask(channel, agents[0], "you alone")
    assert (await place.ended(again))["status"] == "completed"
    assert before < len(await settled(place, channel, 60)) <= before + 31


async def test_a_chain_in_a_thread_stays_there_with_its_notice(place: Place) -> None:
    one, _ = await chain(place, "@{1} yes", "@{0} no")
    channel = await place.channel()
    root = await place.say(channel, "a thread")
    await place.say(channel, f"@{one['handle']} start", thread_id=root["id"])
    await settled(place, channel)
    assert [row["id"] for row in await place.messages(channel)] == [root["id"]]
    replies = await place.get(f"/messages/{root['id']}/thread", limit=200)
    assert notices(replies) == ["hop_limit"]


async def test_a_stopped_chain_goes_no_further(place: Place, upstream: FakeUpstream) -> None:
    other = await place.agent()
    slow = await place.agent("fake;rate=20;script=long")
    upstream.script("long", [{"text": f"@{other['handle']} " + "go on " * 100}])
    channel = await place.channel()
    ann = await place.listener(channel)
    task = await place.ask(channel, slow)
    await ann.until(lambda: ann.of("message_delta"))
    await place.post(f"/tasks/{task['id']}/cancel", status=200)
    assert [row["status"] for row in await place.idle(channel)] == ["cancelled"]
    assert upstream.stats()["requests"] == 1


async def test_agents_named_in_failed_or_code_text_are_not_asked(place: Place) -> None:
    other = await place.agent()
    broken = await place.agent(f"fake;fail=close_mid;at=3;text=@{other['handle']}%20a%20b%20c%20d")
    quoting = await place.agent(says(f"write %60@{other['handle']}%60 to ask"))
    channel = await place.channel()
    for agent in (broken, quoting):
        await place.ended(await place.ask(channel, agent))
    assert len(await place.idle(channel)) == 2


@pytest.mark.parametrize("state", ["off", "gone"])
async def test_agents_that_are_off_or_gone_are_not_asked_by_others(
    place: Place, state: str
) -> None:
    other = await place.agent()
    asking = await place.agent(says(f"@{other['handle']} your turn"))
    if state == "off":
        await place.put(f"/agents/{other['id']}", {"is_active": False})
    else:
        await place.delete(f"/agents/{other['id']}")
    channel = await place.channel()
    await place.ended(await place.ask(channel, asking))
    assert len(await place.idle(channel)) == 1
    assert notices(await place.messages(channel)) == (["agent_inactive"] if state == "off" else [])


async def test_an_answer_without_a_mention_starts_nobody(place: Place) -> None:
    agent, channel = await place.agent(QUICK), await place.channel()
    await place.ask(channel, agent)
    assert len(await settled(place, channel)) == 1
