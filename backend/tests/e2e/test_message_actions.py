"""What can be done with a message, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_accessible
from tests.support.product import Product

pytestmark = pytest.mark.timeout(180)

SLOW_SECONDS = 20_000


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the button has the focus."""
    for _ in range(30):
        focused = page.evaluate(
            "document.activeElement?.ariaLabel ?? document.activeElement?.innerText"
        )
        if " ".join(str(focused).split()) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} can't be reached by Tab")


def to_last_message(page: Page) -> None:
    """Go back from the field where messages are written to the last message."""
    page.get_by_role("textbox", name=re.compile("^Message ")).focus()
    for _ in range(10):
        if page.evaluate("document.activeElement?.matches('[role=listitem][data-index]')"):
            page.keyboard.press("End")
            return
        page.keyboard.press("Shift+Tab")
    raise AssertionError("the messages can't be reached by Tab")


def test_everything_that_can_be_done_with_a_message_is_done_by_keyboard(
    page: Page, workspace: Product
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    channel = workspace.post("/channels", {"name": "keys"})["id"]
    for text in ("the first", "the second"):
        workspace.post(f"/channels/{channel}/messages", {"content": text})
    page.goto(f"/c/{channel}")
    last = page.get_by_role("article").filter(has_text="the second")
    expect(last).to_be_visible()

    # A reaction: found by name, given, taken back and given again.
    to_last_message(page)
    tab_to(page, "Add a reaction")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Find an emoji by its name")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("option", name="red heart").first).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.type("rocket")
    page.keyboard.press("Enter")
    chip = last.get_by_role("button", name="🚀 1 You")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Add a reaction")).to_be_focused()
    tab_to(page, "🚀 1 You")
    assert_accessible(page)
    page.keyboard.press("Space")
    expect(chip).to_have_count(0)

    # The text, and a link that leads back to it.
    to_last_message(page)
    tab_to(page, "Copy text")
    page.keyboard.press("Enter")
    expect(last.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "the second"
    tab_to(page, "Copy link")
    page.keyboard.press("Enter")
    expect(last.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")

    # Editing gives the focus back to the message.
    tab_to(page, "Edit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Edit the message")).to_be_focused()
    page.keyboard.type(", changed")
    page.keyboard.press("Enter")
    expect(last).to_contain_text("the second, changed")
    expect(last).to_contain_text("(edited)")

    # The reply opens the thread, and Escape closes it.
    tab_to(page, "Reply in thread")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Reply")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Thread", exact=True)).to_have_count(0)

    # An agent's answer, made new again.
    workspace.post(f"/channels/{channel}/messages", {"content": "@qa is that all?"})
    answer = page.get_by_role("article", name=re.compile(r"^QA, "))
    expect(answer).to_contain_text("40 tokens", timeout=SLOW_SECONDS)
    to_last_message(page)
    tab_to(page, "Mark unread from here")
    page.keyboard.press("Enter")
    expect(page.get_by_role("separator", name="New messages")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^keys\b.*1 unread"))).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("separator", name="New messages")).to_have_count(0)

    # Deleting asks first.
    to_last_message(page)
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete this message?")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(answer).to_have_count(0)

    page.goto(link)
    expect(page.locator("[data-target]")).to_contain_text("the second, changed")
