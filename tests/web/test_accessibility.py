"""WCAG 2.2 AA as far as a machine can judge it, in every view of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import IN_CI
from tests.web.program import Program

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        message = "axe-core is not there: run make test, which installs it"
        pytest.fail(message) if IN_CI else pytest.skip(message)


def judge(page: Page) -> None:
    """Let axe-core find nothing."""
    # The page's own policy forbids scripts from elsewhere, so this one comes by the debugger.
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)",
        TAGS,
    )
    told = [f"{one['id']}: {[node['html'][:90] for node in one['nodes']]}" for one in found]
    assert told == []


Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(browser: Browser, virtual: Program, scheme: Scheme) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(virtual.address)
    expect(page.locator("#key-view")).to_be_visible()
    judge(page)
    page.goto(virtual.link)
    expect(page.locator("#login")).to_be_visible()
    judge(page)
    virtual.log_in()
    virtual.post("/buttons/assist", {"action": "tap"})
    virtual.seen()
    virtual.post("/buttons/status", {"action": "tap"})
    virtual.until(lambda desk: desk["status"] == "ringing")
    virtual.post("/answer")
    virtual.past_the_guard()
    virtual.post("/buttons/hold", {"action": "tap"})
    expect(page.locator("#status-card")).to_have_attribute("data-status", "held")
    judge(page)
    page.click("[data-menu=status]")
    judge(page)
    virtual.stop()
    expect(page.locator("#notice")).to_be_visible()
    judge(page)
    context.close()


def test_it_fits_a_narrow_screen_without_scrolling_sideways(
    browser: Browser, virtual: Program
) -> None:
    virtual.log_in()
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(virtual.link)
    expect(page.locator("#console")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for small in page.locator("button:visible, input:visible").all():
        box = small.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 20, small
    context.close()


def test_what_changes_in_meaning_is_announced_politely(browser: Browser, virtual: Program) -> None:
    page = browser.new_page()
    page.goto(virtual.link)
    expect(page.locator("#work")).to_be_visible()
    announcer = page.locator("#announcer")
    assert announcer.get_attribute("aria-live") == "polite"
    virtual.log_in()
    expect(announcer).to_contain_text("not ready")
    virtual.seen()
    virtual.post("/buttons/hold", {"action": "tap"})
    expect(announcer).to_contain_text("Refused: this button does nothing in this status.")
    page.close()
