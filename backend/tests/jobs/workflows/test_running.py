"""Workflows that run to their end: order, hand-over of outputs, limits and the summary."""

import asyncio
from uuid import uuid4

import pytest

from tests.support.app import App, Json
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import (
    ENDLESS,
    act,
    act_on,
    agent,
    at,
    by_key,
    make,
    over,
    prompts,
    refusal,
    start,
    statuses,
    step,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_dependent_tasks_run_one_after_the_other_and_hand_their_outputs_on(
    app: App, one_upstream: FakeUpstream
) -> None:
    finder = await agent(app, "fake;text=found%20three%20sources")
    writer = await agent(app, "fake;text=a%20text%20of%20them")
    workflow = await start(
        app,
        step("research", agent=finder, description="Look for sources."),
        step("write", "research", agent=writer, expected_output="Two pages."),
        request="Write about tea",
    )
    assert workflow["status"] == "running"
    done = await over(app, workflow)
    assert (done["status"], done["progress"]["percent"]) == ("completed", 100)
    tasks = by_key(done)
    assert tasks["research"]["output"] == "found three sources"
    assert tasks["write"]["output"] == "a text of them"
    assert tasks["research"]["finished_at"] <= tasks["write"]["started_at"]
    first, second = prompts(one_upstream, "You do one task")[-2:]
    for prompt in (first, second):
        assert "<request>\nWrite about tea\n</request>" in prompt
    assert "Look for sources." in first
    assert "<result" not in first
    assert f'by="@{finder}">\nfound three sources\n</result>' in second
    assert "<expected_output>\nTwo pages.\n</expected_output>" in second
    # The work is in the card's thread: a request by the orchestrator and its answer, for each task.
    thread = await app.get(f"/api/messages/{done['message_id']}/thread")
    assert [m["content"] for m in thread if m["author"]["name"] != "Orchestrator"] == [
        "found three sources",
        "a text of them",
    ]
    asked = [m for m in thread if m["author"]["name"] == "Orchestrator"]
    assert asked[0]["content"] == f"@{finder} **Research**\n\nLook for sources."
    assert asked[0]["metadata"]["workflow_task"] == {"workflow_id": done["id"], "key": "research"}
    # Each is an ordinary task, with its usage.
    run = await app.get(f"/api/tasks/{tasks['write']['task_id']}")
    assert (run["status"], run["workflow_id"]) == ("completed", done["id"])
    assert run["usage"]["output_tokens"] > 0


async def test_what_was_said_in_the_channel_is_not_told_to_tasks(
    app: App, one_upstream: FakeUpstream
) -> None:
    helper = await agent(app, "fake;text=secretly%20done")
    workflow = await make(app, step("only", agent=helper), title="Quiet")
    await app.say({"id": workflow["channel_id"]}, "the word is plum")
    await over(app, await act(app, workflow, "start"))
    (request,) = [
        request
        for request in one_upstream.requests()
        if "workflow “Quiet”" in str(request["body"]["messages"][-1]["content"])
    ]
    assert "plum" not in str(request["body"])


async def test_answer_of_a_task_starts_nobody_it_mentions(app: App) -> None:
    talker = await agent(app, "fake;text=ask%20@qa%20about%20it")
    done = await over(app, await start(app, step("only", agent=talker)))
    tasks = await app.get("/api/tasks", channel_id=done["channel_id"])
    assert len(tasks) == 1


@pytest.mark.parametrize("model", ["fake;fail=empty", "fake;text=%5B%5D"])
async def test_empty_output_does_not_keep_what_depends_on_it_waiting(
    app: App, one_upstream: FakeUpstream, model: str
) -> None:
    lister = await agent(app, model)
    worker = await agent(app, "fake;text=nothing%20to%20do")
    title = f"Empty {model[-3:]}"
    workflow = await start(
        app, step("list", agent=lister), step("each", "list", agent=worker), title=title
    )
    done = await over(app, workflow)
    assert done["status"] == "completed"
    assert statuses(done) == {"list": "completed", "each": "completed"}
    (prompt,) = prompts(one_upstream, "do the task “Each”")[-1:]
    said = "(no output)" if "empty" in model else "[]"
    assert f'by="@{lister}">\n{said}\n</result>' in prompt
    if "empty" in model:
        assert by_key(done)["list"]["reason"] == "The answer was empty."


async def test_no_more_tasks_run_at_once_than_the_limits_allow(app: App) -> None:
    helpers = [await agent(app, ENDLESS) for _ in range(4)]
    tasks = [step(f"t{number}", agent=helpers[number % 4]) for number in range(10)]
    workflow = await start(app, *tasks, max_parallel=2)
    assert active(workflow) == ["t0", "t1"]
    await act_on(app, workflow, "t5", "skip")
    assert active(await at(app, workflow, t0="running", t1="running")) == ["t0", "t1"]
    await act(app, workflow, "cancel")
    alone = [step(f"t{number}", agent=helpers[0]) for number in range(10)]
    workflow = await start(app, *alone, max_parallel=20)
    assert active(workflow) == ["t0", "t1", "t2"]  # of one agent
    await act(app, workflow, "cancel")


def active(workflow: Json) -> list[str]:
    return [key for key, status in statuses(workflow).items() if status in {"ready", "running"}]


async def test_summary_follows_in_the_channel_with_links_to_the_outputs(
    app: App, one_upstream: FakeUpstream
) -> None:
    helper = await agent(app, "fake;text=the%20very%20output")
    workflow = await start(
        app, step("one", agent=helper), step("two", agent=helper), title="Summed", request="Sum up"
    )
    done = await over(app, workflow)
    assert done["status"] == "completed"
    assert done["summary_task_id"] is not None

    async def written() -> bool:
        task = await app.get(f"/api/tasks/{done['summary_task_id']}")
        return task["status"] == "completed"

    await until(written, lambda: "the summary is not written")
    task = await app.get(f"/api/tasks/{done['summary_task_id']}")
    answer = await app.get(f"/api/messages/{task['answer_id']}")
    assert answer["thread_id"] is None
    assert answer["reply_to_id"] == done["message_id"]
    output = by_key(done)["one"]["message_id"]
    link = f"/c/{done['channel_id']}?thread={done['message_id']}&m={output}"
    assert f"- [One]({link}) by @{helper}" in answer["content"]
    (prompt,) = prompts(one_upstream, "workflow “Summed” has ended")
    assert "<request>\nSum up\n</request>" in prompt
    assert prompt.count("the very output") == 2


async def test_single_task_needs_no_summary(app: App) -> None:
    helper = await agent(app, "fake;text=all%20said")
    done = await over(app, await start(app, step("only", agent=helper)))
    assert done["summary_task_id"] is None


async def test_start_is_refused_for_what_can_not_run_and_done_once_for_what_runs(app: App) -> None:
    helper = await agent(app, ENDLESS)
    workflow = await make(app, step("only", agent=helper))
    found = await app.get("/api/agents", q=helper)
    path = f"/api/agents/{found[0]['id']}"
    await app.http.put(path, json={"is_active": False})
    response = await app.http.post(f"/api/workflows/{workflow['id']}/start")
    assert response.status_code == 409
    assert response.json()["code"] == "plan_not_runnable"
    assert response.json()["errors"] == [
        {"field": "tasks.0.agent", "message": f"@{helper} is switched off"}
    ]
    await app.http.put(path, json={"is_active": True})
    answers = await asyncio.gather(*(act(app, workflow, "start") for _ in range(4)))
    assert {answer["status"] for answer in answers} == {"running"}
    running = await at(app, workflow, only="running")
    assert running["tasks"][0]["attempts"] == 1
    await act(app, workflow, "cancel")
    assert await refusal(app, workflow, "start") == "workflow_not_ready"
    missing = await app.http.post(f"/api/workflows/{uuid4()}/start")
    assert missing.status_code == 404


async def test_auto_start_needs_no_second_call(app: App) -> None:
    helper = await agent(app, "fake;n=2")
    workflow = await make(app, step("only", agent=helper), auto_start=True)
    assert workflow["status"] == "running"
    assert (await over(app, workflow))["status"] == "completed"
