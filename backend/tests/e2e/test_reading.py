"""Where reading goes on: a channel opens at the first new message and is read when its end is seen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.product import Product, wait_for

pytestmark = pytest.mark.timeout(240)

SLOW_SECONDS = 20_000
ANSWERS = 36


def fill(workspace: Product, channel: str) -> None:
    """Let agents answer so often that the answers don't fit into a window."""
    handles: list[str] = []
    for number in range(4):
        agent = {
            "name": f"Reader {number}",
            "role": "Answers at once",
            "provider": "openai",
            "model": "fake;ttft=0.01;rate=1000;n=12",
        }
        handles.append(f"@{workspace.post('/agents', agent)['handle']}")
    for number in range(ANSWERS // len(handles)):
        text = f"{' '.join(handles)} question {number}"
        workspace.post(f"/channels/{channel}/messages", {"content": text})

    def done() -> bool:
        rows = workspace.get(f"/channels/{channel}/messages", limit=200)
        answers = [row for row in rows if row["author"]["kind"] == "agent"]
        return len(answers) == ANSWERS and all(row["status"] == "complete" for row in answers)

    wait_for("all answers", lambda: done() or None, seconds=90)


def test_a_channel_opens_at_what_is_new_and_is_read_at_its_end(
    page: Page, workspace: Product
) -> None:
    channel = workspace.post("/channels", {"name": "long"})["id"]
    other = workspace.post("/channels", {"name": "short"})["id"]
    workspace.post(f"/channels/{channel}/messages", {"content": "where reading stopped"})
    page.goto(f"/c/{channel}")
    expect(page.get_by_text("where reading stopped")).to_be_visible()
    page.goto(f"/c/{other}")
    expect(page.get_by_role("region", name="Messages in short")).to_be_visible()
    fill(workspace, channel)
    unread = page.get_by_role("link", name=re.compile(rf"^long\b.*{ANSWERS} unread"))
    expect(unread).to_be_visible(timeout=SLOW_SECONDS)

    page.reload()  # the number is the server's
    expect(unread).to_be_visible(timeout=SLOW_SECONDS)
    unread.click()
    divider = page.get_by_role("separator", name="New messages")
    expect(divider).to_be_in_viewport(timeout=SLOW_SECONDS)
    # Nothing is read by opening it: the end was not seen.
    expect(page.get_by_role("button", name=re.compile("Newest|present"))).to_be_visible()
    expect(unread).to_be_visible()
    state = workspace.get(f"/channels/{channel}/read")
    assert state["unread_count"] == ANSWERS

    page.get_by_role("button", name=re.compile("Newest|present")).click()
    expect(page.get_by_role("link", name="long", exact=True)).to_be_visible(timeout=SLOW_SECONDS)
    wait_for(
        "the server to know",
        lambda: workspace.get(f"/channels/{channel}/read")["unread_count"] == 0 or None,
    )
