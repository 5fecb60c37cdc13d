"""A plan is stored once, whatever happens to the process that made it."""

from typing import Any

import pytest

from reznet.schemas.agents import AgentUpdate
from reznet.schemas.messages import MessageStatus
from reznet.schemas.runs import Ending, Outcome, Planning, ProposedPlan, RunContext
from reznet.schemas.tasks import TaskOut, TaskStatus
from reznet.services import agents, runs
from reznet.services.ports import LOCAL_USER
from reznet.workflows.plan import Plan, PlanTask
from tests.jobs.conftest import Desk

TASKS = (PlanTask("one", "First", "qa"), PlanTask("two", "Second", "backend", depends_on=("one",)))
PLANNED = Outcome(
    ending=Ending.COMPLETED,
    text="_Planning…_",
    finish="stop",
    error=None,
    calls=(),
    first_token_at=None,
    plan=ProposedPlan(Plan("Both", TASKS)),
)


async def claimed(desk: Desk, task: TaskOut) -> RunContext:
    async with desk.database.write() as session:
        begun = await runs.claim(session, desk.ports, task.id, task.run, "worker")
        assert begun is not None
        context = await runs.load(session, begun)
    assert context is not None
    return context


async def applied(desk: Desk, context: RunContext, outcome: Outcome = PLANNED) -> bool:
    async with desk.database.write() as session:
        return await runs.apply(session, desk.ports, context.claim, outcome)


async def workflows(desk: Desk) -> list[Any]:
    return await desk.execute("select * from workflows")


@pytest.mark.parametrize(
    ("text", "planning"),
    [("/plan both", Planning.ASKED), ("@orchestrator both", Planning.OFFERED)],
)
async def test_run_that_was_taken_over_stores_no_second_plan(
    idle_desk: Desk, text: str, planning: Planning
) -> None:
    task = await idle_desk.ask(await idle_desk.channel(), text)
    lost, held = await claimed(idle_desk, task), await claimed(idle_desk, task)
    assert (lost.planning, held.planning) == (planning, planning)
    assert not await applied(idle_desk, lost)
    assert await applied(idle_desk, held)
    assert not await applied(idle_desk, held)
    (workflow,) = await workflows(idle_desk)
    assert (workflow.status, workflow.title) == ("ready", "Both")
    assert workflow.planning_task_id == task.id
    nodes = await idle_desk.execute("select * from workflow_tasks order by position")
    assert [(node.key, node.agent, node.depends_on) for node in nodes] == [
        ("one", "qa", []),
        ("two", "backend", ["one"]),
    ]
    assert len(await idle_desk.execute("select * from workflow_versions")) == 1
    answer = await idle_desk.answer(task)
    assert answer.metadata["workflow_id"] == str(workflow.id)
    assert "First" in answer.content


async def test_plan_that_comes_after_the_stop_is_dropped(idle_desk: Desk) -> None:
    task = await idle_desk.ask(await idle_desk.channel(), "/plan both")
    context = await claimed(idle_desk, task)
    await idle_desk.cancel(task)
    assert await applied(idle_desk, context)
    assert (await idle_desk.task(task.id)).status is TaskStatus.CANCELLED
    (workflow,) = await workflows(idle_desk)
    assert workflow.status == "cancelled"
    assert await idle_desk.execute("select * from workflow_tasks") == []


@pytest.mark.parametrize("text", ["/plan both", "@orchestrator both"])
async def test_plan_for_an_agent_that_was_switched_off_meanwhile_fails_with_its_name(
    idle_desk: Desk, text: str
) -> None:
    task = await idle_desk.ask(await idle_desk.channel(), text)
    context = await claimed(idle_desk, task)
    async with idle_desk.database.write() as session:
        (off,) = [agent for agent in context.roster if agent.handle == "qa"]
        change = AgentUpdate.model_validate({"is_active": False})
        await agents.update(session, idle_desk.ports, LOCAL_USER, off.id, change)
    assert await applied(idle_desk, context)
    ended = await idle_desk.task(task.id)
    assert ended.status is TaskStatus.FAILED
    assert ended.error is not None
    assert "@qa is switched off" in ended.error.message
    assert (await idle_desk.answer(task)).status is MessageStatus.FAILED
    assert await idle_desk.execute("select * from workflow_tasks") == []
    found = [(row.status, row.error_code) for row in await workflows(idle_desk)]
    assert found == ([("failed", "invalid_plan")] if text.startswith("/plan") else [])


async def test_plan_that_an_agent_asked_for_waits_for_a_person(idle_desk: Desk) -> None:
    channel = await idle_desk.channel()
    await idle_desk.execute("update channels set auto_run = true")
    agent = await idle_desk.agent("fake")
    task = await idle_desk.ask(channel, f"@{agent.handle} go on")
    asking = Outcome(Ending.COMPLETED, "@orchestrator take over", "stop", None, (), None)
    assert await applied(idle_desk, await claimed(idle_desk, task), asking)
    (row,) = await idle_desk.execute("select id from tasks where parent_id = :id", id=task.id)
    lead = await idle_desk.task(row.id)
    assert await applied(idle_desk, await claimed(idle_desk, lead))
    (workflow,) = await workflows(idle_desk)
    assert (workflow.status, workflow.auto_start) == ("ready", False)


async def test_agents_that_work_may_be_given_to_are_few_and_the_likeliest_first(
    idle_desk: Desk,
) -> None:
    channel = await idle_desk.channel()
    await idle_desk.execute(
        "insert into agents select gen_random_uuid(), 'Extra ' || n, 'extra ' || n, 'extra-' || n, persona, "
        "jsonb_set(config, '{kind}', '\"assistant\"'), true, true, 'me', now() + n * interval '1 s', now() "
        "from agents, generate_series(1, 1000) n where handle = 'qa'"
    )
    await idle_desk.execute(
        "insert into channel_members (id, channel_id, agent_id, created_at) "
        "select gen_random_uuid(), :channel, id, now() from agents where handle = 'extra-900'",
        channel=channel.id,
    )
    worked = await idle_desk.ask(channel, "@extra-800 hello")
    await idle_desk.cancel(worked)
    (asked,) = [
        task
        for task in [await idle_desk.ask(channel, "/plan @extra-700 shall do it")]
        if task.agent_name == "Orchestrator"
    ]
    context = await claimed(idle_desk, asked)
    handles = [agent.handle for agent in context.roster]
    assert handles[:3] == ["extra-700", "extra-900", "extra-800"]
    assert 30 <= len(handles) <= 40
    assert "orchestrator" not in handles
