"""Two tabs of one person: what happens in one shows in the other, and a cut loses and doubles nothing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.product import Product

pytestmark = pytest.mark.timeout(240)

SLOW_SECONDS = 20_000


@pytest.fixture
def tabs(browser: Browser, workspace: Product) -> Iterator[tuple[Page, Page]]:
    """Two tabs of one browser; each has a connection of its own that can be cut."""
    contexts: list[BrowserContext] = []
    pages: list[Page] = []
    faults: list[str] = []
    for _ in range(2):
        context = browser.new_context(base_url=workspace.address)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda line: (
                faults.append(line.text) if "Content Security Policy" in line.text else None
            ),
        )
        contexts.append(context)
        pages.append(page)
    yield pages[0], pages[1]
    for context in contexts:
        context.close()
    assert not faults


def room(workspace: Product, name: str) -> str:
    return str(workspace.post("/channels", {"name": name})["id"])


def say(workspace: Product, channel: str, text: str, **more: str) -> str:
    return str(workspace.post(f"/channels/{channel}/messages", {"content": text, **more})["id"])


def enter(page: Page, channel: str) -> None:
    page.goto(f"/c/{channel}")
    expect(page.get_by_role("region", name=re.compile("Messages in"))).to_be_visible()


def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name=re.compile("^Message "))
    box.fill(text)
    box.press("Escape")  # closes the list of agents
    box.press("Enter")


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def stored(workspace: Product, channel: str) -> list[str]:
    return [
        message["content"] for message in workspace.get(f"/channels/{channel}/messages", limit=200)
    ]


def shown(page: Page) -> list[str]:
    return page.locator("article .prose").all_inner_texts()


def react(page: Page, message: Locator, name: str) -> None:
    message.hover()
    message.get_by_role("button", name="Add a reaction").click()
    field = page.get_by_role("combobox", name="Find an emoji by its name")
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")


def test_messages_reactions_and_reading_are_the_same_in_both_tabs(
    tabs: tuple[Page, Page], workspace: Product
) -> None:
    here, there = tabs
    channel, elsewhere = room(workspace, "two tabs"), room(workspace, "elsewhere")
    enter(here, channel)
    enter(there, channel)
    write(here, "hello from here")
    expect(row(there, "hello from here")).to_be_visible(timeout=SLOW_SECONDS)

    react(here, row(here, "hello from here"), "tada")
    chip = row(there, "hello from here").get_by_role("button", name="🎉 1 You")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(row(here, "hello from here").get_by_role("list", name="Reactions")).to_have_count(0)

    # Nobody looks at the channel: an agent's answer is new in both, until one has seen it.
    for page in tabs:
        enter(page, elsewhere)
    say(workspace, channel, "@backend hello")
    link = re.compile(r"^two tabs\b.*unread, with an answer to you")
    for page in tabs:
        expect(page.get_by_role("link", name=link)).to_be_visible(timeout=SLOW_SECONDS)
    here.get_by_role("link", name=link).click()
    expect(here.get_by_role("separator", name="New messages")).to_be_visible()
    for page in tabs:
        expect(page.get_by_role("link", name="two tabs", exact=True)).to_be_visible(
            timeout=SLOW_SECONDS
        )

    # Made new again on purpose, it is so everywhere and after a reload; Escape reads it.
    answer = here.get_by_role("article", name=re.compile(r"^Backend, ")).last
    expect(answer).to_contain_text("40 tokens", timeout=SLOW_SECONDS)
    answer.hover()
    answer.get_by_role("button", name="Mark unread from here").click()
    unread = re.compile(r"^two tabs\b.*1 unread")
    expect(there.get_by_role("link", name=unread)).to_be_visible()
    there.reload()
    expect(there.get_by_role("link", name=unread)).to_be_visible()
    here.keyboard.press("Escape")
    expect(there.get_by_role("link", name="two tabs", exact=True)).to_be_visible()


def test_a_cut_connection_loses_and_doubles_nothing(
    tabs: tuple[Page, Page], workspace: Product
) -> None:
    here, there = tabs
    channel = room(workspace, "cut off")
    enter(here, channel)
    enter(there, channel)
    write(here, "before")
    expect(row(there, "before")).to_be_visible(timeout=SLOW_SECONDS)
    first = row(there, "before")

    there.context.set_offline(True)
    expect(there.get_by_role("alert").filter(has_text="No connection")).to_be_visible(
        timeout=2 * SLOW_SECONDS
    )
    for number in range(3):
        write(here, f"meanwhile {number}")
        expect(row(here, f"meanwhile {number}")).to_have_count(1)
    react(here, row(here, "before"), "eyes")
    room(workspace, "made meanwhile")
    for number in range(2):
        write(there, f"offline {number}")
    expect(there.get_by_text("Not sent yet.")).to_have_count(2)
    expect(row(there, "meanwhile")).to_have_count(0)

    there.context.set_offline(False)
    expect(there.get_by_role("alert").filter(has_text="No connection")).to_have_count(
        0, timeout=2 * SLOW_SECONDS
    )
    wanted = ["before", *(f"meanwhile {n}" for n in range(3)), *(f"offline {n}" for n in range(2))]
    for page in tabs:
        expect(row(page, "offline 1")).to_have_count(1, timeout=SLOW_SECONDS)
        expect(page.get_by_text("Not sent yet.")).to_have_count(0)
        assert shown(page) == wanted
    expect(first.get_by_role("button", name="👀 1 You")).to_be_visible()
    expect(there.get_by_role("link", name="made meanwhile")).to_be_visible()
    assert stored(workspace, channel) == wanted


def test_a_server_that_was_killed_gets_what_was_written_meanwhile_once(
    tabs: tuple[Page, Page], workspace: Product
) -> None:
    here, there = tabs
    channel = room(workspace, "killed")
    enter(here, channel)
    enter(there, channel)
    write(here, "before")
    expect(row(there, "before")).to_be_visible(timeout=SLOW_SECONDS)

    workspace.kill()
    write(here, "one")
    write(here, "two")
    expect(here.get_by_text("Not sent yet.")).to_have_count(2, timeout=SLOW_SECONDS)
    workspace.start()

    wanted = ["before", "one", "two"]
    for page in tabs:
        expect(row(page, "two")).to_have_count(1, timeout=3 * SLOW_SECONDS)
        expect(page.get_by_text("Not sent yet.")).to_have_count(0, timeout=SLOW_SECONDS)
        assert shown(page) == wanted
    assert stored(workspace, channel) == wanted
    write(there, "after")
    expect(row(here, "after")).to_be_visible(timeout=SLOW_SECONDS)
