"""Messages that make workflows: which, once each, and at no cost for others."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from reznet.core.bus import Topic
from reznet.core.clock import now
from reznet.services.triggers import heard
from tests.support.app import App, Json, checked
from tests.support.triggers import firings, made_in, room, saved, shown_in, trigger
from tests.support.workflow_runs import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def waiting(app: App, channel: Json, pattern: str, *names: str) -> Json:
    one = await saved(app, *({"name": name} for name in names))
    return await trigger(app, one, channel, {"kind": "message", "pattern": pattern})


async def fired(app: App, one: Json, number: int = 1) -> list[Json]:
    rows: list[Json] = []

    async def there() -> bool:
        nonlocal rows
        rows = await firings(app, one)
        return len(rows) >= number

    await until(there, lambda: f"fired {len(rows)} times")
    return rows


async def listeners(app: App, one: Json) -> list[heard.Listener]:
    async with app.runtime.database.read() as session:
        found = await heard.listeners(session)
    return [listener for listener in found if str(listener.id) == one["id"]]


async def test_a_message_that_matches_fires_with_what_it_captures(app: App) -> None:
    channel = await room(app)
    await app.say(channel, "!release 0.9")  # before there is a trigger
    one = await waiting(app, channel, "!release {version} {notes}", "version", "notes")
    await app.say(channel, "just talking about !release 1.0 now")
    await app.say(channel, "!released 1.1 now")
    said = await app.say(channel, " !Release 1.2 with {{version}} and\n@backend's notes ")
    (row,) = await fired(app, one)
    assert (row["kind"], row["status"], row["message_id"]) == ("message", "started", said["id"])
    assert await shown_in(app, channel) == ["[1.2 with {{version}} and\n@backend's notes]"]


async def test_only_people_in_its_channel_count(app: App) -> None:
    channel, elsewhere = await room(app), await room(app)
    one = await waiting(app, channel, "!go {where}", "where")
    echo = await app.agent("Echo", provider="openai", model="fake;text=%21go%20home")
    await app.say(elsewhere, "!go elsewhere")
    asked = await app.say(channel, f"@{echo['handle']} speak")

    async def answered() -> bool:
        rows = await app.get(f"/api/channels/{channel['id']}/messages")
        return any(row["content"] == "!go home" for row in rows)

    await until(answered, lambda: f"no answer to {asked['id']}")
    last = await app.say(channel, "!go there")
    await app.say(channel, "!go in a thread", thread_id=last["id"])
    rows = await fired(app, one, 2)
    assert [row["parameters"] for row in rows] == [{"where": "in a thread"}, {"where": "there"}]


async def test_a_message_fires_once_whoever_looks(app: App) -> None:
    channel = await room(app)
    one = await waiting(app, channel, "!go")
    await app.say(channel, "!go")
    (listener,) = await listeners(app, one)
    database, ports = app.runtime.database, app.runtime.ports
    await asyncio.gather(*(heard.fire_heard(database, ports, listener) for _ in range(6)))
    await fired(app, one)
    assert len(await firings(app, one)) == 1
    assert len(await made_in(app, channel)) == 1


async def test_what_was_said_right_before_a_crash_is_made_up_for(app: App) -> None:
    channel = await room(app)
    one = await waiting(app, channel, "!go {n}", "n")
    (listener,) = await listeners(app, one)
    checked(
        await app.http.put(f"/api/workflow-triggers/{one['id']}", json={"is_active": False}), 200
    )
    for number in range(3):
        await app.say(channel, f"!go {number}")
    # As a process finds it that begins anew.
    await heard.fire_heard(app.runtime.database, app.runtime.ports, listener)
    assert len(await firings(app, one)) == 3
    late = heard.Listener(
        listener.id,
        listener.channel_id,
        listener.pattern,
        listener.armed_at,
        now() - timedelta(hours=1),
    )
    after = await heard.fire_heard(app.runtime.database, app.runtime.ports, late)
    assert after.seen_at > late.seen_at
    assert len(await firings(app, one)) == 3


async def test_more_messages_than_one_look_reads(app: App) -> None:
    channel = await room(app)
    one = await waiting(app, channel, "!go {n}", "n")
    # They begin as the pattern does, and don't match it.
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "insert into messages (id, channel_id, author_kind, author_name, content, status, attempt, mentions,"
                " metadata, created_at, updated_at) select gen_random_uuid(), cast(:c as uuid), 'user', 'You', "
                "'!gone', 'complete', 1, '[]', '{}', now(), now() from generate_series(1, 450)"
            ),
            {"c": channel["id"]},
        )
    await app.say(channel, "!go 1")
    (row,) = await fired(app, one)
    assert row["parameters"] == {"n": "1"}


async def test_a_refusal_is_recorded_and_not_tried_again(app: App) -> None:
    channel = await room(app)
    one = await waiting(app, channel, "!go {n}", "n")
    response = await app.http.put(
        f"/api/saved-workflows/{one['saved_workflow_id']}",
        json={"parameters": [{"name": "n"}, {"name": "new"}]},
    )
    checked(response, 200)
    await app.say(channel, "!go 1")
    (row,) = await fired(app, one)
    assert (row["status"], row["error"]["code"]) == ("failed", "invalid_parameters")
    app.runtime.bus.publish(Topic.EVENTS, {})
    assert len(await firings(app, one)) == 1


async def test_posting_asks_the_database_for_nothing_more(app: App) -> None:
    for one in await app.get("/api/workflow-triggers", kind="message"):
        checked(await app.http.delete(f"/api/workflow-triggers/{one['id']}"), 204)

    async def forgotten() -> bool:
        return not app.runtime.heard.is_listening

    await until(forgotten, lambda: "it still listens")
    woken = app.runtime.heard.looks
    channel = await room(app)
    await app.say(channel, "!go")
    assert app.runtime.heard.looks == woken
