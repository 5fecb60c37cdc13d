"""What every socket hears of agents, and a room of its members."""

from collections.abc import AsyncIterator

import pytest

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.schemas.agents import AgentCreate, AgentDuplicate, AgentUpdate
from reznet.services import agents, members
from reznet.services.ports import LOCAL_USER
from tests.support.sockets import Client, Workspace, workspace


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


def told(client: Client) -> list[tuple[str, str]]:
    return [(name, data["agent_id"]) for name, data in client.heard if name.startswith("agent_")]


async def test_every_socket_hears_of_agents_wherever_it_is(space: Workspace) -> None:
    ann, ben = await space.connect(), await space.connect()
    await ann.join(await space.channel())
    body = AgentCreate.model_validate({"name": "Code Reviewer", "role": "Reviews"})
    async with space.database.write() as session:
        made = await agents.create(session, space.ports, LOCAL_USER, body)
    async with space.database.write() as session:
        change = AgentUpdate(is_active=False)
        await agents.update(session, space.ports, LOCAL_USER, made.id, change)
    async with space.database.write() as session:
        copy = await agents.duplicate(session, space.ports, LOCAL_USER, made.id, AgentDuplicate())
    async with space.database.write() as session:
        await agents.delete(session, space.ports, LOCAL_USER, made.id)

    expected = [
        ("agent_updated", str(made.id)),
        ("agent_updated", str(made.id)),
        ("agent_updated", str(copy.id)),
        ("agent_deleted", str(made.id)),
    ]
    for client in (ann, ben):
        await client.until(lambda client=client: len(told(client)) == 4)
        assert told(client) == expected


async def test_an_agent_that_was_not_stored_is_not_told_of(space: Workspace) -> None:
    ann = await space.connect()
    body = AgentCreate.model_validate({"name": "Code Reviewer", "role": "Reviews"})

    async def break_off() -> None:
        async with space.database.write() as session:
            await agents.create(session, space.ports, LOCAL_USER, body)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_off()
    await space.channel("After")
    await ann.until(lambda: ann.of("channel_updated"))
    assert told(ann) == []


async def test_a_room_hears_once_of_each_change_of_its_members_also_afterwards(
    space: Workspace,
) -> None:
    channel = await space.channel()
    ann, ben = await space.connect(), await space.connect()
    before = (await ann.join(channel))["event_id"]
    body = AgentCreate.model_validate({"name": "Code Reviewer", "role": "Reviews"})
    async with space.database.write() as session:
        agent = await agents.create(session, space.ports, LOCAL_USER, body)
    for change in (members.add, members.add, members.remove, members.remove):
        async with space.database.write() as session:
            await change(session, space.ports, LOCAL_USER, channel.id, agent.id)
    await space.post(channel, "end")

    await ann.until(lambda: ann.texts() == ["end"])
    assert len(ann.of("members_updated")) == 2
    assert ben.of("members_updated") == []
    missed = await ben.join(channel, last_event_id=before)
    assert (missed["replayed"], missed["refetch"]) == (3, False)
    assert len(ben.of("members_updated")) == 2
