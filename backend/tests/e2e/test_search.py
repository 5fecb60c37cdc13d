"""Search and jump: to a message far back, in a thread, in an archived channel; and back to the present."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from reznet.core.embedded_postgres import EmbeddedPostgres
from tests.e2e.axe import assert_accessible
from tests.support.product import Product

pytestmark = pytest.mark.timeout(300)

SLOW_SECONDS = 20_000
HISTORY = 40_000

_WRITE = """
insert into messages (id, channel_id, author_kind, author_name, user_id, content, status, attempt, mentions, metadata,
    created_at, updated_at)
select gen_random_uuid(), %(channel)s, 'user', 'You', (select id from users limit 1),
    case when n = 20 then 'A **needle** in the haystack, see user_id' else 'Straw number ' || n end, 'complete', 0,
    '[]', '{}', now() - make_interval(secs => 30.0 * (%(count)s - n)), now()
from generate_series(1, %(count)s) as n
"""


@pytest.fixture(scope="module")
def history(workspace: Product) -> Iterator[str]:
    """The id of a channel with a long history."""
    channel = workspace.post("/channels", {"name": "history"})["id"]
    with (
        EmbeddedPostgres.attach(Path(workspace.data_folder)) as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):
        connection.execute(_WRITE, {"channel": channel, "count": HISTORY})
        connection.execute("analyze messages")
    return channel


def search(page: Page, text: str) -> Locator:
    """Type a query and return its results."""
    field = page.get_by_role("combobox", name="Search messages")
    field.fill(text)
    return page.get_by_role("listbox", name="Results").get_by_role("option")


def in_view(page: Page, row: Locator) -> bool:
    box, view = (
        row.bounding_box(),
        page.get_by_role("region", name=re.compile("^Messages in")).bounding_box(),
    )
    assert view
    return box is not None and view["y"] <= box["y"] <= view["y"] + view["height"]


def test_a_message_far_back_is_found_shown_and_left_again(page: Page, history: str) -> None:
    page.goto(f"/c/{history}")
    expect(page.get_by_text(f"Straw number {HISTORY}", exact=True)).to_be_visible()
    page.keyboard.press("Control+Shift+F")
    expect(page.get_by_role("combobox", name="Search messages")).to_be_focused()
    assert_accessible(page)

    # The operator is completed by its suggestion.
    page.keyboard.type("needl in:#his")
    expect(page.get_by_role("listbox", name="Suggestions").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox")).to_have_value("needl in:#history ")
    hit = search(page, "in:#history needl")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text("needle")
    assert_accessible(page)
    page.keyboard.press("Enter")

    found = page.get_by_role("article").filter(has_text="A needle in the haystack")
    expect(found).to_be_visible(timeout=SLOW_SECONDS)
    expect(found).to_have_attribute("data-target", "true")
    expect(page.locator(".list-row").filter(has_text="A needle in the haystack")).to_be_focused()
    assert in_view(page, found)
    expect(page.get_by_text("Straw number 19", exact=True)).to_be_visible()
    expect(page.get_by_text("Straw number 21", exact=True)).to_be_visible()

    # A link to a message opens there, too, and both ways of reading on work.
    page.reload()
    expect(found).to_have_attribute("data-target", "true", timeout=SLOW_SECONDS)
    expect(page.locator(".list-row").filter(has_text="A needle in the haystack")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_text("Straw number 1", exact=True)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_text("Straw number 70", exact=True)).to_be_visible()
    # More is loaded below, and nothing moves for it.
    expect(page.get_by_text("Straw number 75", exact=True)).to_be_attached()
    assert in_view(page, page.get_by_text("Straw number 70", exact=True))

    page.get_by_role("button", name="Jump to present").click()
    expect(page.get_by_text(f"Straw number {HISTORY}", exact=True)).to_be_visible(
        timeout=SLOW_SECONDS
    )
    expect(page.get_by_role("button", name="Jump to present")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/c/{history}$"))

    # The way back leads to the results.
    page.go_back()
    expect(hit).to_have_count(1)


def test_what_is_written_far_from_the_end_leads_to_it(
    page: Page, history: str, workspace: Product
) -> None:
    (hit,) = workspace.get("/search", q="needle in:history")
    page.goto(f"/c/{history}?m={hit['message']['id']}")
    expect(page.locator("article[data-target]")).to_be_visible(timeout=SLOW_SECONDS)
    box = page.get_by_role("textbox", name=re.compile("^Message "))
    box.fill("Thanks for the needle")
    box.press("Enter")
    said = page.get_by_role("article").filter(has_text="Thanks for the needle")
    expect(said).to_be_visible(timeout=SLOW_SECONDS)
    expect(said).to_have_count(1)
    expect(page.get_by_text(f"Straw number {HISTORY}", exact=True)).to_be_visible()


def test_threads_and_archived_channels_are_reached(page: Page, workspace: Product) -> None:
    channel = workspace.post("/channels", {"name": "attic"})["id"]
    root = workspace.post(f"/channels/{channel}/messages", {"content": "Where is it?"})
    for number in range(30):
        workspace.post(
            f"/channels/{channel}/messages",
            {"content": f"Box {number} holds marbles", "thread_id": root["id"]},
        )
    workspace.http.delete(f"/channels/{channel}").raise_for_status()
    page.goto("/")
    expect(page).to_have_url(re.compile("/c/"))  # which is where it leads
    page.get_by_role("link", name="Search messages").click()
    hits = search(page, '"box 3 holds" ')
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("archived")
    expect(hits).to_contain_text("thread")
    hits.click()
    thread = page.get_by_role("region", name="Thread", exact=True)
    target = thread.locator("article[data-target]")
    expect(target).to_contain_text("Box 3 holds marbles")
    expect(page.get_by_role("textbox")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("textbox", name="Message #attic")).to_be_visible()


def test_what_is_not_understood_is_told_and_nothing_is_told_as_nothing(page: Page) -> None:
    page.goto("/search")
    search(page, "marbles from:nobody-at-all ")
    expect(page.get_by_text("Nobody here is called")).to_be_visible()
    assert_accessible(page)
    search(page, "xyzzy-not-there")
    expect(page.get_by_text("Nothing is found.")).to_be_visible()
