"""An agent is deleted while others do something with it: nobody waits for the other in a circle."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from reznet.core.database import Database
from reznet.repositories import agents, channels
from tests.support.app import App, Json, checked

_WAITING = text(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


async def _one_waits(database: Database) -> None:
    async with asyncio.timeout(10), database.read() as session:
        while not (await session.execute(_WAITING)).scalar_one():
            await asyncio.sleep(0.01)


async def _channel(app: App, channel: Json) -> Json:
    return await app.get(f"/api/channels/{channel['id']}")


async def test_who_posts_into_its_direct_messages_goes_first(app: App) -> None:
    agent = await app.agent()
    direct = await app.post("/api/channels", {"agent_id": agent["id"]}, 201)
    async with asyncio.TaskGroup() as group, app.runtime.database.write() as post:
        await channels.lock_for_post(post, UUID(direct["id"]))
        deletion = group.create_task(app.http.delete(f"/api/agents/{agent['id']}"))
        await _one_waits(app.runtime.database)
        assert await agents.try_hold(post, UUID(agent["id"]))
    checked(deletion.result(), 204)
    assert (await _channel(app, direct))["archived_at"]


async def test_direct_messages_that_are_made_meanwhile_are_archived_too(app: App) -> None:
    agent = await app.agent()
    async with asyncio.TaskGroup() as group, app.runtime.database.write() as other:
        await agents.hold(other, [UUID(agent["id"])])
        deletion = group.create_task(app.http.delete(f"/api/agents/{agent['id']}"))
        await _one_waits(app.runtime.database)
        direct = await app.post("/api/channels", {"name": "beside"})
        await other.execute(
            text("update channels set kind = 'dm', agent_id = :agent where id = :channel"),
            {"agent": agent["id"], "channel": direct["id"]},
        )
    checked(deletion.result(), 204)
    assert (await _channel(app, direct))["archived_at"]
