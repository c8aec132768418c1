"""What waits for the agent on the page: forced changes, choices, contacts, the microphone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.web.conftest import open_page
from tests.web.program import SEEN_MS, Program
from tests.web.test_accessibility import judge
from tests.web.test_page import lamp, log_in, status

LONG_MS = 750
"""Longer than a long press, and than the console takes to tell that the button is still down."""
FORCED = """
[[steps]]
at = 0.1
acd = "force"
status = "available"
[[steps]]
at = 0.6
acd = "force"
status = "not_ready"
reason = "training"
"""
SENTENCE = "Your status was changed from available to not ready by a supervisor. Reason: training."
ENDED = "end after-call work"
"""What the first of two taps would have done alone: available, a call could have landed."""
MORE_REASONS = """
[status]
reasons = ["break", "lunch", "back-office", "training", "meeting", "inventory", "fire-drill"]
"""


@pytest.fixture
def forced(tmp_path: Path) -> Iterator[Program]:
    """Give the program at a desk whose agent a supervisor has made not ready."""
    script = tmp_path / "script.toml"
    script.write_text(FORCED)
    words = ["--script", script]
    with Program(tmp_path, login="auto", callers=0, words=words) as program:
        program.until(lambda desk: (desk["forced"] or {}).get("after") == "not_ready")
        yield program


@pytest.fixture
def many_reasons(tmp_path: Path) -> Iterator[Program]:
    with Program(tmp_path, more=MORE_REASONS) as program:
        yield program


def hold(page: Page, button: Locator, ms: float = LONG_MS) -> None:
    """Press with the mouse for so long: a hand takes its time."""
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(ms)
    page.mouse.up()


def take_a_call(page: Page, program: Program) -> None:
    """Become available, take the call that comes, and let its first moments pass."""
    log_in(page)
    page.click("[data-button=status]")
    status(page, "ringing")
    page.click("#answer")
    status(page, "talking")
    program.past_the_guard()


# --- forced changes ------------------------------------------------------------------------


def test_a_forced_change_says_what_happened_and_is_acknowledged_on_the_page(
    context: BrowserContext, forced: Program
) -> None:
    page = next(pages := open_page(context, forced))
    banner = page.locator("#forced")
    expect(banner).to_be_visible()
    expect(page.locator("#forced-text")).to_have_text(SENTENCE)
    expect(page.locator("#forced-for")).to_contain_text("ago")
    lamp(page, "attention", "flash")
    expect(page.locator('[data-meaning="attention"]')).to_contain_text(SENTENCE.rstrip("."))
    judge(page)
    page.focus("#forced-acknowledge")
    page.keyboard.press("Enter")
    expect(banner).to_be_hidden()
    expect(page.locator("#console")).to_be_focused()
    lamp(page, "attention", "off")
    assert forced.desk()["forced"] is None
    status(page, "not_ready")
    next(pages, None)


def test_a_press_of_status_only_acknowledges_a_forced_change(
    context: BrowserContext, forced: Program
) -> None:
    page = next(pages := open_page(context, forced))
    expect(page.locator("#forced")).to_be_visible()
    page.wait_for_timeout(SEEN_MS)
    page.click("[data-button=status]")
    expect(page.locator("#forced")).to_be_hidden()
    assert forced.desk()["status"] == "not_ready"
    page.wait_for_timeout(SEEN_MS)
    page.click("[data-button=status]")
    status(page, "available")
    next(pages, None)


def test_a_forced_change_is_announced_with_its_cause(
    context: BrowserContext, tmp_path: Path
) -> None:
    script = tmp_path / "script.toml"
    script.write_text(FORCED.replace("0.6", "6.0"))
    words = ["--script", script]
    with Program(tmp_path, login="auto", callers=0, words=words) as program:
        page = next(pages := open_page(context, program))
        expect(page.locator("#announcer")).to_have_text(SENTENCE, timeout=15_000)
        next(pages, None)


# --- choices -------------------------------------------------------------------------------


def test_a_reason_is_chosen_by_long_presses_on_the_pages_console(page: Page) -> None:
    log_in(page)
    button = page.locator("[data-button=status]")
    hold(page, button)
    expect(page.locator("#choice")).to_be_visible()
    expect(page.locator("#choice-places li")).to_have_count(5)
    chosen = page.locator("#choice-places [aria-current]")
    expect(chosen).to_have_text("break")
    expect(page.locator("#announcer")).to_contain_text("Not ready: break?")
    lamp(page, "queue1", "steady")
    page.wait_for_timeout(SEEN_MS)
    button.click()
    expect(chosen).to_have_text("lunch")
    lamp(page, "queue2", "steady")
    lamp(page, "queue1", "off")
    expect(page.locator('[data-meaning="queue1"]')).to_contain_text("Lamp 2 of the choice: lunch")
    expect(page.locator("#choice-left")).to_contain_text("Given up in")
    judge(page)
    page.wait_for_timeout(SEEN_MS)
    hold(page, button)
    expect(page.locator("#choice")).to_be_hidden()
    expect(page.locator("#status-reason")).to_have_text("Reason: lunch")


def test_every_reason_is_in_the_menu_and_in_a_call_it_is_planned(
    context: BrowserContext, many_reasons: Program
) -> None:
    page = next(pages := open_page(context, many_reasons))
    take_a_call(page, many_reasons)
    reasons = page.locator("#not-ready-reason option")
    expect(reasons).to_have_text(
        ["break", "lunch", "back office", "training", "meeting", "inventory", "fire-drill"]
    )
    page.select_option("#not-ready-reason", "fire-drill")
    expect(page.locator("#not-ready-button")).to_have_text("After this call")
    page.click("#not-ready-button")
    expect(page.locator("#pending")).to_have_text("Not ready after this call: fire-drill.")
    page.click("#hang-up")
    status(page, "after_call_work")
    expect(page.locator("#next")).to_contain_text("as you have planned")
    page.click("[data-button=status]")
    status(page, "not_ready")
    expect(page.locator("#status-reason")).to_have_text("Reason: fire-drill")
    page.select_option("#not-ready-reason", "break")
    page.click("#not-ready-button")
    expect(page.locator("#status-reason")).to_have_text("Reason: break")
    next(pages, None)


def test_a_long_press_without_a_hand_is_in_the_menu(page: Page) -> None:
    log_in(page)
    page.click("[data-menu=status]")
    page.get_by_role("menuitem", name="Choose a reason").click()
    expect(page.locator("#choice-places [aria-current]")).to_have_text("break")
    page.wait_for_timeout(SEEN_MS)
    page.click("[data-menu=status]")
    page.get_by_role("menuitem", name="Confirm: break").click()
    expect(page.locator("#status-reason")).to_have_text("Reason: break")
    page.wait_for_timeout(SEEN_MS)
    page.click("[data-menu=status]")
    page.get_by_role("menuitem", name="Offer a logout").click()
    expect(page.locator("#choice-title")).to_have_text("Log out?")
    # The button is down for as long as the longest press takes.
    lamp(page, "queue5", "steady")
    page.wait_for_timeout(SEEN_MS)
    page.click("[data-menu=status]")
    page.get_by_role("menuitem", name="Confirm: log out").click()
    status(page, "logged_out")


def test_a_double_click_in_after_call_work_is_a_double_tap(page: Page, virtual: Program) -> None:
    take_a_call(page, virtual)
    page.click("#hang-up")
    status(page, "after_call_work")
    page.dblclick("[data-button=status]", delay=40)
    status(page, "not_ready")
    expect(page.locator("#events")).not_to_contain_text(ENDED)
    expect(page.locator("#forced")).to_be_hidden()


def test_long_presses_and_double_taps_reach_the_real_firmware_as_such(
    context: BrowserContext, emulated: Program
) -> None:
    page = next(pages := open_page(context, emulated))
    log_in(page)
    button = page.locator("[data-button=status]")
    hold(page, button)
    expect(page.locator("#choice-places [aria-current]")).to_have_text("break")
    page.wait_for_timeout(SEEN_MS)
    hold(page, button)
    expect(page.locator("#status-reason")).to_have_text("Reason: break")
    page.wait_for_timeout(SEEN_MS)
    button.click()
    status(page, "ringing")
    page.click("#answer")
    status(page, "talking")
    page.click("#hang-up")
    status(page, "after_call_work")
    button.dblclick(delay=40)
    status(page, "not_ready")
    expect(page.locator("#events")).not_to_contain_text(ENDED)
    next(pages, None)


def test_an_emergency_is_called_by_a_long_press_and_looks_like_one(page: Page) -> None:
    log_in(page)
    hold(page, page.locator("[data-button=assist]"), 2_300)
    expect(page.locator("#assists")).to_contain_text("EMERGENCY: 1001, not ready")


def test_a_button_that_is_stuck_is_told_until_it_comes_up(page: Page, virtual: Program) -> None:
    log_in(page)
    faults = page.locator("#faults")
    expect(faults).to_be_hidden()
    virtual.post("/buttons/hold", {"action": "press"})
    expect(faults).to_contain_text("The button HOLD is stuck down", timeout=30_000)
    expect(page.locator("#announcer")).to_contain_text("The button HOLD is stuck down")
    lamp(page, "attention", "flash")
    judge(page)
    virtual.post("/buttons/hold", {"action": "release"})
    expect(faults).to_be_hidden()
    lamp(page, "attention", "off")


# --- contacts ------------------------------------------------------------------------------


def test_a_contact_is_marked_while_it_lasts_and_after_it(page: Page, virtual: Program) -> None:
    expect(page.locator("#contact")).to_be_hidden()
    take_a_call(page, virtual)
    expect(page.locator("#call")).to_contain_text("voice call, inbound, queue support")
    choice, save = page.locator("#contact-disposition"), page.locator("#contact-save")
    expect(choice).to_be_disabled()
    expect(page.locator("#contact-later")).to_contain_text("after the contact")
    page.check("#contact-unresolved")
    virtual.until(lambda desk: desk["contact"]["unresolved"])
    page.click("#hang-up")
    status(page, "after_call_work")
    expect(page.locator("#contact-about")).to_contain_text("Your last contact: voice call, inbound")
    expect(page.locator("#contact-unresolved")).to_be_checked()
    expect(choice).to_be_enabled()
    choice.select_option("escalated")
    # Pictures that come meanwhile take nothing back that was not saved yet.
    page.uncheck("#contact-unresolved")
    virtual.until(lambda desk: not desk["contact"]["unresolved"])
    expect(choice).to_have_value("escalated")
    assert virtual.desk()["contact"]["disposition"] == ""
    save.click()
    virtual.until(lambda desk: desk["contact"]["disposition"] == "escalated")
    judge(page)
    page.reload()
    expect(choice).to_have_value("escalated")


# --- the microphone ------------------------------------------------------------------------


def test_the_truths_of_the_microphone_are_told_apart_with_their_ages(
    page: Page, virtual: Program
) -> None:
    take_a_call(page, virtual)
    page.click("[data-button=mute]")
    lamp(page, "mute", "off")
    truths = {who: page.locator(f"#truth-{who}") for who in ("console", "operating_system", "pbx")}
    agreement = page.locator("#agreement")
    expect(truths["console"]).to_have_text(re.compile(r"open, for \d s"))
    expect(truths["operating_system"]).to_have_text("not known")
    expect(truths["pbx"]).to_have_text(re.compile(r"open, for \d s"))
    expect(agreement).to_have_text("They agree.")
    virtual.post("/system-microphone", {"muted": True})
    expect(truths["operating_system"]).to_have_text(re.compile(r"muted, for \d s"))
    expect(agreement).to_contain_text("They disagree")
    expect(agreement).to_have_attribute("data-agreement", "disagree")
    expect(page.locator("#microphone")).to_have_text("Assume the customer hears you.")
    expect(page.locator("#announcer")).to_contain_text("They disagree")
    lamp(page, "attention", "flash")
    judge(page)
    virtual.post("/system-microphone", {"muted": None})
    expect(truths["operating_system"]).to_have_text(re.compile(r"not known any more, for \d s"))
    expect(agreement).to_have_text("Whether they agree is not known.")
    virtual.post("/system-microphone", {"muted": False})
    expect(agreement).to_have_text("They agree.")
    lamp(page, "attention", "off")


# --- everywhere ----------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_all_of_it_fits_a_phone_in_both_directions(
    browser: Browser, forced: Program, direction: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 812})
    page = next(open_page(context, forced))
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    expect(page.locator("#forced")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.click("#forced-acknowledge")
    expect(page.locator("#forced")).to_be_hidden()
    page.wait_for_timeout(SEEN_MS)
    hold(page, page.locator("[data-button=status]"))
    expect(page.locator("#choice")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    places = page.locator("#choice-places li")
    first, second = places.nth(0).bounding_box(), places.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert (first["x"] < second["x"]) is (direction == "ltr"), "in the order of reading"
    context.close()
