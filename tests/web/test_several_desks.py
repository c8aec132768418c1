"""The page of a daemon that serves several desks."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect
from tests.web.program import SEEN_MS, Program

MORE = """
[[desks]]
id = "desk-2"
agent = "1002"
extension = "202"
[[desks]]
id = "desk-3"
agent = "1003"
extension = "203"
"""


def test_a_desk_is_chosen_and_the_page_is_of_that_one(
    context: BrowserContext, tmp_path: Path
) -> None:
    with Program(tmp_path, login="auto", callers=0, more=MORE) as program:
        page = context.new_page()
        page.goto(program.link)
        choices = page.locator("#desks li")
        expect(choices).to_have_count(3)
        expect(choices.nth(1)).to_contain_text("Desk desk-2")
        expect(choices.nth(1)).to_contain_text("Extension 202")
        expect(page.locator("#work")).to_be_hidden()
        choices.nth(1).locator("a").click()
        expect(page.locator("#desk")).to_have_text("Desk desk-2")
        card = page.locator("#status-card")
        expect(card).to_have_attribute("data-status", "not_ready")
        page.wait_for_timeout(SEEN_MS)
        page.click("[data-button=status]")
        expect(card).to_have_attribute("data-status", "available")
        assert program.desk()["status"] == "not_ready", "another desk's"
        # What happens elsewhere is not told here.
        assert program.post("/buttons/status", {"action": "tap"})["outcome"] == "confirmed"
        expect(page.locator("#events li", has_text="STATUS")).to_have_count(1)
        expect(card).to_have_attribute("data-status", "available")
        page.click("#other-desks")
        expect(choices).to_have_count(3)
        expect(choices.nth(0)).to_contain_text("available")


def test_a_desk_that_is_not_there_is_named(context: BrowserContext, tmp_path: Path) -> None:
    with Program(tmp_path, login="auto", callers=0, more=MORE) as program:
        page = context.new_page()
        page.goto(program.link.replace("/#", "/?desk=desk-9#"))
        expect(page.locator("#desks-none")).to_have_text("There is no desk desk-9 here.")
        expect(page.locator("#desks li")).to_have_count(3)


def test_the_only_desk_needs_no_choice(context: BrowserContext, virtual: Program) -> None:
    page = context.new_page()
    page.goto(virtual.link)
    expect(page.locator("#desk")).to_have_text("Desk desk-1")
    expect(page.locator("#other-desks")).to_be_hidden()
    expect(page.locator("#desks-view")).to_be_hidden()
