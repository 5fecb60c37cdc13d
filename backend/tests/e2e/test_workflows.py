"""Plans in the browser: asked for, edited, approved, watched, and carried through the death of the server."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import assert_accessible
from tests.support.plans import ORCHESTRATOR, fenced, task
from tests.support.product import Product
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.timeout(300)

SLOW_SECONDS = 30_000
THREE = (
    task("research", agent="qa"),
    task("write", "research", agent="backend"),
    task("ship", "write", agent="devops"),
)


def card_of(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name=f"Plan: {title}")


def shown(page: Page, workspace: Product, *tasks: dict[str, object], title: str) -> str:
    """Put a plan into a new channel and open that; return the workflow's id."""
    channel = workspace.post("/channels", {"name": f"room for {title}"})
    body = {"channel_id": channel["id"], "title": title, "tasks": tasks}
    made = workspace.post("/workflows", body)
    page.goto(f"/c/{channel['id']}")
    expect(card_of(page, title)).to_be_visible()
    return made["id"]


def test_request_becomes_a_plan_that_is_edited_run_and_completed_over_the_death_of_the_server(
    page: Page, workspace: Product, upstream: FakeUpstream
) -> None:
    planner = {"provider": "openai", "model": "fake;script=plan", "is_active": True}
    workspace.http.put(f"/agents/{ORCHESTRATOR}", json=planner).raise_for_status()
    upstream.script("plan", [{"text": fenced(*THREE)}, {"text": "All of it is done."}])
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("/plan launch our newsletter")
    box.press("Enter")
    card = card_of(page, "Launch")
    expect(card).to_contain_text("Ready to run", timeout=SLOW_SECONDS)
    expect(card.get_by_role("listitem")).to_have_count(3)
    assert_accessible(page)

    # An edge and an agent, by the keyboard alone.
    card.get_by_role("link", name="Edit").press("Enter")
    page.get_by_role("button", name=re.compile("^Do ship")).press("Enter")
    page.get_by_role("checkbox", name="Do write").press("Space")
    page.get_by_role("checkbox", name="Do research").press("Space")
    agent = page.get_by_role("combobox", name="Agent")
    agent.press_sequentially("front")
    expect(page.get_by_role("option", name=re.compile("^Frontend"))).to_be_visible()
    agent.press("Enter")
    expect(agent).to_have_value("Frontend (@frontend)")
    assert_accessible(page)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("saved as version 2")).to_be_visible()
    page.get_by_role("link", name="History").press("Enter")
    versions = page.get_by_role("list", name="Versions")
    expect(versions).to_contain_text("“Do ship” now waits for “Do research”")
    expect(page.get_by_role("region", name="Changed: Do ship")).to_contain_text("@frontend")
    assert_accessible(page)

    page.get_by_role("link", name="Graph", exact=True).press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Do ship"))).to_contain_text("Not begun")
    page.get_by_role("button", name="Approve & run").press("Enter")
    research = page.get_by_role("button", name=re.compile("^Do research"))
    expect(research).to_contain_text("Running", timeout=SLOW_SECONDS)
    research.press("Enter")
    detail = page.get_by_role("region", name="Do research")
    expect(detail).to_contain_text("alpha beta", timeout=SLOW_SECONDS)
    workspace.kill()
    expect(page.get_by_text("What is shown here may have changed since.")).to_be_visible()
    workspace.start()
    expect(research).to_contain_text("Completed", timeout=2 * SLOW_SECONDS)
    expect(page.get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", "100", timeout=2 * SLOW_SECONDS
    )
    assert_accessible(page)
    page.get_by_role("link", name="Timeline").press("Enter")
    expect(page.get_by_role("button", name=re.compile("Do write: Completed"))).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="In #general").press("Enter")
    expect(card_of(page, "Launch")).to_contain_text("Completed")
    summary = page.get_by_role("article", name=re.compile("^Orchestrator, "))
    expect(summary.last).to_contain_text("All of it is done.", timeout=SLOW_SECONDS)
    summary.last.get_by_role("link", name="Do write").press("Enter")
    expect(page.get_by_role("region", name="Thread")).to_contain_text("All about write.")
    expect(page.get_by_role("progressbar", name="Progress of Launch")).to_have_count(2)
    workspace.http.put(
        f"/agents/{ORCHESTRATOR}",
        json={"provider": "openai", "model": "fake;n=5", "is_active": True},
    ).raise_for_status()
    upstream.reset()


def test_failed_task_is_decided_about_in_the_card(page: Page, workspace: Product) -> None:
    flaky = workspace.post(
        "/agents",
        {
            "name": "Flaky",
            "role": "Fails once",
            "provider": "openai",
            "model": "fake;fail=400;times=1;key=flaky",
        },
    )
    tasks = (
        task("try", agent=flaky["handle"], on_failure="ask"),
        task("next", "try", agent="qa"),
    )
    shown(page, workspace, *tasks, title="Risky")
    card = card_of(page, "Risky")
    card.get_by_role("button", name="Approve & run").click()
    decision = card.get_by_role("group", name="Waiting for a decision")
    expect(decision).to_contain_text("Do try", timeout=SLOW_SECONDS)
    assert_accessible(page)
    decision.get_by_role("button", name="Retry Do try").click()
    expect(card).to_contain_text("2 of 2 tasks completed", timeout=SLOW_SECONDS)
    card.get_by_role("button", name="Run again").click()
    expect(card_of(page, "Risky")).to_have_count(2, timeout=SLOW_SECONDS)


