"""A real browser on the real product."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reznet.core import ui_build
from tests.e2e.axe import assert_accessible
from tests.support.product import Product, product
from tests.support.upstream import FakeUpstream, running_upstream

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Nothing of a browser's own traffic may reach the network.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Not for the session: while it is open, no other event loop can run in the process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    assert program, "browser tests need Chromium: on Debian, apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with running_upstream() as fake:
        yield fake


@pytest.fixture(scope="module")
def workspace(upstream: FakeUpstream) -> Iterator[Product]:
    root = ui_build.checkout()
    assert root is not None
    ui_build.build_ui(root, print)
    with tempfile.TemporaryDirectory(prefix="reznet-e2e-") as name:
        Path(name).chmod(0o711)
        settings = {
            "OPENAI_BASE_URL": f"{upstream.url}/v1",
            "OPENAI_API_KEY": "sk-test",
            "REZNET_DEFAULT_PROVIDER": "openai",
            "REZNET_DEFAULT_MODEL": "fake;ttft=0.1;rate=40;n=40",
        }
        with product(Path(name), **settings) as running:
            yield running


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what failed, for the fixtures that tell how the page looked."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture
def page(browser: Browser, workspace: Product, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of the workspace.

    What breaks the content policy or fails in it fails the test, and so does a last view that breaks a rule
    of accessibility.
    """
    context = browser.new_context(base_url=workspace.address)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield opened
    if request.node.stash.get(_FAILED, False):
        print(opened.url, opened.locator("body").aria_snapshot(), sep="\n")
    try:
        assert not faults
        assert_accessible(opened)
    finally:
        context.close()
