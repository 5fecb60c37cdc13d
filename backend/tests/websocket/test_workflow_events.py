"""What a channel's room hears of its workflows, live and when catching up."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reznet.core.config import Settings
from reznet.core.database import Database
from reznet.repositories import workflow_tasks
from reznet.schemas.channels import ChannelOut
from reznet.schemas.workflows import WorkflowCreate, WorkflowOut, WorkflowUpdate
from reznet.services.ports import LOCAL_USER
from reznet.services.workflows import editing, events, plans, reading
from tests.support.sockets import Client, Workspace, workspace
from tests.support.steps import plan, step


@pytest.fixture
async def space(settings: Settings, database: Database) -> AsyncIterator[Workspace]:
    async with workspace(settings, database) as running:
        yield running


def told(client: Client) -> list[tuple[str, dict[str, Any]]]:
    return [(name, data) for name, data in client.heard if name.startswith("workflow_")]


async def make(space: Workspace, channel: ChannelOut) -> WorkflowOut:
    body = plan({"id": str(channel.id)}, step("a"), step("b", "a"))
    async with space.database.write() as session:
        made = await plans.create(
            session, space.ports, LOCAL_USER, WorkflowCreate.model_validate(body)
        )
    return made.workflow


async def move(space: Workspace, workflow: WorkflowOut, *states: str) -> None:
    """Change tasks as a run does, all in one transaction."""
    async with space.database.write() as session:
        for task, state in zip(workflow.tasks, states, strict=True):
            await workflow_tasks.update_task(session, task.id, {"status": state})
            for _ in range(2):  # the second adds nothing
                await events.record(
                    session,
                    space.ports,
                    workflow.id,
                    channel_id=workflow.channel_id,
                    task_id=task.id,
                )


async def test_the_room_hears_of_plans_edits_progress_and_the_end(space: Workspace) -> None:
    room, other = await space.channel(), await space.channel("Other")
    ann, ben = await space.connect(), await space.connect()
    await ann.join(room)
    await ben.join(other)
    workflow = await make(space, room)
    async with space.database.write() as session:
        change = WorkflowUpdate(version=1, title="Soon")
        await editing.update(session, space.ports, LOCAL_USER, workflow.id, change)
    await move(space, workflow, "completed", "running")
    await ann.until(lambda: len(told(ann)) == 4)  # of what is gone, less is told
    async with space.database.write() as session:
        await plans.delete(session, space.ports, LOCAL_USER, workflow.id)

    await ann.until(lambda: len(told(ann)) == 5)
    made, edited, first, second, gone = told(ann)
    assert made[0] == edited[0] == "workflow_updated"
    assert edited[1]["workflow"]["title"] == "Soon"
    assert len(edited[1]["workflow"]["tasks"]) == 2
    assert gone[0] == "workflow_deleted"
    assert gone[1]["workflow_id"] == str(workflow.id)
    for name, data in (first, second):
        assert name == "workflow_progress"
        assert (data["completed"], data["total"], data["percent"]) == (1, 2, 50)
        assert data["status"] == "ready"
    assert [event[1]["task"]["key"] for event in (first, second)] == ["a", "b"]
    assert second[1]["task"]["status"] == "running"
    ids = [data["event_id"] for _, data in ann.heard if "event_id" in data]
    assert ids == sorted(ids)
    assert told(ben) == []


async def test_who_comes_back_gets_what_was_missed_as_it_is_now(space: Workspace) -> None:
    room = await space.channel()
    early = await space.connect()
    seen = (await early.join(room))["event_id"]
    workflow = await make(space, room)
    await move(space, workflow, "completed", "completed")
    await early.until(lambda: len(told(early)) == 3)

    late = await space.connect()
    ack = await late.join(room, last_event_id=seen)
    assert not ack["refetch"]
    await late.until(lambda: len(told(late)) == 3)
    async with space.database.read() as session:
        fetched = await reading.get(session, LOCAL_USER, workflow.id)
    assert told(late)[0][1]["workflow"] == fetched.model_dump(mode="json")
    assert [data["percent"] for _, data in told(late)[1:]] == [100, 100]
