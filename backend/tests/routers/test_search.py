"""The contract of the search: what is found, by what, and what never is."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.app import App, Json, checked
from tests.support.searches import find


async def notes(app: App, query: str) -> list[str]:
    response = await app.http.get("/api/search", params={"q": query})
    assert checked(response, 200) == []
    return json.loads(response.headers.get("x-search-notes", "[]"))


async def write(app: App, statement: str, **values: Any) -> None:
    async with app.runtime.database.write() as session:
        await session.execute(text(statement), values)


@pytest.fixture
async def lab(app: App) -> Json:
    return await app.channel("lab")


async def test_a_minus_leaves_out(app: App, lab: Json) -> None:
    for said in ("red apple", "green apple", "red-hot apple", "apple pie, red"):
        await app.say(lab, said)
    assert await find(app, "apple -red") == ["green apple"]
    assert await find(app, "apple -red-hot") == ["apple pie, red", "green apple", "red apple"]
    assert await find(app, 'red -"apple pie"') == ["red-hot apple", "red apple"]
    assert await find(app, "-apple in:lab") == []
    assert len(await find(app, "-pie")) == 3


async def test_operators_say_who_where_and_when(app: App, lab: Json) -> None:
    other = await app.channel("Release notes")
    direct = await app.post("/api/channels", {"agent_id": await agent_id(app, "qa")})
    first = await app.say(lab, "first word")
    await app.say(other, "second word")
    await app.say(direct, "third word")
    answer = await app.say(lab, "fourth word")
    await write(
        app,
        "update messages set author_kind = 'agent', user_id = null, author_name = 'QA', "
        "agent_id = (select id from agents where handle = 'qa') where id = :id",
        id=answer["id"],
    )
    await write(
        app,
        "update messages set created_at = '2020-02-29T23:30:00Z' where id = :id",
        id=first["id"],
    )
    assert await find(app, "word") == ["fourth word", "third word", "second word", "first word"]
    assert await find(app, "word from:qa") == ["fourth word"]
    assert await find(app, "word from:@QA") == ["fourth word"]
    assert await find(app, "from:me") == ["third word", "second word", "first word"]
    assert await find(app, "word -from:me") == ["fourth word"]
    assert await find(app, "word -from:qa in:lab") == ["first word"]
    assert await find(app, "word from:qa from:me in:#LAB") == ["fourth word", "first word"]
    assert await find(app, 'in:"release notes"') == ["second word"]
    assert await find(app, "in:@qa word") == ["third word"]
    assert await find(app, "word -in:lab") == ["third word", "second word"]
    assert await find(app, "word before:2020-03-01") == ["first word"]
    assert await find(app, "word before:2020-02-29") == []
    assert await find(app, "on:2020-02 word") == ["first word"]
    assert await find(app, "on:2020 word") == ["first word"]
    assert await find(app, "on:2020-02-29") == ["first word"]
    assert await find(app, "on:2020-03-01", tz="Europe/Berlin") == ["first word"]
    assert len(await find(app, "word after:2020-02-29")) == 3
    assert len(await find(app, "on:today")) == 3
    assert await find(app, "on:yesterday") == []


async def agent_id(app: App, handle: str) -> str:
    return next(row["id"] for row in await app.get("/api/agents") if row["handle"] == handle)


async def test_what_is_not_understood_is_said(app: App, lab: Json) -> None:
    await app.say(lab, "word")
    assert await notes(app, "word from:nobody") == ["Nobody here is called “nobody”."]
    assert await notes(app, "word in:#nowhere") == ["There is no channel “#nowhere”."]
    assert "is not a date" in (await notes(app, "word before:soon"))[0]
    assert "is not a date" in (await notes(app, "word on:2026-02-30"))[0]
    assert len(await notes(app, "after:2026-01-02 before:2026-01-01 x")) == 1
    response = await app.http.get("/api/search", params={"q": "word -from:nobody"})
    assert len(checked(response, 200)) == 1
    assert "nobody" in response.headers["x-search-notes"]
    assert await notes(app, "") == await notes(app, "from:") == await notes(app, ' "" ') == []


async def test_messages_of_a_deleted_agent_are_found_by_its_name(app: App, lab: Json) -> None:
    agent = await app.agent("Old Hand")
    said = await app.say(lab, "my last word")
    await write(
        app,
        "update messages set author_kind = 'agent', user_id = null, author_name = 'Old Hand', "
        "agent_id = :agent where id = :id",
        id=said["id"],
        agent=agent["id"],
    )
    assert (await app.http.delete(f"/api/agents/{agent['id']}")).status_code == 204
    assert await find(app, 'from:"old hand"') == ["my last word"]


async def test_edits_count_and_deleted_messages_and_those_that_stream_are_not_found(
    app: App, lab: Json
) -> None:
    message = await app.say(lab, "before the edit")
    checked(
        await app.http.put(f"/api/messages/{message['id']}", json={"content": "afterwards"}), 200
    )
    assert await find(app, "edit") == []
    assert await find(app, "afterwards") == ["afterwards"]
    await write(app, "update messages set status = 'streaming' where id = :id", id=message["id"])
    assert await find(app, "afterwards") == await find(app, "in:lab") == []
    await write(app, "update messages set status = 'failed' where id = :id", id=message["id"])
    assert await find(app, "afterwards") == ["afterwards"]
    assert (await app.http.delete(f"/api/messages/{message['id']}")).status_code == 204
    assert await find(app, "afterwards") == await find(app, "in:lab") == []


async def test_archived_channels_and_threads_are_searched(app: App, lab: Json) -> None:
    root = await app.say(lab, "the root")
    reply = await app.say(lab, "hidden treasure", thread_id=root["id"])
    checked(await app.http.put(f"/api/channels/{lab['id']}", json={"archived": True}), 200)
    await app.channel("lab")
    (hit,) = await app.get("/api/search", q="treasure in:lab")
    assert hit["message"]["id"] == reply["id"]
    assert hit["message"]["thread_id"] == root["id"]
    assert hit["channel"].pop("archived_at") is not None
    assert hit["channel"] == {"id": lab["id"], "name": "lab", "kind": "channel"}


async def test_pages_meet_every_result_once_whatever_arrives_meanwhile(
    app: App, lab: Json
) -> None:
    said = [f"word {number}" + " more" * (number % 3) for number in range(9)]
    for content in said:
        await app.say(lab, content)
    for sort in ("newest", "relevance"):
        first = await app.http.get("/api/search", params={"q": "word", "limit": 4, "sort": sort})
        await app.say(lab, f"new {sort}")
        found = [row["message"]["content"] for row in checked(first, 200)]
        response = first
        while "next" in response.links:
            response = await app.http.get(response.links["next"]["url"])
            found += [row["message"]["content"] for row in checked(response, 200)]
        assert sorted(found) == sorted(said)
        if sort == "newest":
            assert found == said[::-1]


async def test_the_best_match_comes_first_when_asked_for(app: App, lab: Json) -> None:
    await app.say(lab, "index index index")
    await app.say(lab, "one index " + "among many other words " * 10)
    assert (await find(app, "index"))[0].startswith("one")
    assert (await find(app, "index", sort="relevance"))[0] == "index index index"


async def test_older_matches_are_found_behind_many_others(app: App, lab: Json) -> None:
    needle = await app.say(lab, "needle 1 ++ in the hay")
    await app.say(lab, "needle 2")
    await write(
        app,
        "insert into messages (id, channel_id, author_kind, author_name, content, status, attempt, mentions, "
        "metadata, created_at, updated_at) select gen_random_uuid(), :channel, 'user', 'You', 'hay ' || n, "
        "'complete', 0, '[]', '{}', now() + make_interval(secs => n), now() from generate_series(1, 2500) n",
        channel=lab["id"],
    )
    await write(
        app,
        "update messages set content = 'needle 3' where content in ('hay 700', 'hay 2400')",
    )
    everything = ["needle 3", "needle 3", "needle 2", "needle 1 ++ in the hay"]
    assert await find(app, "needle") == everything
    assert await find(app, "needle", limit=1) == everything
    assert await find(app, "needle in:lab", limit=3) == everything
    assert await find(app, "needle ++") == everything[-1:]
    assert await find(app, "++") == everything[-1:]
    assert len(await find(app, "hay", limit=200)) == 2499
    (hit,) = await app.get("/api/search", q="needle ++")
    assert hit["message"]["id"] == needle["id"]


async def test_a_snippet_shows_what_matched_in_code_points(app: App, lab: Json) -> None:
    before = "🎉 Vorher wird viel erzählt. " * 20
    await app.say(lab, f"{before}Die Größe der Häuser zählt, sagt foo_bar.{before}")
    for asked, shown in {
        "größe häuser": ["Größe", "Häuser"],
        "grosse": ["Größe"],
        "hau": ["Häuser"],
        '"der hauser"': ["der Häuser"],
        "foo_bar": ["foo_bar"],
    }.items():
        (hit,) = await app.get("/api/search", q=asked)
        snippet = hit["snippet"]
        marked = [snippet["text"][m["start"] : m["end"]] for m in snippet["matches"]]
        assert marked == shown
        assert len(snippet["text"]) <= 240
        assert snippet["is_cut_before"]
        assert snippet["is_cut_after"]
        assert snippet["text"] in hit["message"]["content"]


async def test_other_forms_of_a_word_are_marked_too(app: App, lab: Json) -> None:
    await app.say(lab, "<b>Running</b> two policies")
    (hit,) = await app.get("/api/search", q="run policy ")
    text_ = hit["snippet"]["text"]
    assert [text_[m["start"] : m["end"]] for m in hit["snippet"]["matches"]] == [
        "Running",
        "policies",
    ]


async def test_a_long_message_is_stored_and_found(app: App, lab: Json) -> None:
    for content in ("ab " * 10_000 + "zebra", "全文検索" * 2_700, "x" * 32_000):
        await app.say(lab, content)
    assert len(await find(app, "zebra")) == 1
    assert len(await find(app, "検索全文")) == 1
