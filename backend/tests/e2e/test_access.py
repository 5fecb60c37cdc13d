"""Everything can be reached by keyboard, and every view follows the rules of accessibility."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_accessible

pytestmark = pytest.mark.timeout(240)

SLOW_SECONDS = 20_000


def test_keyboard_alone_is_enough_from_the_first_question_to_an_agent_of_ones_own(
    page: Page,
) -> None:
    page.goto("/")
    expect(page.get_by_role("navigation").first).to_be_visible()
    _to_general(page)
    page.keyboard.type("@back")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Enter")  # takes the suggestion
    page.keyboard.type("what is a key?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name=re.compile(r"^Backend, ")).last
    expect(answer).to_contain_text("40 tokens", timeout=SLOW_SECONDS)

    page.keyboard.press("Escape")
    _go_to(page, "New agent")
    expect(page).to_have_url(re.compile("/agents/new"))
    _tab_to(page, "Name")
    page.keyboard.type("Keyboard Smith")
    _tab_to(page, "Role")
    page.keyboard.type("Works without a mouse")
    _tab_to_button(page, re.compile("Create"))
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/agents/new"), timeout=SLOW_SECONDS)

    _to_general(page)
    page.keyboard.type("@keyboard-smith hello")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    own = page.get_by_role("article", name=re.compile(r"^Keyboard Smith, ")).last
    expect(own).to_contain_text("40 tokens", timeout=SLOW_SECONDS)


def test_shortcut_sheet_opens_and_closes_by_key_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    expect(box).to_be_visible()
    page.locator("body").press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["/", "/agents", "/agents/new", "/agents/templates", "/search?q=hello", "/nowhere"]
)
def test_every_page_is_accessible(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("main")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_accessible(page)


@pytest.mark.parametrize("shortcut", ["Control+k", "?"])
def test_every_panel_is_accessible(page: Page, shortcut: str) -> None:
    page.goto("/agents")
    expect(page.get_by_role("main")).to_be_visible()
    page.locator("body").press(shortcut)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)


def test_settings_are_accessible_and_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Settings").first.click()
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    page.get_by_text("High contrast").click()
    page.get_by_text("Large", exact=True).click()
    assert_accessible(page)
    page.reload()
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "contrast")
    expect(root).to_have_attribute("data-size", "large")


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_runs_out_of_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/agents", "/agents/new"):
        page.goto(path)
        expect(page.get_by_role("main")).to_be_visible()
        inside = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(inside), f"{path} scrolls sideways at {width} px"


def _go_to(page: Page, name: str) -> None:
    """Go to a place by the quick switcher."""
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(name)
    expect(dialog.get_by_role("option", name=re.compile(name)).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def _to_general(page: Page) -> None:
    """Go to a channel, which puts the cursor into its field."""
    _go_to(page, "general")
    expect(page.get_by_role("textbox", name="Message #general")).to_be_focused()


def _tab_to(page: Page, label: str) -> None:
    _tab_until(page, f"document.activeElement?.labels?.[0]?.textContent.startsWith('{label}')")


def _tab_to_button(page: Page, name: re.Pattern[str]) -> None:
    for _ in range(80):
        text = page.evaluate("document.activeElement?.textContent ?? ''")
        tag = page.evaluate("document.activeElement?.tagName")
        if tag == "BUTTON" and name.search(text):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no button {name.pattern} can be reached by Tab")


def _tab_until(page: Page, condition: str) -> None:
    for _ in range(80):
        if page.evaluate(condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never makes this true: {condition}")
