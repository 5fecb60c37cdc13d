"""Agents: names that look alike are one name, and an edit is seen at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reznet.core.database import Database
from reznet.core.errors import Conflict, Forbidden, NotFound
from reznet.core.text import name_key
from reznet.schemas.agents import AgentCreate, AgentDuplicate, AgentOut, AgentUpdate, handle_of
from reznet.schemas.channels import ChannelCreate
from reznet.services import agents, channels
from reznet.services.ports import LOCAL_USER, Ports


async def create(database: Database, ports: Ports, name: str, **more: object) -> AgentOut:
    body = AgentCreate.model_validate({"name": name, "role": "Tester", **more})
    async with database.write() as session:
        return await agents.create(session, ports, LOCAL_USER, body)


async def test_parallel_creations_of_one_name_make_one_agent(
    database: Database, ports: Ports
) -> None:
    names = ["Alpha", "alpha", "ALPHA", "alpha "] * 5
    results = await asyncio.gather(
        *(create(database, ports, name) for name in names), return_exceptions=True
    )
    made = [result for result in results if isinstance(result, AgentOut)]
    assert len(made) == 1
    assert all(isinstance(result, Conflict) for result in results if result not in made)


@pytest.mark.parametrize("twin", ["code-reviewer", "CODE REVIEWER", "Code-Reviewer"])
async def test_names_with_the_same_handle_clash(
    database: Database, ports: Ports, twin: str
) -> None:
    await create(database, ports, "Code Reviewer")
    with pytest.raises(Conflict, match="name"):
        await create(database, ports, twin)


async def test_renaming_into_a_taken_name_is_refused_and_changes_nothing(
    database: Database, ports: Ports
) -> None:
    await create(database, ports, "Alpha")
    beta = await create(database, ports, "Beta")
    with pytest.raises(Conflict):
        async with database.write() as session:
            await agents.update(
                session, ports, LOCAL_USER, beta.id, AgentUpdate(name="ALPHA", role="New role")
            )
    async with database.read() as session:
        assert await agents.get(session, ports, beta.id) == beta


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "x" * 51,
        "admin\u202egpj",
        "a\nb c",
        "\u200b\u200b\u200b",
        "th-",
        "-xx",
        "test.",
        "two  spaces",
        "a_b",
        "all",
        "Here",
        "channel",
        "SYSTEM",
        "hey!",
        "\u212bll\u200b",
    ],
)
def test_names_that_could_mislead_or_not_be_mentioned_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        AgentCreate(name=name, role="Tester")


@given(st.text(max_size=60))
def test_every_accepted_name_has_a_handle_that_can_be_typed(name: str) -> None:
    try:
        agent = AgentCreate(name=name, role="Tester")
    except ValidationError:
        return
    handle = handle_of(agent.name)
    assert handle == name_key(handle)
    assert all(char.isalnum() or char == "-" for char in handle)


@pytest.mark.parametrize("value", ["NaN", float("nan"), float("inf"), 1e999, -1, 2.1])
def test_temperature_is_a_number_between_0_and_2(value: object) -> None:
    with pytest.raises(ValidationError):
        AgentCreate.model_validate({"name": "Alpha", "role": "Tester", "temperature": value})


async def test_an_edit_is_seen_by_the_next_reader(database: Database, ports: Ports) -> None:
    agent = await create(database, ports, "Alpha")
    for goal in ("first", "second", "third"):
        async with database.write() as session:
            await agents.update(session, ports, LOCAL_USER, agent.id, AgentUpdate(goal=goal))
        async with database.read() as session:
            assert (await agents.get(session, ports, agent.id)).persona.goal == goal


async def test_direct_messages_carry_the_agents_new_name(database: Database, ports: Ports) -> None:
    agent = await create(database, ports, "Alpha")
    async with database.write() as session:
        await channels.create(session, ports, LOCAL_USER, ChannelCreate(agent_id=agent.id))
        await agents.update(session, ports, LOCAL_USER, agent.id, AgentUpdate(name="Omega"))
        direct, _ = await channels.create(
            session, ports, LOCAL_USER, ChannelCreate(agent_id=agent.id)
        )
    assert direct.name == "Omega"


async def test_null_resets_and_what_is_left_out_stays(database: Database, ports: Ports) -> None:
    agent = await create(
        database, ports, "Alpha", goal="Win", provider="ollama", model="llama3", temperature=1.5
    )
    async with database.write() as session:
        body = AgentUpdate.model_validate({"goal": None, "temperature": None})
        after = await agents.update(session, ports, LOCAL_USER, agent.id, body)
    assert after.persona.goal == "Assist with Tester tasks"
    assert after.config.temperature == 0.7
    assert (after.config.provider, after.config.model) == ("ollama", "llama3")


async def test_default_agents_keep_their_name_and_stay(database: Database, ports: Ports) -> None:
    async with database.read() as session:
        defaults = (await agents.list_page(session, custom=False)).rows
    assert [agent.handle for agent in defaults] == [
        "orchestrator",
        "backend",
        "frontend",
        "qa",
        "devops",
    ]
    with pytest.raises(Forbidden):
        async with database.write() as session:
            await agents.delete(session, ports, LOCAL_USER, defaults[0].id)
    with pytest.raises(Forbidden):
        async with database.write() as session:
            await agents.update(
                session, ports, LOCAL_USER, defaults[0].id, AgentUpdate(name="Boss")
            )


async def test_duplicates_get_the_lowest_free_number(database: Database, ports: Ports) -> None:
    agent = await create(database, ports, "A" * 50)
    names: list[str] = []
    for _ in range(3):
        async with database.write() as session:
            copy = await agents.duplicate(session, ports, LOCAL_USER, agent.id, AgentDuplicate())
        names.append(copy.name)
        assert copy.persona == agent.persona
        assert copy.is_custom
    assert names == ["A" * 48 + " 2", "A" * 48 + " 3", "A" * 48 + " 4"]


async def test_pages_show_each_agent_once_while_others_come_and_go(
    database: Database, ports: Ports
) -> None:
    made = [await create(database, ports, f"Agent {number}") for number in range(25)]
    seen: list[AgentOut] = []
    cursor = None
    while True:
        async with database.read() as session:
            page = await agents.list_page(session, custom=True, limit=10, cursor=cursor)
        seen += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
        await create(database, ports, f"Later {len(seen)}")
        async with database.write() as session:
            await agents.delete(session, ports, LOCAL_USER, seen[-1].id)
    assert [agent.name for agent in seen[:25]] == [agent.name for agent in made]
    assert len({agent.id for agent in seen}) == len(seen)


@pytest.mark.parametrize(
    ("q", "names"), [("%", []), ("_", []), ("wr", ["Writer"]), ("TESTER", ["Writer", "Editor"])]
)
async def test_search_takes_wildcards_literally(
    database: Database, ports: Ports, q: str, names: list[str]
) -> None:
    await create(database, ports, "Writer")
    await create(database, ports, "Editor")
    async with database.read() as session:
        page = await agents.list_page(session, custom=True, q=q)
    assert [agent.name for agent in page.rows] == names


async def test_deleted_agent_is_gone_for_every_reader(database: Database, ports: Ports) -> None:
    agent = await create(database, ports, "Alpha")
    async with database.read() as session:
        await agents.get(session, ports, agent.id)
    async with database.write() as session:
        await agents.delete(session, ports, LOCAL_USER, agent.id)
    with pytest.raises(NotFound):
        async with database.read() as session:
            await agents.get(session, ports, agent.id)
    again = await create(database, ports, "Alpha")
    assert again.id != agent.id


def test_settings_fill_in_what_an_agent_does_not_name() -> None:
    from reznet.core.clock import now
    from reznet.core.ids import new_id
    from reznet.schemas.agents import AgentConfig, Persona

    def agent(**config: object) -> AgentOut:
        return AgentOut(
            id=new_id(),
            name="Alpha",
            handle="alpha",
            agent_type="custom",
            persona=Persona(role="Tester"),
            config=AgentConfig.model_validate(config),
            is_active=True,
            is_custom=True,
            created_by="local-user",
            created_at=now(),
            updated_at=now(),
        )

    shown = agents.presented(agent(), ("ollama", "llama3"))
    assert (shown.config.provider, shown.config.model, shown.config.follows_settings) == (
        "ollama",
        "llama3",
        True,
    )
    own = agents.presented(agent(provider="openai", model="gpt"), ("ollama", "llama3"))
    assert (own.config.provider, own.config.model, own.config.follows_settings) == (
        "openai",
        "gpt",
        False,
    )
