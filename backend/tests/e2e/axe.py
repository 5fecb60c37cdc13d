"""Accessibility rules, checked in the page by axe-core (WCAG 2.1, levels A and AA)."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from reznet.core import ui_build

_THEMES = ("neon", "contrast")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
_RUN = """
rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})
"""


def assert_accessible(page: Page) -> None:
    """Fail when the page as it is now breaks a rule in one of the themes."""
    page.emulate_media(reduced_motion="reduce")
    # Not through a script tag: the page's content policy would refuse it.
    page.evaluate(f"() => {{ if (!window.axe) {{ {_axe()} }} }}")
    before = page.evaluate("document.documentElement.dataset.theme")
    found: list[str] = []
    for theme in _THEMES:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        result = page.evaluate(_RUN, _RULES)
        found += [f"{theme}: {line}" for line in _lines(result["violations"])]
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", before)
    page.emulate_media(reduced_motion="no-preference")
    assert not found, "\n".join(found)


def _lines(violations: list[dict[str, Any]]) -> list[str]:
    return [
        f"{violation['id']}: {node['failureSummary']} in {node['html'][:300]}"
        for violation in violations
        for node in violation["nodes"]
    ]


@cache
def _axe() -> str:
    root = ui_build.checkout()
    assert root is not None
    return (root / "frontend/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
