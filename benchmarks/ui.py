"""The web workspace in a real browser, with a history of 50,000 messages: `python benchmarks/ui.py` (or `make bench-ui`).

Runs the product with the fake model, seeds a channel straight into the database, and drives Chromium through it. See README.md.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, CDPSession, Page, Response, sync_playwright
from report import Row, percentile, table
from seed import seed
from servers import Server, databases, fake_model, product

from reznet.core import ui_build

RECORDER = Path(__file__).with_name("ui_recorder.js")
AGENTS = ["Ada", "Bea", "Cyd", "Dan", "Eve"]
WRITING = "fake;ttft=0.2;rate=40;n=4000"
SLOW_FRAME_MS = 25
SPEED = 3_000  # CSS pixels a second
FAR = 40_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-precise-memory-info",
]
_WAIT_MS = 60_000


def main() -> None:
    arguments = _arguments()
    seconds = 3 if arguments.quick else 10
    root = ui_build.checkout()
    assert root is not None
    ui_build.build_ui(root, lambda line: _say(str(line)))
    with ExitStack() as stack:
        (url,) = stack.enter_context(databases(arguments.database_url, ["ui"]))
        server = stack.enter_context(product(url, stack.enter_context(fake_model())))
        server.furnish(dict.fromkeys(AGENTS, WRITING), 2)
        channel = server.channels[0]
        _say(f"writing {arguments.messages:,} messages")
        ids = seed(url, channel, arguments.messages).ids
        browser = stack.enter_context(_chromium())
        rows = first_load(browser, server, server.channels[1], 3 if arguments.quick else 7)
        page = stack.enter_context(_page(browser))
        rows += scrolling(page, server, channel, seconds)
        rows += jumping(page, server, channel, str(ids[-min(FAR, len(ids) - 100)]))
        rows += streaming(page, server, channel, seconds)
    print(f"{arguments.messages:,} messages, {seconds} s of each movement\n")
    print(table(rows))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps([row.as_json() for row in rows], indent=1))


def first_load(browser: Browser, server: Server, channel: str, times: int) -> list[Row]:
    """Measure what is loaded before the page can be used, and when it shows something."""
    _say("loading the page")
    # A channel with one message: what code, formulas and the like need is loaded when they are there.
    with httpx.Client(base_url=f"{server.url}/api", timeout=30, trust_env=False) as client:
        client.post(f"/channels/{channel}/messages", json={"content": "Hello"}).raise_for_status()
    paints: list[float] = []
    ready: list[float] = []
    sizes: dict[str, list[int]] = {"br": [], "gzip": []}
    for coding, sent in sizes.items():
        for _ in range(times):
            with _page(browser, coding) as page:
                sent.append(_bytes_of(page, lambda page=page: _open(page, server, channel)))
                if coding == "br":
                    paints.append(
                        page.evaluate(
                            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                        )
                    )
                    ready.append(page.evaluate("recorder.readyAt"))
    return [
        _at_most("initial load, brotli", "kB", statistics.median(sizes["br"]) / 1000, 200),
        _at_most("initial load, gzip", "kB", statistics.median(sizes["gzip"]) / 1000, 200),
        Row("first contentful paint, empty cache", "ms", statistics.median(paints)),
        Row("messages are there, empty cache", "ms", statistics.median(ready)),
    ]


def scrolling(page: Page, server: Server, channel: str, seconds: float) -> list[Row]:
    """Measure frames while the history is scrolled through, beside those of a page of plain text."""
    _say("scrolling")
    page.set_content("<div id=x style='height:100vh;overflow:auto'></div>")
    page.evaluate(
        "x.append(...Array.from({length: 3000}, (_, n) => Object.assign(document.createElement('p'), {textContent: 'Line ' + n + ' of plain text. '.repeat(8)})))"
    )
    page.evaluate(RECORDER.read_text())
    page.evaluate("x.scrollTop = x.scrollHeight")
    plain = _while(page, lambda: _scroll(page, SPEED * seconds))
    _open(page, server, channel)
    before = _heap(page)
    up = _while(page, lambda: _scroll(page, SPEED * seconds))
    passed = page.evaluate("recorder.seen()")
    down = _while(page, lambda: _scroll(page, -SPEED * seconds))
    for _ in range(3):  # far enough that pages are dropped
        _scroll(page, 4 * SPEED * seconds, speed=4 * SPEED)
    return [
        *_frames("scrolling up", up, plain),
        *_frames("scrolling down", down, None),
        Row("messages passed on the way up", "", passed),
        Row(
            "rows in the page", "", page.evaluate("document.querySelectorAll('.list-row').length")
        ),
        _at_most("messages held after a long way", "", page.evaluate("recorder.items()"), 700),
        Row("heap, as opened", "MB", before / 1e6),
        Row("heap, after a long way", "MB", _heap(page) / 1e6),
    ]


def jumping(page: Page, server: Server, channel: str, message: str) -> list[Row]:
    """Measure the way to a far message and back."""
    _say("jumping")
    _open(page, server, channel)
    there: list[float] = []
    back: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        # As a link within the page does, without loading it anew.
        page.evaluate(
            "address => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate')); }",
            f"/c/{channel}?m={message}",
        )
        page.locator("article[data-target]").wait_for(timeout=_WAIT_MS)
        there.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        page.get_by_role("button", name="Jump to present").click()
        page.get_by_role("button", name="Jump to present").wait_for(
            state="detached", timeout=_WAIT_MS
        )
        back.append(1000 * (time.perf_counter() - began))
    return [
        Row(f"jump {FAR:,} messages back", "ms", statistics.median(there)),
        Row("jump to present", "ms", statistics.median(back)),
    ]


def streaming(page: Page, server: Server, channel: str, seconds: float) -> list[Row]:
    """Measure frames and what moves under the reader while five agents write."""
    _say("five agents write")
    _open(page, server, channel)
    with httpx.Client(base_url=f"{server.url}/api", timeout=30, trust_env=False) as client:
        asked = client.post(
            f"/channels/{channel}/messages",
            json={
                "content": " ".join(f"@{name.lower()}" for name in AGENTS) + " tell me everything"
            },
        ).json()
        page.locator(".is-live").first.wait_for(timeout=_WAIT_MS)
        at_end = _while(page, lambda: page.wait_for_timeout(1000 * seconds))
        distance = page.evaluate("recorder.fromEnd()")
        _scroll(page, 3_000)
        reading = _while(page, lambda: page.wait_for_timeout(1000 * seconds))
        moving = _while(page, lambda: _scroll(page, SPEED * seconds))
        running = [client.get(f"/tasks/{task['id']}").json()["status"] for task in asked["tasks"]]
        for task in asked["tasks"]:
            client.post(f"/tasks/{task['id']}/cancel")
    assert running == ["running"] * len(AGENTS), f"the answers were too short: {running}"
    return [
        *_frames("five streams, at the end", at_end, None),
        _at_most("  distance from the end meanwhile", "px", distance, 2),
        *_frames("five streams, reading above", reading, None),
        _at_most("  rows that moved under the reader", "", reading["moved"], 1),
        *_frames("five streams, scrolling up", moving, None),
    ]


def _frames(name: str, found: dict[str, Any], plain: dict[str, Any] | None) -> list[Row]:
    """Return what was noted of frames and long tasks, beside the same on a page of plain text."""

    def pair(of: Callable[[dict[str, Any]], float]) -> tuple[float, float | None]:
        return of(found), of(plain) if plain else None

    def slow(one: dict[str, Any]) -> float:
        return 100 * sum(frame > SLOW_FRAME_MS for frame in one["frames"]) / len(one["frames"])

    return [
        Row(f"{name}: frames", "", *pair(lambda one: len(one["frames"]))),
        Row(f"{name}: frames over {SLOW_FRAME_MS} ms", "%", *pair(slow)),
        Row(f"{name}: frame, p95", "ms", *pair(lambda one: percentile(one["frames"], 95))),
        Row(f"{name}: long tasks", "", *pair(lambda one: len(one["tasks"]))),
        Row(f"{name}: longest task", "ms", *pair(lambda one: max(one["tasks"], default=0))),
    ]


def _while(page: Page, act: Callable[[], None]) -> dict[str, Any]:
    page.evaluate("recorder.start()")
    act()
    return page.evaluate("recorder.stop()")


def _scroll(page: Page, distance: float, *, speed: float = SPEED) -> None:
    """Scroll up (down when negative) as a finger on a touchpad does."""
    session: CDPSession = page.context.new_cdp_session(page)
    size = page.viewport_size
    assert size is not None
    session.send(
        "Input.synthesizeScrollGesture",
        {
            "x": size["width"] * 0.6,
            "y": size["height"] * 0.5,
            "yDistance": distance,
            "speed": round(speed),
            "gestureSourceType": "mouse",
            "preventFling": True,
        },
    )
    session.detach()


def _open(page: Page, server: Server, channel: str) -> None:
    page.goto(f"{server.url}/c/{channel}")
    page.locator("article").first.wait_for(timeout=_WAIT_MS)
    page.wait_for_load_state("networkidle")
    page.evaluate(RECORDER.read_text())
    # With something unread, the channel opens there.
    newest = page.get_by_role("button", name=re.compile("^(Newest|Jump to present)$"))
    if newest.is_visible():
        newest.click()
        newest.wait_for(state="detached", timeout=_WAIT_MS)


def _bytes_of(page: Page, act: Callable[[], None]) -> int:
    """Return the bytes of page, scripts and styles as they are sent, without headers."""
    sent: list[int] = []

    def note(response: Response) -> None:
        if response.request.resource_type in {"document", "script", "stylesheet"}:
            sent.append(int(response.headers["content-length"]))

    page.on("response", note)
    act()
    page.remove_listener("response", note)
    return sum(sent)


def _heap(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


@contextmanager
def _page(browser: Browser, coding: str = "br") -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, extra_http_headers={"Accept-Encoding": coding}
    )
    context.add_init_script(
        "new MutationObserver((_, me) => { if (document.querySelector('article')) { window.__ready = performance.now(); me.disconnect(); } }).observe(document, {childList: true, subtree: true});"
    )
    yield context.new_page()
    context.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise SystemExit("this needs Chromium: on Debian, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


def _at_most(name: str, unit: str, value: float, limit: float) -> Row:
    return Row(name, unit, value, None, f"< {limit:g}", value < limit)


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the web workspace.")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--quick", action="store_true", help="short, to see that everything works")
    parser.add_argument("--json", help="a file for the figures")
    parser.add_argument(
        "--database-url", help="a PostgreSQL of your own; default: an embedded one"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
