"""The page as an agent uses it: by mouse, by keyboard, over a restart."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.web.conftest import open_page
from tests.web.program import SEEN_MS, Program

from calldeck.access.page_link import write_opener


def status(page: Page, wanted: str) -> None:
    expect(page.locator("#status-card")).to_have_attribute("data-status", wanted, timeout=20_000)
    page.wait_for_timeout(SEEN_MS)


def lamp(page: Page, name: str, pattern: str) -> None:
    found = page.locator(f'[data-lamp="{name}"]')
    expect(found).to_have_attribute("data-pattern", pattern, timeout=10_000)


def log_in(page: Page) -> None:
    words = page.locator("#demonstration").inner_text()
    pin = words.rstrip(".").split()[-1]
    page.fill("#login-pin", pin)
    page.click("#login button[type=submit]")
    status(page, "not_ready")


def test_a_first_shift_by_mouse_on_the_real_firmware(
    context: BrowserContext, emulated: Program
) -> None:
    pages = open_page(context, emulated)
    page = next(pages)
    status(page, "logged_out")
    log_in(page)
    lamp(page, "availability", "blip")
    page.click("[data-button=status]")
    status(page, "ringing")
    page.click("#answer")
    status(page, "talking")
    expect(page.locator("#next")).to_contain_text("Your microphone is muted")
    page.click("[data-button=mute]")
    lamp(page, "mute", "off")
    mute = page.locator("[data-button=mute]")
    mute.hover()
    page.mouse.down()
    expect(mute).to_have_attribute("aria-pressed", "true")
    lamp(page, "mute", "steady")
    page.wait_for_timeout(600)  # a cough takes its time: held longer than a tap
    lamp(page, "mute", "steady")
    page.mouse.up()
    lamp(page, "mute", "off")
    emulated.past_the_guard()
    page.click("[data-button=hold]")
    status(page, "held")
    lamp(page, "hold", "flash")
    page.click("[data-button=hold]")
    status(page, "talking")
    page.click("#hang-up")
    status(page, "after_call_work")
    expect(page.locator("#status-why")).to_contain_text("hung up at this desk")
    page.click("[data-menu=status]")
    page.get_by_role("menuitem", name="End after-call work").click()
    status(page, "ringing")
    next(pages, None)


def test_a_shift_by_keyboard_alone(page: Page, virtual: Program) -> None:
    def press(selector: str, key: str = "Enter") -> None:
        page.focus(selector)
        page.keyboard.press(key, delay=80)

    page.focus("#login-pin")
    page.keyboard.type("2468")
    page.keyboard.press("Enter")
    status(page, "not_ready")
    press("[data-button=status]", " ")
    status(page, "ringing")
    press("#answer")
    status(page, "talking")
    press("[data-button=mute]")
    lamp(page, "mute", "off")
    page.focus("[data-button=mute]")
    page.keyboard.down(" ")
    lamp(page, "mute", "steady")
    page.wait_for_timeout(600)
    lamp(page, "mute", "steady")
    page.keyboard.up(" ")
    lamp(page, "mute", "off")
    virtual.past_the_guard()
    press("[data-button=hold]")
    status(page, "held")
    press("[data-menu=hold]")
    page.keyboard.press("Escape")
    expect(page.locator("[data-menu=hold]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    status(page, "talking")
    press("[data-menu=status]")
    page.keyboard.press("Enter")
    expect(page.locator("#pending")).to_have_text("Not ready after this call.")
    press("#hang-up")
    status(page, "after_call_work")
    press("[data-button=status]")
    status(page, "not_ready")
    press("#logout")
    status(page, "logged_out")


def test_a_finger_on_a_touch_screen_presses_too(browser: Browser, virtual: Program) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = next(open_page(context, virtual))
    log_in(page)
    page.tap("[data-button=mute]")
    lamp(page, "mute", "off")
    page.tap("[data-button=status]")
    status(page, "ringing")
    page.tap("#answer")
    status(page, "talking")
    context.close()


def test_a_wrong_pin_is_said_in_place_and_never_shown(page: Page) -> None:
    page.fill("#login-pin", "9753")
    page.click("#login button[type=submit]")
    expect(page.locator("#login-error")).to_contain_text("do not go together")
    expect(page.locator("#login-pin")).to_be_focused()
    expect(page.locator("#login-pin")).to_have_value("")
    assert "9753" not in page.content()


def test_a_refused_press_says_why_and_then_not_any_more(page: Page) -> None:
    log_in(page)
    page.click("[data-button=hold]")
    lamp(page, "attention", "double")
    expect(page.locator("#refusal")).to_contain_text("this button does nothing in this status")
    lamp(page, "attention", "off")
    expect(page.locator("#refusal")).to_have_text("")


def test_help_is_called_and_acknowledged(page: Page) -> None:
    log_in(page)
    page.click("[data-button=assist]")
    lamp(page, "attention", "blip")
    expect(page.locator("#assists")).to_contain_text("1001, not ready")
    page.click("[data-acknowledge]")
    lamp(page, "attention", "steady")
    expect(page.locator('[data-meaning="attention"]')).to_contain_text("Help is coming")
    expect(page.locator("#assists")).to_contain_text("Help is coming")


def test_the_phone_answers_by_itself_where_it_is_told_to(page: Page, virtual: Program) -> None:
    log_in(page)
    page.fill("#auto-seconds", "0")
    page.check("#auto")
    virtual.until(lambda desk: desk["phone"]["auto_answer_s"] == 0)
    page.click("[data-button=status]")
    status(page, "talking")
    expect(page.locator("#auto")).to_be_checked()


def test_steady_lamps_do_not_blink_and_say_their_pattern(page: Page) -> None:
    log_in(page)
    bulb = '[data-lamp="availability"] i'
    moving = f"document.querySelector('{bulb}').getAnimations().length"
    assert page.evaluate(moving) == 1
    page.check("#steady")
    assert page.evaluate(moving) == 0
    assert page.evaluate(f"getComputedStyle(document.querySelector('{bulb}')).opacity") == "1"
    expect(page.locator('[data-meaning="availability"]')).to_have_text("not ready (red, blipping)")
    page.reload()
    expect(page.locator("#steady")).to_be_checked()


def test_reduced_motion_is_respected_from_the_start(context, virtual) -> None:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(virtual.link)
    expect(page.locator("#steady")).to_be_checked()


def test_an_open_page_outlives_the_daemon_and_says_so(page: Page, virtual: Program) -> None:
    log_in(page)
    lamp(page, "availability", "blip")
    virtual.stop()
    expect(page.locator("#notice-text")).to_contain_text("Connection to CallDeck lost")
    lamp(page, "availability", "off")
    expect(page.locator("#status-text")).to_have_text("not known")
    expect(page.locator("[data-button=hold]")).to_have_attribute("aria-disabled", "true")
    virtual.start()
    expect(page.locator("#notice-text")).to_contain_text("was restarted", timeout=15_000)
    status(page, "logged_out")
    expect(page.locator("#status-text")).to_have_text("logged out")
    expect(page.locator("#events")).to_contain_text("was restarted")
    log_in(page)


def test_the_file_that_opens_the_page_leads_there(context, virtual, tmp_path) -> None:
    opener = write_opener(tmp_path, virtual.link)
    page = context.new_page()
    page.goto(opener.as_uri())
    expect(page.locator("#login")).to_be_visible()


def test_the_key_leaves_the_address_and_without_it_there_is_no_page(
    page: Page, context: BrowserContext, virtual: Program
) -> None:
    assert page.url == f"{virtual.address}/"
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert virtual.key not in cookie["value"]
    context.clear_cookies()
    page.reload()
    expect(page.locator("#key-title")).to_be_visible()
    expect(page.locator("#work")).to_be_hidden()
    page.fill("#key-field", "not the key")
    page.click("#key-form button")
    expect(page.locator("#key-error")).to_contain_text("This is not the key")
    page.fill("#key-field", virtual.key)
    page.click("#key-form button")
    expect(page.locator("#work")).to_be_visible()
