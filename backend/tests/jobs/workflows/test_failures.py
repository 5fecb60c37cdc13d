"""Tasks of workflows that fail: tries, policies, and what people do about them."""

import pytest

from tests.support.app import App
from tests.support.upstream import FakeUpstream
from tests.support.workflow_runs import (
    ENDLESS,
    act,
    act_on,
    agent,
    at,
    by_key,
    look,
    over,
    prompts,
    refusal,
    seen,
    start,
    statuses,
    step,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
BROKEN = "fake;fail=401"


async def test_error_that_passes_is_tried_again_and_the_answer_stays_one_message(app: App) -> None:
    flaky = await agent(app, "fake;fail=500;times=1;key=flaky;n=4")
    workflow = await start(app, step("only", agent=flaky))
    done = await over(app, workflow)
    assert done["status"] == "completed"
    task = by_key(done)["only"]
    assert (task["attempts"], task["error"], task["retry_at"]) == (2, None, None)
    thread = await app.get(f"/api/messages/{done['message_id']}/thread")
    assert len(thread) == 2
    assert (await app.get(f"/api/tasks/{task['task_id']}"))["run"] == 2


async def test_error_that_stays_is_not_tried_again_and_skips_what_depends_on_it(app: App) -> None:
    broken, fine = await agent(app, BROKEN), await agent(app, "fake;n=2")
    workflow = await start(
        app,
        step("bad", agent=broken),
        step("after", "bad", agent=fine),
        step("last", "after", agent=fine),
        step("other", agent=fine),
    )
    done = await over(app, workflow)
    assert done["status"] == "failed"
    assert statuses(done) == {
        "bad": "failed",
        "after": "skipped",
        "last": "skipped",
        "other": "completed",
    }
    tasks = by_key(done)
    assert (tasks["bad"]["attempts"], tasks["bad"]["error"]["code"]) == (1, "auth")
    assert tasks["after"]["reason"] == "Needs 'bad', which failed."
    assert done["error"]["code"] == "auth"
    assert "3 of 4 tasks were not completed" in done["error"]["message"]
    assert done["progress"] == {"completed": 1, "done": 4, "total": 4, "percent": 100}
    # A summary follows all the same, of what there is; and it can be told.
    assert done["summary_task_id"] is not None


async def test_failure_that_ends_the_workflow_starts_nothing_more(app: App) -> None:
    broken, slow = await agent(app, BROKEN), await agent(app, ENDLESS)
    workflow = await start(
        app,
        step("running", agent=slow),
        step("bad", agent=broken, on_failure="fail"),
        step("third", "running", agent=slow),
        max_parallel=2,
    )
    now = await at(app, workflow, bad="failed", third="skipped")
    assert (now["status"], statuses(now)["running"]) == ("running", "running")
    run = by_key(now)["running"]["task_id"]
    await app.post(f"/api/tasks/{run}/cancel", status=200)
    done = await over(app, workflow)
    assert (done["status"], done["error"]["code"]) == ("failed", "auth")
    assert by_key(done)["running"]["reason"] == "The task was stopped."


async def test_failure_to_be_decided_waits_for_a_person_who_goes_on_without_it(
    app: App, one_upstream: FakeUpstream
) -> None:
    broken, fine = await agent(app, BROKEN), await agent(app, "fake;n=2")
    workflow = await start(
        app,
        step("bad", agent=broken, on_failure="ask"),
        step("after", "bad", agent=fine),
        step("other", agent=fine),
        title="Asking",
    )
    waiting = await seen(app, workflow, lambda now: now["status"] == "waiting")
    assert waiting["waiting_for"] == "decision"
    assert statuses(waiting) == {"bad": "failed", "after": "pending", "other": "completed"}
    assert await refusal(app, workflow, "resume") == "decision_needed"
    other = by_key(waiting)["other"]["id"]
    assert await refusal(app, workflow, f"tasks/{other}/skip") == "task_not_skippable"
    after = await act_on(app, workflow, "bad", "skip")
    assert after["status"] == "running"
    done = await over(app, workflow)
    assert done["status"] == "completed"
    assert statuses(done) == {"bad": "skipped", "after": "completed", "other": "completed"}
    assert by_key(done)["bad"]["reason"] == "A person skipped it."
    (prompt,) = prompts(one_upstream, "do the task “After”")[-1:]
    assert "(a person decided to go on without it)" in prompt


async def test_retried_task_runs_again_with_all_that_depends_on_it_after_the_end(
    app: App, one_upstream: FakeUpstream
) -> None:
    fine = await agent(app, "fake;text=fine")
    fixed = await agent(app, "fake;fail=401;times=1;key=fixed;text=fixed")
    workflow = await start(
        app,
        step("first", agent=fine),
        step("bad", "first", agent=fixed),
        step("after", "bad", agent=fine),
    )
    failed = await over(app, workflow)
    assert statuses(failed) == {"first": "completed", "bad": "failed", "after": "skipped"}
    again = await act_on(app, failed, "bad", "retry")
    assert (again["status"], again["finished_at"], again["error"]) == ("running", None, None)
    done = await over(app, workflow)
    assert done["status"] == "completed"
    # The answers stay the messages that they were, and what was done is not done again.
    before, now = by_key(failed), by_key(done)
    assert now["bad"]["message_id"] == before["bad"]["message_id"]
    assert (await app.get(f"/api/tasks/{now['first']['task_id']}"))["run"] == 1
    # By its own address, as people retry any answer, too.
    await app.post(f"/api/tasks/{now['bad']['task_id']}/retry", status=409)  # it is completed
    twice = await over(app, await act_on(app, done, "first", "retry"))
    assert twice["status"] == "completed"
    runs = [(await app.get(f"/api/tasks/{task['task_id']}"))["run"] for task in twice["tasks"]]
    assert runs == [2, 3, 2]
    thread = await app.get(f"/api/messages/{done['message_id']}/thread")
    assert len(thread) == 6


async def test_retry_while_it_runs_breaks_off_what_depends_on_it_first(app: App) -> None:
    fine, slow = await agent(app, "fake;n=2"), await agent(app, ENDLESS)
    workflow = await start(app, step("first", agent=fine), step("second", "first", agent=slow))
    running = await at(app, workflow, second="running")
    second = by_key(running)["second"]
    assert await refusal(app, workflow, f"tasks/{second['id']}/retry") == "task_not_retriable"
    now = await act_on(app, running, "first", "retry")
    assert statuses(now)["second"] == "pending"
    assert (await app.get(f"/api/tasks/{second['task_id']}"))["status"] == "cancelled"
    again = await at(app, workflow, first="completed", second="running")
    assert by_key(again)["second"]["message_id"] == second["message_id"]
    await act(app, workflow, "cancel")
    assert (await look(app, workflow))["status"] == "cancelled"
