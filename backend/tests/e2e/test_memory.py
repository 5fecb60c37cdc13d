"""Memories in the browser: an agent's, found, explained, mended and forgotten; those under an answer; shared ones."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import assert_accessible
from tests.support.product import Product

pytestmark = pytest.mark.timeout(300)

ANSWER_SECONDS = 20_000


def an_agent(workspace: Product, name: str, answer: str) -> str:
    """Return the id of an agent that always says the same, and remembers only what it is given."""
    model = f"fake;text={quote(answer)}"
    body = {"name": name, "role": "Keeper of facts", "provider": "openai", "model": model}
    return workspace.post("/agents", {**body, "memory": {"remember": "off"}})["id"]


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def test_a_memory_is_added_found_explained_edited_and_forgotten(
    page: Page, workspace: Product
) -> None:
    agent = an_agent(workspace, "Keeper", "ok")
    workspace.post(f"/agents/{agent}/memories", {"content": "Invoices are paid within a month."})
    page.goto(f"/agents/{agent}")
    page.get_by_role("link", name="Memory").click()
    expect(row(page, "Invoices are paid")).to_be_visible()

    page.get_by_role("button", name="Add a memory").click()
    expect(page.get_by_label("What to remember")).to_be_focused()
    page.keyboard.type("Ada adores kittens.")
    page.get_by_label("Kind").last.select_option("fact")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    ada = row(page, "Ada adores kittens")
    expect(ada).to_contain_text("Fact")
    assert_accessible(page)

    page.get_by_role("searchbox").fill("Who likes baby animals?")
    expect(page.get_by_text("the best match first")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("Ada adores kittens.")
    ada.get_by_text("Why was this found?").press("Enter")
    expect(ada.get_by_text(re.compile(r"the closest of all\."))).to_be_visible()
    assert_accessible(page)

    ada.get_by_role("button", name="Edit").click()
    page.get_by_label("What to remember").fill("Ada adores kittens and puppies.")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "kittens and puppies")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    ada.get_by_role("button", name="Pin").click()
    expect(ada.get_by_role("button", name="Unpin")).to_have_attribute("aria-pressed", "true")

    ada.get_by_role("button", name="Delete").press("Enter")
    expect(ada.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(ada).to_have_count(0)
    expect(page.get_by_role("heading", name="What Keeper remembers")).to_be_focused()
    (left,) = workspace.get(f"/agents/{agent}/memories")
    assert left["content"] == "Invoices are paid within a month."


def test_an_answer_shows_what_it_was_given_and_leads_to_the_source(
    page: Page, workspace: Product
) -> None:
    agent = an_agent(workspace, "Porter", "She lives in Rome [m1], says `[m1]`, not [m7].")
    desk = workspace.post("/channels", {"name": "front-desk"})["id"]
    said = workspace.post(f"/channels/{desk}/messages", {"content": "Something about Ada"})
    told = workspace.post(
        f"/channels/{desk}/messages",
        {"content": "Ada moved to Rome in May.", "thread_id": said["id"]},
    )
    workspace.post(
        f"/agents/{agent}/memories",
        {"content": "Ada moved to Rome in May.", "kind": "fact", "source_message_id": told["id"]},
    )
    lobby = workspace.post("/channels", {"name": "lobby"})["id"]
    page.goto(f"/c/{lobby}")
    box = page.get_by_role("textbox", name="Message #lobby")
    box.fill("@porter Where did Ada move to in May?")
    box.press("Enter")
    answer = row(page, "She lives in Rome")
    expect(answer.get_by_role("button", name="1 memory used")).to_be_visible(
        timeout=ANSWER_SECONDS
    )
    expect(answer.get_by_role("button", name="Memory m1")).to_have_count(1)

    answer.get_by_role("button", name="Memory m1").press("Enter")
    given = page.get_by_role("region", name="Memories that this answer was given")
    expect(given.get_by_role("listitem")).to_be_focused()
    expect(given).to_contain_text("Cited in the answer")
    assert_accessible(page)

    given.get_by_role("link", name="See the message in #front-desk").click()
    thread = page.get_by_role("region", name="Thread", exact=True)
    expect(thread.locator("article[data-target]")).to_contain_text("Ada moved to Rome in May.")
    page.go_back()

    answer.get_by_role("button", name="1 memory used").click()
    given.get_by_role("button", name="Delete").click()
    given.get_by_role("button", name="Delete").click()
    expect(given).to_contain_text("This memory has been deleted since.")
    assert workspace.get(f"/agents/{agent}/memories") == []


def test_a_collection_is_made_granted_and_filled(page: Page, workspace: Product) -> None:
    an_agent(workspace, "Reader", "ok")
    page.goto("/agents")
    page.get_by_role("link", name="Shared memory").click()
    page.get_by_role("button", name="New collection").first.click()
    page.get_by_label("Name").fill("House rules")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("No agent reads it yet.")).to_be_visible()
    page.get_by_label("Let an agent read it").select_option(label="Reader (@reader)")
    page.get_by_role("button", name="Add", exact=True).click()
    writes = page.get_by_role("checkbox", name="May add to it, Reader")
    writes.click()
    expect(writes).to_be_checked()
    page.get_by_role("button", name="Add a memory").click()
    page.get_by_label("What to remember").fill("Quiet after ten.")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "Quiet after ten.")).to_be_visible()
    (collection,) = workspace.get("/memory-collections")
    (grant,) = workspace.get(f"/memory-collections/{collection['id']}/grants")
    assert (grant["handle"], grant["can_write"]) == ("reader", True)
