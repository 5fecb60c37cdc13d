"""Memories follow the embedder that is set: visibly, in any order, and without losing what can be found by words."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import text

from reznet.core.database import Database
from reznet.core.metrics import exposition
from tests.support.app import App, Json, running, settings_for
from tests.support.fake_embedder import (
    NOT_A_NUMBER,
    REJECTED,
    SHORT,
    ZERO,
    FakeEmbedder,
    fake_embedder,
)


@pytest.fixture
def embedder() -> Iterator[FakeEmbedder]:
    with fake_embedder(wide=768, narrow=384, large=1024) as fake:
        yield fake


def app_with(
    url: str, folder: Path, embedder: FakeEmbedder, model: str
) -> AbstractAsyncContextManager[App]:
    chosen = {"REZNET_EMBEDDER": f"openai:{model}", "OPENAI_BASE_URL": embedder.url}
    return running(settings_for(url, folder, **chosen))


async def remember(app: App, agent: Json, contents: list[str]) -> None:
    body = {"memories": [{"content": content} for content in contents]}
    await app.post(f"/api/agents/{agent['id']}/memories/bulk", body)


async def embed_all(app: App) -> Json:
    """Let the upkeep work until nothing waits; return the status.

    The workspace's own upkeep may be at it already; then a round does nothing.
    """
    async with asyncio.timeout(30):
        while True:
            await app.runtime.vectors.round()
            status = await app.get("/api/memory-status")
            if not status["memories"]["pending"]:
                return status
            await asyncio.sleep(0.02)


async def counted(database: Database) -> dict[tuple[str | None, int | None], int]:
    async with database.read() as session:
        rows = await session.execute(
            text(
                "select embedder, vector_dims(embedding), count(*) from agent_memories group by 1, 2"
            )
        )
        return {(embedder, dimensions): count for embedder, dimensions, count in rows}


async def test_memories_follow_the_embedder_back_and_forth(
    database_url: str, database: Database, tmp_path: Path, embedder: FakeEmbedder
) -> None:
    async with app_with(database_url, tmp_path, embedder, "wide") as app:
        agent = await app.agent()
        await remember(app, agent, [f"Fact {n} about cats" for n in range(20)])
        status = await embed_all(app)
        assert (status["embedder"], status["dimensions"]) == ("openai:wide", 768)
        assert status["memories"] == {"total": 20, "embedded": 20, "pending": 0, "failed": 0}
    total = 20
    for model, size in (("narrow", 384), ("large", 1024), ("wide", 768)):
        embedder.is_away = True
        async with app_with(database_url, tmp_path, embedder, model) as app:
            before = await app.get("/api/memory-status")
            assert before["memories"]["pending"] == total
            assert before["memories"]["embedded"] == 0
            found = await app.get(f"/api/agents/{agent['id']}/memories", q="cats", limit=5)
            assert len(found) == 5
            embedder.is_away = False
            await remember(app, agent, [f"A new one for {model} about cats"])
            total += 1
            found = await app.get(f"/api/agents/{agent['id']}/memories", q=f"new for {model}")
            assert found[0]["embedder"] == f"openai:{model}"
            status = await embed_all(app)
            assert status["dimensions"] == size
            assert status["memories"] == {
                "total": total,
                "embedded": total,
                "pending": 0,
                "failed": 0,
            }
            assert status["vectors"] == [
                {"embedder": f"openai:{model}", "dimensions": size, "count": total}
            ]
            assert await counted(database) == {(f"openai:{model}", size): total}
            (best,) = await app.get(f"/api/agents/{agent['id']}/memories", q="Fact 7", limit=1)
            assert best["content"] == "Fact 7 about cats"
            assert best["score_parts"]["dense_rank"] == 1


async def test_a_model_that_changes_its_size_under_the_same_name_is_noticed(
    database_url: str, database: Database, tmp_path: Path, embedder: FakeEmbedder
) -> None:
    async with app_with(database_url, tmp_path, embedder, "wide") as app:
        agent = await app.agent()
        await remember(app, agent, ["one", "two"])
        embedder.sizes["wide"] = 384
        await remember(
            app, agent, ["three"]
        )  # refused until a start, which can tell what is wanted
        assert await counted(database) == {("openai:wide", 768): 2, (None, None): 1}
    async with app_with(database_url, tmp_path, embedder, "wide") as app:
        status = await embed_all(app)
        assert status["memories"]["embedded"] == 3
        assert await counted(database) == {("openai:wide", 384): 3}


async def test_texts_without_a_vector_are_counted_and_harm_no_others(
    database_url: str, database: Database, tmp_path: Path, embedder: FakeEmbedder
) -> None:
    bad = [REJECTED, ZERO, NOT_A_NUMBER, SHORT]
    async with app_with(database_url, tmp_path, embedder, "narrow") as app:
        agent = await app.agent()
        embedder.is_away = True
        contents = [f"Number {n}" for n in range(40)]
        contents[5:5] = [f"This is a {fault}" for fault in bad]
        await remember(app, agent, contents)
        assert (await app.get("/api/memory-status"))["memories"]["pending"] == 44
        embedder.is_away = False
        status = await embed_all(app)
        assert status["memories"] == {"total": 44, "embedded": 40, "pending": 0, "failed": 4}
        assert await counted(database) == {("openai:narrow", 384): 40, (None, None): 4}
        asked = len(embedder.texts)
        await app.runtime.vectors.round()
        assert len(embedder.texts) == asked  # they are not asked for again
        found = await app.get(f"/api/agents/{agent['id']}/memories", q=ZERO)
        assert ZERO in found[0]["content"]
        # Mended, it is embedded as any other.
        path = f"/api/agents/{agent['id']}/memories/{found[0]['id']}"
        response = await app.http.put(path, json={"content": "Mended"})
        assert response.json()["embedder"] == "openai:narrow"
        status = await app.get("/api/memory-status")
        assert status["memories"] == {"total": 44, "embedded": 41, "pending": 0, "failed": 3}
    # Another embedder may have vectors for them.
    async with app_with(database_url, tmp_path, embedder, "wide") as app:
        assert (await embed_all(app))["memories"]["failed"] == 3
        samples = exposition().decode()
        assert re.search(r'reznet_memories{.*state="failed".*} 3\.0', samples)


async def test_without_an_embedder_nothing_waits(database_url: str, tmp_path: Path) -> None:
    async with running(settings_for(database_url, tmp_path, REZNET_EMBEDDER="off")) as app:
        await remember(app, await app.agent(), ["one"])
        await app.runtime.vectors.round()
        status = await app.get("/api/memory-status")
        assert status["embedder"] is None
        assert status["memories"] == {"total": 1, "embedded": 0, "pending": 0, "failed": 0}
