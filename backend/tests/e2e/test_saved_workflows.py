"""Saved workflows in the browser: kept from a plan, used with a value, and run by triggers; webhooks that tell of it."""

import json
import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from reznet.core.signatures import signed_headers
from tests.e2e.axe import assert_accessible
from tests.support.plans import task
from tests.support.product import Product

pytestmark = pytest.mark.timeout(300)

SLOW_SECONDS = 30_000
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


def test_plan_is_saved_used_and_run_by_triggers(page: Page, workspace: Product) -> None:
    plan = {
        "channel_id": workspace.general,
        "title": "Report of week {{week}}",
        "tasks": [task("write", agent="qa", description="Write about {{week}}.")],
    }
    made = workspace.post("/workflows", plan)
    page.goto(f"/workflows/{made['id']}")
    page.get_by_role("button", name="Save as…").press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Weekly report")
    page.get_by_role("group", name="week").get_by_label("Meaning").fill("Its number.")
    assert_accessible(page)
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Weekly report")).to_be_visible()

    page.get_by_role("button", name="Use").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Start at once").check()
    dialog.get_by_role("button", name="Run it").press("Enter")
    week = dialog.get_by_role("textbox", name="week")
    expect(week).to_be_focused()
    expect(week).to_have_accessible_description("is required")
    assert_accessible(page)
    page.keyboard.type("48")
    dialog.get_by_role("button", name="Run it").press("Enter")
    expect(page.get_by_role("heading", name="Report of week 48")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", "100", timeout=SLOW_SECONDS
    )

    page.get_by_role("link", name="Workflows", exact=True).click()
    page.get_by_role("link", name="Saved").click()
    row = page.get_by_role("listitem").filter(has_text="Weekly report")
    expect(row).to_contain_text("last used")
    assert_accessible(page)
    row.get_by_role("link", name="Weekly report").click()
    page.get_by_role("button", name="New trigger").press("Enter")
    dialog.get_by_label("Cron expression").fill("at nine")
    dialog.get_by_role("textbox", name="week").fill("this one")
    dialog.get_by_role("button", name="Create").press("Enter")
    cron = dialog.get_by_label("Cron expression")
    expect(cron).to_be_focused()
    expect(cron).to_have_accessible_description(re.compile("must have five fields"))
    assert_accessible(page)
    cron.fill("0 9 * * 1-5")
    expect(cron).to_have_attribute("aria-invalid", "false")
    expect(dialog.get_by_role("group", name="Next times").get_by_role("time")).to_have_count(5)
    assert_accessible(page)
    dialog.get_by_role("button", name="Create").press("Enter")
    daily = page.get_by_role("listitem", name="Monday to Friday at 09:00")
    expect(daily.get_by_role("time")).to_have_attribute("datetime", re.compile(r"T\d\d:00:00"))
    on = daily.get_by_role("switch")
    on.press("Space")
    expect(on).not_to_be_checked()
    expect(daily.get_by_role("time")).to_have_count(0)

    page.get_by_role("button", name="New trigger").press("Enter")
    dialog.get_by_role("radio", name="On a call from outside").check()
    dialog.get_by_role("group", name="week").get_by_label("Else from the field").fill("data.no")
    dialog.get_by_role("button", name="Create").press("Enter")
    expect(dialog.get_by_text("it is not shown again")).to_be_visible()
    assert_accessible(page)
    secret, address = (dialog.locator("pre").nth(place).inner_text() for place in (0, 1))
    dialog.get_by_role("button", name="I have kept it").press("Enter")
    page.reload()
    called = page.get_by_role("listitem", name="When a signed call comes in")
    expect(called).to_contain_text(address)
    expect(page.get_by_text(secret)).to_have_count(0)

    body = json.dumps({"data": {"no": 49}}).encode()
    headers = signed_headers(secret, "msg-1", datetime.now(UTC), body)
    kind = {"content-type": "application/json"}
    assert httpx.post(address, content=body, headers=headers | kind).status_code == 202
    # It is seen without a look at the server: the workflow's card tells of it.
    expect(page.get_by_role("link", name="Report of week 49")).to_be_visible()
    called.get_by_role("button", name=re.compile("^Last fired")).press("Enter")
    expect(called.get_by_role("list", name="What came of it")).to_contain_text("week: 49")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(FITS)
    assert_accessible(page)
    called.get_by_role("link", name=re.compile("Open the workflow")).click()
    expect(page.get_by_role("heading", name="Report of week 49")).to_be_attached()


def test_webhook_is_made_and_a_call_that_failed_is_sent_again(
    page: Page, workspace: Product
) -> None:
    page.goto("/workflows/webhooks")
    page.get_by_role("main").get_by_role("button", name="New webhook").last.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("example")
    dialog.get_by_role("button", name="Create").press("Enter")
    expect(dialog.get_by_label("Address")).to_be_focused()
    page.keyboard.type(".com")
    # No call goes to this machine, so this one can't be delivered.
    dialog.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    dialog.get_by_role("button", name="Create").press("Enter")
    expect(dialog.get_by_text("whsec_")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_role("button", name="I have kept it").press("Enter")
    expect(page.get_by_text("whsec_")).to_have_count(0)
    item = page.get_by_role("listitem", name="http://127.0.0.1:9/hook")
    expect(item).to_contain_text("All workflows, however they end")
    one = {"channel_id": workspace.general, "title": "One", "auto_start": True}
    workspace.post("/workflows", one | {"tasks": [task("go", agent="qa")]})
    item.get_by_role("button", name="Last calls").press("Enter")
    expect(item.get_by_role("list", name="Calls")).to_contain_text(
        "next try", timeout=SLOW_SECONDS
    )
    assert_accessible(page)
    item.get_by_role("button", name="Delete").press("Enter")
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("A webhook tells another program")).to_be_visible()
