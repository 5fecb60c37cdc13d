"""Agents in the browser: tried before they are saved, seen by every tab, invited to a channel."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_conversation import SLOW_SECONDS
from tests.support.product import Product

pytestmark = pytest.mark.timeout(180)


def test_an_agent_is_tried_stopped_and_saved_and_the_other_tab_sees_it(
    page: Page, workspace: Product
) -> None:
    page.goto("/agents/new")
    other = page.context.new_page()
    other.goto("/agents")
    expect(other.get_by_role("article", name="Backend")).to_be_visible()
    before = workspace.get("/tasks")

    question = page.get_by_label("Ask the agent")
    question.fill("Is this fair?")
    question.press("Enter")
    expect(page.get_by_text("Mend the marked fields")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()

    page.get_by_label("Name").fill("Fair Judge")
    page.get_by_label("Role").fill("Judges")
    question = page.get_by_label("Ask Fair Judge")
    expect(question).to_have_value("Is this fair?")
    question.press("Enter")
    said = page.get_by_role("log")
    expect(said).to_contain_text("alpha beta", timeout=SLOW_SECONDS)
    expect(said).to_contain_text("40 tokens", timeout=SLOW_SECONDS)

    page.get_by_label("Provider", exact=True).select_option("openai")
    page.get_by_label("Model", exact=True).fill("fake;ttft=0.1;rate=5;n=400")
    question.fill("And now, at length?")
    question.press("Enter")
    expect(said.get_by_role("article", name="Fair Judge").last).to_contain_text(
        "alpha", timeout=SLOW_SECONDS
    )
    page.get_by_role("button", name="Stop").click()
    expect(said).to_contain_text("Stopped")
    assert workspace.get("/tasks") == before

    page.get_by_role("button", name="Create agent").click()
    expect(other.get_by_role("article", name="Fair Judge")).to_be_visible(timeout=SLOW_SECONDS)
    made = next(row for row in workspace.get("/agents") if row["handle"] == "fair-judge")
    workspace.http.delete(f"/agents/{made['id']}").raise_for_status()
    expect(other.get_by_role("article", name="Fair Judge")).to_have_count(0, timeout=SLOW_SECONDS)


def test_a_refused_key_is_said_in_the_pane(page: Page) -> None:
    page.goto("/agents/new")
    page.get_by_label("Name").fill("Fair Judge")
    page.get_by_label("Role").fill("Judges")
    page.get_by_label("Provider", exact=True).select_option("openai")
    page.get_by_label("Model", exact=True).fill("fake;fail=401")
    page.get_by_label("Ask Fair Judge").fill("Hello?")
    page.get_by_label("Ask Fair Judge").press("Enter")
    expect(page.get_by_role("log").get_by_role("alert")).to_contain_text(
        "OPENAI_API_KEY", timeout=SLOW_SECONDS
    )


def test_an_agent_is_invited_and_the_other_tab_counts_it(page: Page) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/")
        tab.get_by_role("link", name="general").first.click()
        expect(tab.get_by_role("button", name="0 members, show them")).to_be_visible()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.press_sequentially("/inv")
    box.press("Enter")
    box.press_sequentially("@qa")
    box.press("Enter")
    box.press("Enter")
    expect(page.get_by_text("QA is a member now.")).to_be_visible()

    other.get_by_role("button", name="1 member, show them").click(timeout=SLOW_SECONDS)
    other.get_by_role("button", name="Remove QA").click()
    expect(other.get_by_text("No agent is a member yet.")).to_be_visible()
    expect(page.get_by_role("button", name="0 members, show them")).to_be_visible()


def test_a_page_whose_part_is_gone_loads_itself_anew_and_keeps_the_draft(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("half a thought")
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    gone = re.compile(r"/assets/Settings-[\w-]+\.js")
    missing: list[str] = []

    def updated(route: Route) -> None:
        if missing:
            route.continue_()
        else:
            missing.append(route.request.url)
            route.fulfill(status=404, body="")

    page.route(gone, updated)
    with page.expect_navigation():
        page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("textbox", name=re.compile("Message"))).to_have_value("half a thought")
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert (len(missing), len(loads)) == (1, 1)
