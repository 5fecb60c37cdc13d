"""A thread: asked and answered beside the channel, there after a reload, and new until it is opened."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.product import Product, wait_for

pytestmark = pytest.mark.timeout(180)

SLOW_SECONDS = 20_000


def reply(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Reply")
    box.fill(text)
    box.press("Enter")


def test_a_thread_is_asked_answered_kept_and_new_until_it_is_opened(
    page: Page, workspace: Product
) -> None:
    channel = workspace.post("/channels", {"name": "questions"})["id"]
    other = workspace.post("/channels", {"name": "another"})["id"]
    root = workspace.post(f"/channels/{channel}/messages", {"content": "the subject"})["id"]
    page.goto(f"/c/{channel}")
    subject = page.get_by_role("region", name=re.compile("Messages in")).get_by_role(
        "article", name=re.compile("^You, ")
    )
    subject.hover()
    subject.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("region", name="Thread", exact=True)
    reply(page, "@qa what about it?")
    answer = thread.get_by_role("article", name=re.compile("^QA, "))
    expect(answer).to_contain_text("40 tokens", timeout=SLOW_SECONDS)
    summary = subject.get_by_role("button", name=re.compile(r"^2 replies\s*last at"))
    expect(summary).to_be_visible()

    page.goto(f"/c/{channel}")
    expect(summary).to_be_visible()
    expect(summary).not_to_contain_text("new")
    summary.click()
    expect(answer).to_contain_text("alpha")
    page.keyboard.press("Escape")
    expect(thread).to_have_count(0)

    # Elsewhere, the thread that was opened is followed: what is said in it is new.
    page.goto(f"/c/{other}")
    expect(page.get_by_role("region", name=re.compile("Messages in"))).to_be_visible()
    workspace.post(
        f"/channels/{channel}/messages", {"content": "@qa and then?", "thread_id": root}
    )
    link = page.get_by_role("link", name=re.compile(r"^questions\b.*1 unread"))
    expect(link).to_be_visible(timeout=SLOW_SECONDS)
    link.click()
    summary = subject.get_by_role("button", name=re.compile(r"^4 replies.*1 new"))
    expect(summary).to_be_visible(timeout=SLOW_SECONDS)
    # The end of the channel was seen, which is not the thread's.
    expect(link).to_be_visible()
    summary.click()
    expect(thread.get_by_role("separator", name="New messages")).to_be_visible()
    expect(answer.last).to_contain_text("40 tokens", timeout=SLOW_SECONDS)
    expect(page.get_by_role("link", name="questions", exact=True)).to_be_visible(
        timeout=SLOW_SECONDS
    )

    # Without its last replies the beginning says so at once; deleted, it stays while there are any.
    replies = workspace.get(f"/messages/{root}/thread")
    workspace.http.delete(f"/messages/{replies[-1]['id']}").raise_for_status()
    expect(subject.get_by_role("button", name=re.compile(r"^3 replies"))).to_be_visible()
    workspace.http.delete(f"/messages/{root}").raise_for_status()
    gone = page.get_by_role("article", name=re.compile("^Deleted message, ")).first
    expect(gone).to_contain_text("3 replies")
    for message in replies[:-1]:
        workspace.http.delete(f"/messages/{message['id']}").raise_for_status()
    expect(gone).to_have_count(0)
    assert wait_for(
        "an empty channel", lambda: workspace.get(f"/channels/{channel}/messages") == []
    )
