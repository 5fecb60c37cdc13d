"""Files in the browser: attached in every way there is, read by the agent, shown and saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.images import png
from tests.support.product import Product
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.timeout(180)

SLOW = 20_000
# The clipboard and the drag of a real desktop can't be reached, but their events can.
_PASTE = """(field, [name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(text)], name, { type }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
_DROP = """(place, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def general(page: Page) -> Page:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    expect(field(page)).to_be_visible()
    return page


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("Message"))


def draft(page: Page) -> Locator:
    return page.get_by_role("list", name="Files to send")


def test_files_are_attached_read_by_the_agent_shown_and_saved(
    general: Page, upstream: FakeUpstream, tmp_path: Path
) -> None:
    page = general
    notes = tmp_path / "Größe & Maß.md"
    notes.write_text("the secret is 42")
    page.get_by_label("Files to attach").set_input_files(notes)
    expect(draft(page)).to_contain_text("16 bytes", timeout=SLOW)
    field(page).evaluate(_PASTE, ["photo.png", "image/png", list(png(1200, 600))])
    expect(draft(page).get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_text("2 of 2 files ready to be sent")).to_have_count(1, timeout=SLOW)
    page.reload()  # the draft keeps them
    expect(draft(page).get_by_role("listitem")).to_have_count(2, timeout=SLOW)
    field(page).fill("@backend what is this?")
    field(page).press("Escape")
    field(page).press("Enter")
    expect(draft(page)).to_have_count(0)

    answer = page.get_by_role("article", name=re.compile(r"^Backend, ")).last
    expect(answer).to_contain_text("40 tokens", timeout=SLOW)
    told = upstream.requests()[-1]["body"]["messages"][-1]["content"]
    assert '[You, file "Größe & Maß.md"]:\n```\nthe secret is 42\n```' in told
    assert "an image of 1,200 by 600 pixels" in told

    thumbnail = page.get_by_role("img", name="photo.png")
    expect(thumbnail).to_be_visible()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 0", arg=thumbnail.element_handle()
    )
    assert thumbnail.evaluate("image => [image.width, image.height, image.naturalWidth]") == [
        360,
        180,
        720,
    ]
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Größe & Maß.md")).click()
    assert saved.value.suggested_filename == "Größe & Maß.md"
    assert saved.value.path().read_text() == "the secret is 42"

    page.get_by_role("button", name="photo.png").press("Enter")
    expect(page.get_by_role("dialog", name="photo.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="photo.png")).to_be_focused()


def test_a_page_that_somebody_attaches_is_saved_and_never_run(
    general: Page, workspace: Product
) -> None:
    page = general
    evil = "<script>document.title = 'run'; fetch('/api/channels')</script>"
    page.get_by_role("region", name="general", exact=True).evaluate(_DROP, ["page.html", evil])
    expect(draft(page)).to_contain_text("page.html", timeout=SLOW)
    expect(page.get_by_text("1 of 1 file ready to be sent")).to_have_count(1, timeout=SLOW)
    field(page).press("Enter")
    link = page.get_by_role("link", name=re.compile("page.html"))
    expect(link).to_be_visible(timeout=SLOW)
    address = link.get_attribute("href")
    assert address
    with page.expect_download() as saved:
        page.evaluate("address => { location.href = address }", address)
    assert saved.value.suggested_filename == "page.html"
    assert page.title() != "run"


def test_what_is_too_large_is_told_before_it_is_sent(general: Page, tmp_path: Path) -> None:
    page = general
    large = tmp_path / "film.mkv"
    with large.open("wb") as file:
        file.truncate(25_000_001)
    page.get_by_label("Files to attach").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("at most 25 MB can be attached")
    field(page).press("Enter")
    expect(page.get_by_text("film.mkv could not be attached")).to_be_visible()
    page.get_by_role("button", name="Remove film.mkv").press("Enter")
    expect(draft(page)).to_have_count(0)
