"""The first minutes in the browser: ask, watch, stop, come back."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.product import Product
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.timeout(180)

SLOW_SECONDS = 20_000


def ask(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill(text)
    box.press("Escape")  # closes the list of agents
    box.press("Enter")


def test_first_question_is_answered_live_and_is_there_after_a_reload(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    ask(page, "@backend Explain joins to me")
    answer = page.get_by_role("article", name=re.compile(r"^Backend, ")).last
    expect(answer).to_contain_text("alpha beta", timeout=SLOW_SECONDS)
    expect(answer).to_contain_text("40 tokens", timeout=SLOW_SECONDS)
    page.reload()
    expect(page.get_by_role("article", name=re.compile(r"^Backend, ")).last).to_contain_text(
        "alpha beta"
    )
    expect(page.get_by_text("Explain joins to me")).to_have_count(1)


def test_what_is_said_elsewhere_appears_and_markup_stays_text(
    page: Page, workspace: Product
) -> None:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    hostile = '<img src=x onerror="window.__p=1"> <script>window.__p=1</script> [x](javascript:window.__p=1)'
    workspace.post(f"/channels/{workspace.general}/messages", {"content": hostile})
    expect(page.get_by_text("onerror").last).to_be_visible(timeout=SLOW_SECONDS)
    assert page.evaluate("window.__p") is None
    assert page.locator("article img, article script, article a[href^=javascript]").count() == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "<svg onload=window.__p=1>",
        "<iframe srcdoc='<script>parent.__p=1</script>'></iframe>",
        "![](data:text/html,<script>window.__p=1</script>)",
        "$\\href{javascript:window.__p=1}{x}$",
        "```mermaid\nclick A javascript:window.__p=1\n```",
        '"><img src=x onerror=window.__p=1>',
    ],
)
def test_markup_is_text_wherever_people_and_agents_can_put_it(
    page: Page, workspace: Product, upstream: FakeUpstream, hostile: str
) -> None:
    name = f"x{uuid4().hex[:6]} {hostile.splitlines()[0]}"[:80]
    channel = workspace.post("/channels", {"name": name, "topic": hostile})
    file = httpx.post(
        f"{workspace.address}/api/files",
        params={"channel_id": channel["id"], "name": f"{hostile.splitlines()[0]}.txt"},
        content=hostile.encode(),
        trust_env=False,
    ).json()
    upstream.defaults(text=hostile, rate=0)
    asked = {"content": f"@qa {hostile}", "file_ids": [file["id"]]}
    workspace.post(f"/channels/{channel['id']}/messages", asked)
    page.goto(f"/c/{channel['id']}")
    answer = page.get_by_role("article", name=re.compile(r"^QA, ")).last
    expect(answer).to_contain_text(re.compile(r"\d+ tokens?"), timeout=SLOW_SECONDS)
    assert page.evaluate("window.__p") is None
    assert (
        page.locator("main iframe, main [onload], main [onerror], a[href^=javascript]").count()
        == 0
    )
    upstream.reset()


def test_killed_server_comes_back_and_the_page_goes_on(page: Page, workspace: Product) -> None:
    page.goto("/")
    page.get_by_role("link", name="general").first.click()
    ask(page, "@devops deploy it")
    answer = page.get_by_role("article", name=re.compile(r"^DevOps, ")).last
    expect(answer).to_contain_text("alpha", timeout=SLOW_SECONDS)
    workspace.kill()
    workspace.start()
    expect(answer).to_contain_text("40 tokens", timeout=2 * SLOW_SECONDS)
    (stored,) = [
        row
        for row in workspace.get(f"/channels/{workspace.general}/messages", limit=100)
        if row["author"]["name"] == "DevOps"
    ]
    assert stored["status"] == "complete"
    expect(answer).to_contain_text(stored["content"])
