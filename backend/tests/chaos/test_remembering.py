"""Whatever is killed while answers are being remembered, each is remembered once."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from reznet.core.database import Database
from tests.support.product import Product, product, wait_for
from tests.support.upstream import FakeUpstream

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

TURNS = 3
FACT = "The user's dog is called Rex."
ANSWERED = {"text": "Rex is a fine name for a dog."}
DRAWN = {"text": json.dumps({"facts": [{"content": FACT, "source": 1, "importance": 0.7}]})}


async def lapse(database: Database) -> None:
    """Let the time of whoever works on something be over, as it is some minutes after a kill."""
    async with database.write() as session:
        await session.execute(
            sql("update tasks set remember_at = now() where remember_at is not null")
        )


async def test_killed_while_it_remembers_nothing_is_lost_or_doubled(
    folder: Path, upstream: FakeUpstream, database_url: str, database: Database
) -> None:
    # The facts come slowly, so that a kill strikes while they do.
    slow = DRAWN | {"ttft": 3.0}
    upstream.script("memory", [ANSWERED] * TURNS + [slow, DRAWN])
    settings = {
        "DATABASE_URL": database_url,
        "OPENAI_BASE_URL": f"{upstream.url}/v1",
        "OPENAI_API_KEY": "sk-test",
        "REZNET_DEFAULT_PROVIDER": "openai",
        "REZNET_DEFAULT_MODEL": "fake;script=memory",
        "REZNET_MEMORY_QUIET_SECONDS": "3600",
        "REZNET_EMBEDDER": "off",
    }
    with product(folder, **settings) as workspace:
        for number in range(TURNS):
            workspace.post(
                f"/channels/{workspace.general}/messages",
                {"content": f"@backend for the {number}th time: my dog is called Rex"},
            )
        wait_for("the turns are stored", lambda: len(remembered(workspace)) > TURNS)
        workspace.kill()
        await lapse(database)
        workspace.start()
        wait_for("facts are being drawn", lambda: upstream.stats()["requests"] > TURNS)
        workspace.kill()
        await lapse(database)
        workspace.start()
        wait_for("a fact is there", lambda: has_facts(remembered(workspace)))
        memories = remembered(workspace)
    contents = [memory["content"] for memory in memories]
    requests = [f"The user: for the {n}th time: my dog is called Rex" for n in range(TURNS)]
    assert sorted(contents) == sorted(["Backend: " + ANSWERED["text"], FACT, *requests])


def remembered(workspace: Product) -> list[dict[str, Any]]:
    """Return what the agent remembers."""
    agent = next(one for one in workspace.get("/agents") if one["handle"] == "backend")
    return workspace.get(f"/agents/{agent['id']}/memories")


def has_facts(memories: list[dict[str, Any]]) -> bool:
    return any(memory["kind"] == "fact" for memory in memories)