def test_edit_that_meets_another_is_put_on_top_of_it_and_survives_leaving(
    page: Page, workspace: Product
) -> None:
    workflow = shown(page, workspace, *THREE, title="Shared")
    card_of(page, "Shared").get_by_role("link", name="Edit").click()
    page.get_by_role("button", name=re.compile("^Do write")).click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Write it well")
    page.go_back()
    expect(card_of(page, "Shared")).to_be_visible()
    page.go_forward()
    expect(page.get_by_text("These are your changes from before")).to_be_visible()

    theirs = [one | {"title": "Look around"} if one["key"] == "research" else one for one in THREE]
    edit = {"version": 1, "tasks": theirs}
    workspace.http.put(f"/workflows/{workflow}", json=edit).raise_for_status()
    conflict = page.get_by_role("alert").filter(has_text="The plan was edited while")
    expect(conflict).to_contain_text("is now called “Look around”", timeout=SLOW_SECONDS)
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    assert_accessible(page)
    conflict.get_by_role("button", name="Apply mine on top").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved as version 3")).to_be_visible()
    saved = workspace.get(f"/workflows/{workflow}")
    assert [one["title"] for one in saved["tasks"]] == ["Look around", "Write it well", "Do ship"]


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_plans_fit_every_screen(page: Page, workspace: Product, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    title = f"Wide {width} {'long' * 12}"
    many = [task(f"t{n}", *([f"t{n - 1}"] if n else []), agent="qa") for n in range(12)]
    workflow = shown(page, workspace, *many, title=title)
    fits = "document.documentElement.scrollWidth <= window.innerWidth && " + (
        "document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
    )
    assert page.evaluate(fits)
    assert_accessible(page)
    for tab in ("graph", "timeline", "plan", "history"):
        page.goto(f"/workflows/{workflow}?tab={tab}")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert page.evaluate(fits), tab
    page.goto("/workflows?status=ready")
    expect(page.get_by_role("link", name=re.compile(f"^{title}"))).to_be_visible()
    assert page.evaluate(fits)


def test_every_key_works_in_the_editor(page: Page, workspace: Product) -> None:
    workflow = shown(page, workspace, *THREE, title="Keys")
    page.goto(f"/workflows/{workflow}?tab=plan")
    page.get_by_role("button", name="Move Do ship up").press("Enter")
    expect(page.get_by_role("button", name="Move Do ship up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Do ship"))).to_be_focused()
    page.get_by_role("button", name="Remove Do research").press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Do write"))).to_be_focused()
    page.keyboard.press("Enter")
    # “Do ship” waits for this one, so this one can't wait for it.
    ship = page.get_by_role("checkbox", name=re.compile("Do ship · waits for this one already"))
    ship.press("Space")
    expect(ship).not_to_be_checked()
    page.get_by_role("button", name="Add a task").press("Enter")
    page.keyboard.type("Say thanks")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("saved as version 2")).to_be_visible()
    saved = workspace.get(f"/workflows/{workflow}")["tasks"]
    assert [(one["key"], one["depends_on"]) for one in saved] == [
        ("ship", ["write"]),
        ("write", []),
        ("say-thanks", []),
    ]


def test_channel_lets_its_plans_start_by_themselves(page: Page, workspace: Product) -> None:
    channel = workspace.post("/channels", {"name": "by itself"})
    page.goto(f"/c/{channel['id']}")
    page.get_by_role("button", name="How plans start here").click()
    choice = page.get_by_role("checkbox", name="Plans start without approval")
    expect(choice).not_to_be_checked()
    assert_accessible(page)
    choice.press("Space")
    expect(choice).to_be_checked()
    page.keyboard.press("Escape")
    body = {"channel_id": channel["id"], "title": "At once", "tasks": [task("go", agent="qa")]}
    workspace.post("/workflows", body)
    expect(card_of(page, "At once")).to_contain_text("1 of 1 task", timeout=SLOW_SECONDS)


def test_list_is_narrowed_down_and_a_deleted_workflow_is_gone(
    page: Page, workspace: Product
) -> None:
    workflow = shown(page, workspace, *THREE, title="Fleeting")
    page.get_by_role("link", name="Workflows", exact=True).click()
    rows = page.get_by_role("list", name="Workflows").get_by_role("listitem")
    page.get_by_label("Words in the title or request").fill("fleet")
    expect(rows).to_have_count(1)
    page.get_by_label("Status").select_option("failed")
    expect(page.get_by_text("No workflow fits.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Status").select_option("ready")
    rows.get_by_role("link").click()
    page.get_by_role("button", name="Delete this workflow").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Workflows")).to_be_visible()
    page.goto(f"/workflows/{workflow}")
    expect(page.get_by_text("This workflow isn't there any more.")).to_be_visible()
