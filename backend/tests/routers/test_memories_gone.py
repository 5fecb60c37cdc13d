"""What is remembered goes with whom or what it came from, and no word of it is left to be found by."""

from uuid import UUID

import pytest
from sqlalchemy import text

from reznet.services import forgetting
from tests.support.app import App, Json, checked


@pytest.fixture
async def agent(app: App) -> Json:
    return await app.agent()


def at(agent: Json) -> str:
    return f"/api/agents/{agent['id']}/memories"


async def by_words(app: App, base: str, word: str) -> list[str]:
    hits = await app.get(base, q=word)
    return sorted(hit["content"] for hit in hits if hit["score_parts"]["text_rank"] is not None)


async def count(app: App) -> int:
    async with app.runtime.database.read() as session:
        return (await session.execute(text("select count(*) from agent_memories"))).scalar_one()


async def test_an_agent_takes_thousands_of_memories_along_and_leaves_those_of_others(
    app: App, agent: Json
) -> None:
    other = await app.agent("Other")
    kept = await app.post(at(other), {"content": "Other's"})
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                """
                with made as materialized (select n, gen_random_uuid() as id from generate_series(1, 5000) as n)
                insert into agent_memories (owner_id, id, kind, content, importance, pinned, said_at, metadata, words,
                    superseded_by, created_at, updated_at)
                select :owner, id, 'note', 'Number ' || n, 0.5, false, now(), '{}', memory_words('Number ' || n),
                    lag(id) over (order by n), now(), now()
                from made
                """
            ),
            {"owner": UUID(agent["id"])},
        )
    assert await count(app) == 5001
    assert (await app.http.delete(f"/api/agents/{agent['id']}")).status_code == 204
    assert await app.get(at(other)) == [kept]
    assert await count(app) == 1


async def test_a_channel_that_is_gone_leaves_no_word_behind(app: App, agent: Json) -> None:
    here, there = await app.channel("here"), await app.channel("there")
    collection = await app.post(
        "/api/memory-collections", {"name": "Of here", "channel_id": here["id"]}
    )
    shared = f"/api/memory-collections/{collection['id']}/memories"
    for base in (at(agent), shared):
        for place in (here, None, there):
            for content in ("The word is", "zanzibar, said"):
                where = place["id"] if place else None
                name = place["name"] if place else "nobody"
                await app.post(base, {"content": f"{content} {name}", "channel_id": where})
    assert len(await by_words(app, at(agent), "here")) == 2
    async with app.runtime.database.write() as session:
        await session.execute(text("delete from channels where id = :id"), {"id": here["id"]})
    assert await by_words(app, at(agent), "here") == []
    assert len(await by_words(app, at(agent), "zanzibar")) == 4
    assert (await app.http.get(shared)).status_code == 404
    assert await count(app) == 4


async def test_archiving_a_channel_forgets_nothing(app: App, agent: Json) -> None:
    channel = await app.channel()
    memory = await app.post(at(agent), {"content": "Kept", "channel_id": channel["id"]})
    body = {"name": "Of the lab", "channel_id": channel["id"]}
    collection = await app.post("/api/memory-collections", body)
    assert (await app.http.delete(f"/api/channels/{channel['id']}")).status_code == 204
    assert await app.get(at(agent)) == [memory]
    assert await by_words(app, at(agent), "kept") == ["Kept"]
    assert await app.get(f"/api/memory-collections/{collection['id']}") == collection


async def test_what_a_person_said_goes_with_the_person_word_for_word(
    app: App, agent: Json
) -> None:
    channel = await app.channel()
    message = await app.say(channel, "My dog is Rex.")
    told = await app.post(
        at(agent), {"content": "The dog is Rex.", "source_message_id": message["id"]}
    )
    person = told["author_id"]
    assert person == message["author"]["id"]
    beside = await app.post(at(agent), {"content": "Cats purr.", "channel_id": channel["id"]})
    assert len(await by_words(app, at(agent), "Rex")) == 2
    async with app.runtime.database.write() as session:
        await forgetting.forget_person(session, UUID(person))
    assert await by_words(app, at(agent), "Rex") == []
    assert [one["id"] for one in await app.get(at(agent))] == [beside["id"]]


async def test_the_database_itself_lets_nothing_of_a_deleted_person_stay(
    app: App, agent: Json
) -> None:
    memory = await app.post(at(agent), {"content": "The dog is Rex."})
    async with app.runtime.database.write() as session:
        await session.execute(
            text(
                "insert into users (id, handle, name, created_at) values "
                "('01a00000-0000-7000-8000-000000000001', 'ada', 'Ada', now())"
            )
        )
        await session.execute(
            text(
                "update agent_memories set author_id = '01a00000-0000-7000-8000-000000000001' "
                "where id = :id"
            ),
            {"id": memory["id"]},
        )
        await session.execute(text("delete from users where handle = 'ada'"))
    assert checked(await app.http.get(at(agent)), 200) == []
